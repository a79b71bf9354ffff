#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes the seeds of fuzz_ppp: a conversation for each phase and packet.

Run from anywhere; it replaces the files seed-* in tests/fuzz/corpus/ppp.
A seed is the opening octet of fuzz_ppp.c, then (kind, length, octets).
"""
import pathlib

HERE = pathlib.Path(__file__).resolve().parent / "corpus" / "ppp"
ACCEPT, REJECT, HAND_OVER = 2 << 5, 3 << 5, 4 << 5
PAP, NO_AUTH = 0x08, 0x10
STARTED, ACKED, OPENED, IDENTIFIED, NETWORK, PROXY = 0, 1, 2, 3, 4, 6


def octets(text):
    return bytes.fromhex(text.replace(" ", ""))


def frames(*texts):
    out = b""
    for text in texts:
        frame = octets(text)
        out += bytes([0, len(frame)]) + frame
    return out


def wait(doublings):
    return bytes([0xE0 | doublings, 0])


def proxy(has, use, *fields):
    out = has.to_bytes(2, "big") + bytes([use])
    for text in fields:
        field = octets(text)
        out += bytes([len(field)]) + field
    return out


CHAP = "c223 0216001a 10 00112233445566778899aabbccddeeff 616c696365"
LISTS = ("010405d4 0305c22305 050605040302", "010405d4 0506aabbccdd")
SEEDS = {
    "lcp": (ACCEPT | STARTED, frames(
        "c021 01070018 0104ffff 0702 0802 0506aabbccdd 020600000000",
        "c021 03010008 01040400", "c021 04020008 01040400",
        "c021 0303000e 0304c023 050601010101", "c021 c8010004",
        "c021 07010008 01010004", "c021 05770004")),
    "lcp-open": (ACCEPT | ACKED, frames(
        "ff03c021 0107000e 010405d4 0506aabbccdd",
        "c021 09550008 aabbccdd", "c021 0b550008 aabbccdd",
        "c021 0c01000d 00000000 4d53524153", "c021 0801000a 80fd 01010004",
        "c021 01080004", CHAP)),
    "chap": (ACCEPT | OPENED, frames(CHAP, CHAP, "80fd 01010004")),
    "chap-refused": (REJECT | OPENED, frames(CHAP, "c021 06020004")),
    "chap-handed-over": (HAND_OVER | OPENED, frames(CHAP, CHAP)),
    "pap": (ACCEPT | PAP | STARTED, frames(
        "c021 01070004", "c021 02010012 010405d4 0304c023 050605040302",
        "c023 0131000d 05616c696365 027077",
        "c023 0132000d 05616c696365 027077")),
    "no-auth": (ACCEPT | NO_AUTH | STARTED, frames(
        "c021 01070004", "c021 0201000e 010405d4 050605040302")),
    "ipcp": (ACCEPT | IDENTIFIED, frames(
        "8021 01050016 030600000000 810600000000 0206002d0f01",
        "8021 0301000a 0306c0a80101", "8021 0402000a 03060a000001",
        "8021 05310004", "c021 08010010 8021 0101000a 03060a000001")),
    "network": (ACCEPT | NETWORK, wait(9) + frames(
        "c021 0a010008 aabbccdd", "8021 01060004", "8057 01010004",
        "21 4500") + wait(15)),
    "proxy-chap": (ACCEPT | PROXY, proxy(
        0xFF, 0x23, *LISTS, "616c696365",
        "060708090a0b0c0d0e0f101112131415",
        "00112233445566778899aabbccddeeff") + frames("c021 01080004")),
    "proxy-bad": (ACCEPT | PROXY, proxy(0xFF, 0x33, LISTS[0], "0100")),
}


def main():
    HERE.mkdir(parents=True, exist_ok=True)
    for old in HERE.glob("seed-*"):
        old.unlink()
    for name, (how, rest) in SEEDS.items():
        (HERE / f"seed-{name}").write_bytes(bytes([how]) + rest)


main()
