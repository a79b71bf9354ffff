#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes the seeds of fuzz_node: what calls of each role live through.

Run from anywhere; it replaces the files seed-* in tests/fuzz/corpus/node.
The numbers are those of the tables in fuzz_node.c and node_peers.c.
"""
import pathlib

HERE = pathlib.Path(__file__).resolve().parent / "corpus" / "node"
(PADI, PADR, PADT, DISCOVERY, FRAME, DIAL, PPP_STEP, PPP_UP, PPP_PACKET,
 PPP_FRAME, STEP, MESSAGE, ACK, LAC, LNS, DATAGRAM, DATA, PASS, ACKED_PASS,
 COMMAND, PATH, PORT) = range(22)
ALICE, FIXED, HOST, FAR, SIX, REFUSED, NOBODY = range(7)
WRONG = 0x80
(SCCRQ, SCCRP, SCCCN, STOPCCN, HELLO, ICRQ, ICRP, ICCN, CDN, WEN,
 SLI) = range(11)
(LCP_REQUEST, LCP_ACK, PAP, CHAP, IPCP_REQUEST, IPCP_ACK, ECHO_REPLY,
 TERMINATE, TERMINATE_ACK, IPCP_TERMINATE, ECHO, PACKET, LOOP, DNS) = range(14)
(SHOW_CALL, SHOW_RATES, END_CALL, END_TUNNEL, POLICE, SUSPEND, RESUME, ATTACH,
 DETACH) = (4, 11, 12, 13, 14, 15, 16, 17, 18)
AS_ACCESS = 32
RATE = 7 # among the words of commands
OF_TUNNEL = 0x80
ASKED = 0xff # the id that belongs there
CHALLENGE, ECN, SEQUENCED, PROXY, HIDDEN = 4, 8, 0x10, 0x20, 0x40
SAME_ID = 0x20


def act(what, who=0, *more):
    return bytes([what, who, *more])


def own(text):
    data = bytes.fromhex(text.replace(" ", ""))
    return bytes([len(data)]) + data


def end(tunnel, session=0):
    return tunnel + 6 * session


def line(tunnel, session=0):
    return 4 + 3 * tunnel + session


def dial(client, user):
    return act(DIAL, client, user)


def say(tunnel, kind, how=0, session=0, more=""):
    return act(STEP, end(tunnel, session), kind, how) + own(more)


def command(number, choice=0, text=""):
    return act(COMMAND, number, choice) + own(text.encode().hex())


def lac(tunnel, how=0, session=0):
    return act(LAC, end(tunnel, session), how)


def lns(tunnel, how=0, session=0):
    return act(LNS, end(tunnel, session), how)


def ppp(where, *steps):
    return b"".join(act(PPP_STEP, where, s, 0) for s in steps)


EVERY_SHOW = b"".join(command(n) for n in range(11)) + b"".join(
    command(SHOW_RATES, word) for word in range(4)) * 2
SERVICES = (command(POLICE, RATE) + command(SUSPEND) + command(RESUME) +
            command(POLICE, 6))
WAIT, LONG = act(ACKED_PASS, 9), act(PASS, 13)
SWITCHED = (say(0, SCCRQ) + say(0, SCCCN) + say(0, ICRQ) +
            say(0, ICCN, PROXY | FAR))

SEEDS = {
    "pta": dial(0, ALICE) + SERVICES + EVERY_SHOW + WAIT + command(END_CALL) +
           ppp(0, TERMINATE_ACK),
    "pta-fixed": dial(0, FIXED) + dial(1, FIXED) + EVERY_SHOW + act(PADT, 0),
    "pta-host": dial(0, HOST) + dial(1, HOST) + ppp(0, TERMINATE),
    "pta-again": dial(0, ALICE) + ppp(0, LCP_REQUEST, LCP_ACK) +
                 act(PPP_UP, 0, FIXED) + ppp(0, IPCP_TERMINATE),
    "pta-loop": act(PADI) + own("") + act(PADR) + own("") +
                ppp(0, *[LOOP] * 20),
    "pta-dns": dial(0, ALICE) + ppp(0, DNS),
    "pta-unanswering": act(PADI) + own("") + act(PADR) + own("") +
                       ppp(0, LCP_REQUEST, LCP_ACK) + LONG,
    "pta-silent": dial(0, ALICE) + LONG + LONG,
    "refused": dial(0, REFUSED) + dial(1, NOBODY) + dial(2, ALICE | WRONG),
    "vlans": dial(1, ALICE) + dial(2, ALICE) + dial(3, ALICE) +
             act(PORT, 0) + act(PORT, 1) + dial(2, ALICE) + act(PORT, 3),
    "ports": b"".join(command(ATTACH, how, name) + command(DETACH, 0, name)
                      for how in (0, AS_ACCESS)
                      for name in ("access", "other", "no/port")),
    "discovery": act(PADI) + own("0103 0002 aaaa 0120 0002 05dc") +
                 act(PADR) + own("0103 0002 aaaa 0120 0002 05dc") +
                 act(PADR) + own("0103 0002 aaaa 0120 0002 05dc") +
                 act(DISCOVERY, 0, 0xa7) + own(""),
    "pap": act(PADI) + own("") + act(PADR) + own("") +
           act(PPP_PACKET, 0, 0, 3, ASKED) + own("0304 c023") +
           ppp(0, LCP_REQUEST, LCP_ACK, PAP, IPCP_REQUEST, IPCP_REQUEST,
               IPCP_ACK),
    "lac": dial(0, FAR) + lns(0) + say(0, SLI) + say(0, HELLO) + SERVICES +
           ppp(0, PACKET, ECHO) + ppp(line(0), PACKET) + EVERY_SHOW + WAIT +
           say(0, CDN, 1),
    "lac-numbered": dial(0, SIX) + lns(3, 2) + ppp(line(3), ECHO, PACKET) +
                    ppp(0, ECHO) + ppp(line(3), ECHO, ECHO, ECHO) +
                    SERVICES + ppp(0, PACKET, ECHO) + say(3, CDN, 1),
    "lac-two": dial(0, FAR) + lns(0) + dial(1, FAR) + lns(0, session=1) +
               dial(2, FAR) + lns(2) + command(END_TUNNEL, OF_TUNNEL) +
               WAIT + LONG,
    "lac-refused": dial(0, FAR) + say(0, STOPCCN, 4) + say(2, SCCRP) +
                   say(2, CDN, 4) + lns(3, 2),
    "lac-six": dial(0, SIX) + lns(3, 2 | ECN) + act(PATH, 0) +
               act(PATH, 9) + LONG + act(PADT, 0),
    "lac-silent": dial(0, FAR) + LONG + LONG,
    "lns": lac(0) + act(PPP_UP, line(0), ALICE) + say(0, WEN) + SERVICES +
           EVERY_SHOW + WAIT + say(0, CDN, 3),
    "lns-proxy": lac(0, PROXY) + ppp(line(0), IPCP_REQUEST, IPCP_REQUEST,
                                     IPCP_ACK) + command(END_CALL),
    "lns-sequenced": lac(3, SEQUENCED | ECN) + act(PPP_UP, line(3), FIXED) +
                     say(3, STOPCCN, 1),
    "lns-full": b"".join(lac(5, 3, s) + act(PPP_UP, line(5, s), ALICE)
                         for s in range(3)),
    "lns-asks": say(1, SCCRQ, 1) + say(1, SCCCN) + say(1, ICRQ) +
                say(1, ICCN, PROXY | FAR) + act(PPP_UP, line(1), FAR) +
                lns(0) + WAIT,
    "lns-restarted": lac(0) + act(PASS, 12) + say(0, SCCRQ, SAME_ID) + say(0, SCCCN) +
                     lac(0),
    "lts": SWITCHED + lns(1) + say(0, WEN) + say(1, SLI) +
           ppp(line(0), PACKET) + ppp(line(1), PACKET) + EVERY_SHOW + WAIT +
           say(1, CDN, 2),
    "lts-hidden": lac(0, PROXY | HIDDEN | SIX) + lns(3, 2) +
                  act(PPP_UP, line(0), SIX) + say(0, STOPCCN, 6),
    "lts-refused": SWITCHED + say(1, STOPCCN, 2) + say(2, SCCRP) +
                   say(2, CDN, 4) + lns(3, 2),
    "message": lac(0) + act(MESSAGE, OF_TUNNEL, 6, 0, 0) + own("") +
               act(MESSAGE, 0, 14, 0, 0) + own("8008 0000 0001 0002") +
               act(MESSAGE, 0, 15, 1, 255) + own("00"),
    "datagram": act(DATAGRAM) + own(
        "c802 0038 0000 0000 0000 0000 8008 0000 0000 0001"
        "8008 0000 0002 0100 800a 0000 0003 00000003 800a 0000 0007 6c616331"
        "8008 0000 0009 1234") + lac(0) +
        act(DATA, 0, 0x80) + own("ff03 c021 0901 0008 00000000") +
        act(DATA, 0, 0xc8) + own("0000"),
}


def main():
    HERE.mkdir(parents=True, exist_ok=True)
    for old in HERE.glob("seed-*"):
        old.unlink()
    for name, data in SEEDS.items():
        (HERE / ("seed-" + name)).write_bytes(data)


if __name__ == "__main__":
    main()
