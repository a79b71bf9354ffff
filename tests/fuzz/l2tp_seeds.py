#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes the seeds of the L2TP fuzz targets from the reference's messages.

Run from anywhere; it replaces the files seed-* in tests/fuzz/corpus/NAME.
"""
import pathlib

HERE = pathlib.Path(__file__).resolve().parent / "corpus"


def octets(text):
    return bytes.fromhex(text.replace(" ", ""))


SETUP = "8008 0000 0002 0100 800a 0000 0003 00000003"
SCCRQ = ("8008 0000 0000 0001" + SETUP + "800a 0000 0004 00000000"
         "800a 0000 0007 6c616331 8008 0000 0009 1234 8008 0000 000a 0010")
CHALLENGE = "8016 0000 000b 000102030405060708090a0b0c0d0e0f"
RESPONSE = "8016 0000 000d 1008604b6937a9deab745c5133a2e5c8"
VECTOR = "8016 0000 0024 a1b2c3d4e5f60718293a4b5c6d7e8f90"
HIDDEN = "401e 0000 0021 4b1e5faafa7ac90a5d242ea47839c1cd9c67d209ebec1c01"
SCCRP = ("8008 0000 0000 0002" + SETUP + "800a 0000 0007 6c6e7331"
         "8008 0000 0009 5678 8008 0000 000a 0010")
ICCN = "8008 0000 0000 000c 800a 0000 0018 000003e8 800a 0000 0013 00000001"
PROXY = ("000a 0000 001a 010405d4 000a 0000 001b 010405d4"
         "000a 0000 001c 010405d4 0008 0000 001d 0003 000a 0000 001e 75406578"
         "000a 0000 001f 01020304 0008 0000 0020 0007 000a 0000 0021 70617373"
         "0009 0000 0025 677270 000a 0000 0026 00000001 8006 0000 0027")

LISTS = {
    "sccrq": SCCRQ + CHALLENGE,
    "sccrq-extras": SCCRQ + "000e 0000 0005 0102030405060708"
                    "0008 0000 0006 0105 0009 0000 0008 6c3278",
    "sccrq-hidden": "8008 0000 0000 0001" + SETUP +
                    "800a 0000 0007 6c616331" + VECTOR +
                    "c00a 0000 0009 163e96e7",
    "sccrp": SCCRP + RESPONSE,
    "scccn": "8008 0000 0000 0003" + RESPONSE,
    "stopccn": "8008 0000 0000 0004 8008 0000 0009 1234"
               "8013 0000 0001 0002 0008 41565020302f323030",
    "hello": "8008 0000 0000 0006",
    "icrq": "8008 0000 0000 000a 8008 0000 000e 0a03 800a 0000 000f 00000002"
            "800a 0000 0012 00000000 000a 0000 0019 00000001"
            "8009 0000 0015 353535 8009 0000 0016 363636 8007 0000 0017 37",
    "icrp": "8008 0000 0000 000b 8008 0000 000e 0b02",
    "iccn": ICCN,
    "iccn-proxy": ICCN + PROXY,
    "iccn-hidden": ICCN + VECTOR + HIDDEN,
    "cdn": "8008 0000 0000 000e 8008 0000 0001 0003 8008 0000 000e 0a01"
           "800a 0000 000c 00100041 000b 0000 002e 0003 0000 01",
    "wen": "8008 0000 0000 000f 8020 0000 0022 0000" + "00000001" * 6,
    "sli": "8008 0000 0000 0010 8010 0000 0023 0000 ffffffff ffffffff",
    "ocrq": "8008 0000 0000 0007 8008 0000 000e 0a03 800a 0000 000f 00000002"
            "800a 0000 0010 00000001 800a 0000 0011 00000001"
            "800a 0000 0012 00000001 800a 0000 0013 00000001 8006 0000 0015",
    "unknown": "8008 0000 0000 00c8",
    "unknown-optional": "0008 0000 0000 00c8 8007 0000 00c8 01",
    "broken": "8008 0000 0000 0006 0005 0000 0008",
}

DATA = {
    "plain": "0002 5678 0b02 ff03 0021 45",
    "length": "4002 000d 5678 0b02 ff03 0021 45",
    "sequence": "0802 5678 0b02 0001 0000 ff03 0021 45",
    "offset": "0202 5678 0b02 0003 000000 ff03 0021 45",
    "all": "4b02 0017 5678 0b02 0001 0000 0002 0000 ff03 c021 09",
    "no-tunnel": "0002 0000 0b02 ff03 c021",
}


def header(body, tunnel=0xffff, session=0xffff):
    """FFFF stands for the right number in fuzz_tunnel."""
    return (octets("c802") + b"\xff\xff" + tunnel.to_bytes(2, "big") +
            session.to_bytes(2, "big") + b"\xff\xff\xff\xff" + body)


def played(body):
    """A datagram with wait and length before it, for each kind of header."""
    out = b""
    for session in (0, 0xffff):
        datagram = header(body, session=session)
        out += bytes([10, len(datagram)]) + datagram
    return out


def write(name, seed, data):
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("seed-" + seed)).write_bytes(data)


def main():
    for folder in ("avp", "sccrq", "l2tp_data", "tunnel"):
        for old in (HERE / folder).glob("seed-*"):
            old.unlink()
    for name, text in LISTS.items():
        body = octets(text)
        write("avp", name, body)
        write("tunnel", name, bytes([3]) + played(body))
        if name.startswith("sccrq") or name == "stopccn":
            length = (12 + len(body)).to_bytes(2, "big")
            write("sccrq", name, octets("c802") + length + bytes(8) + body)
    for name, text in DATA.items():
        write("l2tp_data", name, octets(text))
    story = b"".join(played(octets(LISTS[name])) for name in
                     ("icrq", "iccn", "wen", "icrq", "cdn", "stopccn"))
    dialled = played(octets(LISTS["sccrp"])) + played(octets(LISTS["icrp"]))
    for state in range(7):
        for secret in (0, 0x80, 0xc0):
            write("tunnel", "state-%x" % (secret | state),
                  bytes([secret | state]) + dialled + story)


if __name__ == "__main__":
    main()
