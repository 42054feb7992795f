"""An IP node that speaks M3UA with pengate, and no signalling gateway between (RFC 4666)."""

import struct

from ss7 import m3ua
from ss7.mobility import Mobility
from ss7.node import Node

POINT_CODE = 4 << 11 | 4 << 3 | 4
CONTEXT = 9

# Error codes (RFC 4666 clause 3.8.1).
INVALID_VERSION, UNSUPPORTED_CLASS, UNSUPPORTED_TYPE = 0x01, 0x03, 0x04
PROTOCOL_ERROR, PARAMETER_FIELD, MISSING_PARAMETER = 0x07, 0x12, 0x16


class Direct:
    """An SGSN with an association of its own."""

    def __init__(self, server, local, pengate_number):
        self._where = server, local, CONTEXT, pengate_number, POINT_CODE
        self.mobility = None

    def join(self):
        """Connects, is up and active."""
        self.mobility = Mobility(Node(*self._where))

    def note(self, code, **about):
        """An event that is acknowledged over this association."""
        self.mobility.note(code, **about)

    def misspeak(self):
        """Everything wrong is refused by its code, and the association stays."""
        whole = m3ua.message(m3ua.BEAT, m3ua.parameter(m3ua.HEARTBEAT, b"beat"))
        data = m3ua.message(m3ua.DATA, m3ua.parameter(m3ua.PROTOCOL_DATA, bytes(16)))
        for octets, code in [
            (b"\x02" + whole[1:], INVALID_VERSION),
            (m3ua.message((7, 1)), UNSUPPORTED_CLASS),
            (m3ua.message((7, 1), m3ua.parameter(0x4444, bytes(60000))), UNSUPPORTED_CLASS),
            (m3ua.message((3, 9)), UNSUPPORTED_TYPE),
            (m3ua.message(m3ua.DUNA), MISSING_PARAMETER),
            (m3ua.message(m3ua.DATA), MISSING_PARAMETER),
            (data[:20], PROTOCOL_ERROR),
            (data[:10] + struct.pack(">H", 2) + data[12:], PARAMETER_FIELD),
            (data[:10] + struct.pack(">H", 999) + data[12:], PARAMETER_FIELD),
            (whole[:5], PROTOCOL_ERROR),
        ]:
            association = self.mobility.node.association
            association.send(octets)
            told = association.refusal()
            assert told == code, f"{octets[:40].hex()}: {told:#x} for {code:#x}"

    def leave(self):
        """Is gone without a word of M3UA."""
        self.mobility.node.lose()

    def steps(self):
        """What can be asked for by name."""
        return {
            "direct-join": self.join,
            "direct-note": self.note,
            "direct-misspeak": self.misspeak,
            "direct-leave": self.leave,
        }
