"""Digits and places as MAP and CAP write them (TS 29.002 clause 17.7.8)."""

import struct


def tbcd(digits, filler=0xF):
    """Digits, low half first."""
    halves = [int(digit) for digit in digits]
    if len(halves) % 2:
        halves.append(filler)
    return bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2]))


def untbcd(octets):
    """Digits again; a filler of F is none of them."""
    halves = [half for octet in octets for half in (octet & 0xF, octet >> 4)]
    return "".join(f"{half:x}" for half in halves).rstrip("f")


def isdn(digits):
    """An international E.164 number."""
    return b"\x91" + tbcd(digits)


def plmn(digits):
    """Mobile country and network code; the latter of two digits or three."""
    country, network = digits[:3], digits[3:]
    third = network[2] if len(network) == 3 else "f"
    text = country[1] + country[0] + third + country[2] + network[1] + network[0]
    return bytes.fromhex(text)


def cell(network, area, identity):
    """Cell global identification."""
    return plmn(network) + struct.pack(">HH", area, identity)


def routeing_area(network, area, code):
    """Routeing area identification."""
    return plmn(network) + struct.pack(">HB", area, code)
