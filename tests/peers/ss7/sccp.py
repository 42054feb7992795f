"""Connectionless SCCP (Q.713): UDT and XUDT with segments, addresses with a global title."""

import struct
from dataclasses import dataclass

from ss7.values import tbcd, untbcd

UDT, UDTS, XUDT, XUDTS = 0x09, 0x0A, 0x11, 0x12
RETURN_ON_ERROR = 0x80
SEGMENTATION = 0x10


@dataclass(frozen=True)
class Address:
    """A party: subsystem and the digits of an E.164 global title, if any."""

    subsystem: int
    digits: str | None = None

    def encode(self):
        """Clause 3.4; with a title it is routed by it, else by the subsystem."""
        if self.digits is None:
            return bytes([0x42, self.subsystem])
        odd = len(self.digits) % 2
        # Global title 0100: translation type 0, E.164 and the parity, international.
        title = bytes([0, 0x10 | (1 if odd else 2), 4]) + tbcd(self.digits, filler=0)
        return bytes([0x12, self.subsystem]) + title

    @classmethod
    def decode(cls, octets):
        """Reads what is made of these indicators, with or without a point code."""
        indicator, rest = octets[0], octets[1:]
        if indicator & 1:
            rest = rest[2:]
        assert indicator & 2, f"an address without a subsystem: {octets.hex()}"
        subsystem, rest = rest[0], rest[1:]
        title = indicator >> 2 & 0x0F
        if title == 0:
            return cls(subsystem)
        assert title == 4, octets.hex()
        digits = untbcd(rest[3:])
        # The parity decides whether the last half octet is a digit.
        return cls(subsystem, digits[:-1] if rest[1] & 0x0F == 1 else digits)


def _variable(*parts):
    """Pointers, then the parts with their lengths; the last pointer of XUDT is told by None."""
    at, pointers, body = len(parts), b"", b""
    for index, part in enumerate(parts):
        if part is None:
            pointers += b"\0"
            continue
        pointers += bytes([at - index + len(body)])
        is_optional = index == 3
        body += part if is_optional else bytes([len(part)]) + part
    return pointers + body


def udt(called, calling, data, options=RETURN_ON_ERROR):
    """A unitdata message; what is longer than 255 octets has to go in segments."""
    assert len(data) <= 255
    parts = _variable(called.encode(), calling.encode(), data)
    return bytes([UDT, options]) + parts


def segments(called, calling, data, size, reference):
    """Extended unitdata messages of `size` octets of data each (clause 3.17)."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert len(pieces) <= 16
    for index, piece in enumerate(pieces):
        first = 0x80 if index == 0 else 0
        left = len(pieces) - 1 - index
        about = bytes([first | 0x40 | left]) + struct.pack("<I", reference)[:3]
        optional = bytes([SEGMENTATION, len(about)]) + about + b"\0"
        parts = _variable(called.encode(), calling.encode(), piece, optional)
        yield bytes([XUDT, 1 | RETURN_ON_ERROR, 15]) + parts


@dataclass(frozen=True)
class Unitdata:
    """What arrived; `cause` is set when a message of ours came back."""

    called: Address
    calling: Address
    data: bytes
    cause: int | None = None


def decode(octets):
    """UDT, UDTS, and XUDT or XUDTS of one segment."""
    kind = octets[0]
    at, count = {UDT: (2, 3), UDTS: (2, 3), XUDT: (3, 4), XUDTS: (3, 4)}[kind]
    parts = []
    for index in range(count):
        pointer = octets[at + index]
        begin = at + index + pointer
        is_there = pointer and index < 3
        parts.append(octets[begin + 1 : begin + 1 + octets[begin]] if is_there else None)
    cause = octets[1] if kind in (UDTS, XUDTS) else None
    return Unitdata(Address.decode(parts[0]), Address.decode(parts[1]), parts[2], cause)
