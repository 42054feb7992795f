"""An application server process of a signalling gateway (RFC 4666), over the kernel's SCTP."""

import socket
import struct
import time

SCTP_INITMSG, SCTP_NODELAY, SCTP_RECVRCVINFO = 2, 3, 32
SCTP_SNDINFO, SCTP_RCVINFO = 2, 3
M3UA = 3  # the payload protocol; osmo-stp ignores what has another
STREAMS = 4
SCCP, NATIONAL = 3, 2

# (class, type)
ERR, NTFY, DATA = (0, 0), (0, 1), (1, 1)
DUNA, DAVA = (2, 1), (2, 2)
ASPUP, ASPDN, BEAT, ASPUP_ACK, ASPDN_ACK, BEAT_ACK = ((3, kind) for kind in range(1, 7))
ASPAC, ASPIA, ASPAC_ACK, ASPIA_ACK = ((4, kind) for kind in range(1, 5))

ROUTING_CONTEXT, HEARTBEAT, TRAFFIC_MODE, ERROR_CODE, AFFECTED = 6, 9, 0x0B, 0x0C, 0x12
PROTOCOL_DATA = 0x0210
LOADSHARE = 2


def parameter(tag, value):
    """A parameter, padded (clause 3.2)."""
    return struct.pack(">HH", tag, 4 + len(value)) + value + bytes(-len(value) % 4)


def message(kind, *parameters):
    """A whole message (clause 3.1)."""
    body = b"".join(parameters)
    return struct.pack(">BBBBI", 1, 0, *kind, 8 + len(body)) + body


def parse(octets):
    """A message as ((class, type), {tag: value}); the last of repeated parameters counts."""
    version, _, group, kind, length = struct.unpack_from(">BBBBI", octets)
    assert version == 1 and length == len(octets), octets.hex()
    parameters, at = {}, 8
    while at < length:
        tag, size = struct.unpack_from(">HH", octets, at)
        assert size >= 4 and at + size <= length, octets.hex()
        parameters[tag] = octets[at + 4 : at + size]
        at += size + -size % 4
    return (group, kind), parameters


class Refused(Exception):
    """The gateway answers with an error (clause 3.8.1)."""


class Association:
    """One association with the signalling gateway, active for one routing context."""

    def __init__(self, server, local, routing_context, patience=60.0):
        self.patience = patience
        self.routing_context = struct.pack(">I", routing_context)
        self.changes = []
        self._sls = 0
        self._early = []
        end = time.monotonic() + patience
        while True:
            self._socket = self._connect(server, local)
            try:
                return self._activate()
            except Refused:
                # Who comes back at once is taken for the one whose loss was not noticed yet.
                self._socket.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def _activate(self):
        self.send(message(ASPUP))
        self._await(ASPUP_ACK)
        mode = parameter(TRAFFIC_MODE, struct.pack(">I", LOADSHARE))
        self.send(message(ASPAC, mode, parameter(ROUTING_CONTEXT, self.routing_context)))
        self._await(ASPAC_ACK)

    def _connect(self, server, local):
        """Tries until the gateway is there: it may just have been started."""
        end = time.monotonic() + self.patience
        while True:
            attempt = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
            init = struct.pack("=HHHH", STREAMS, STREAMS, 0, 0)
            attempt.setsockopt(socket.IPPROTO_SCTP, SCTP_INITMSG, init)
            attempt.setsockopt(socket.IPPROTO_SCTP, SCTP_NODELAY, 1)
            attempt.setsockopt(socket.IPPROTO_SCTP, SCTP_RECVRCVINFO, 1)
            attempt.bind(local)
            attempt.settimeout(10)
            try:
                attempt.connect(server)
                return attempt
            except OSError:
                attempt.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def close(self):
        """Ends the association in order."""
        self._socket.close()

    def abort(self):
        """Ends it as a crash would, with an ABORT."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
        self._socket.close()

    def send(self, octets, stream=0):
        """Sends one message with the payload protocol of M3UA."""
        info = struct.pack("=HHIIi", stream, 0, socket.htonl(M3UA), 0, 0)
        self._socket.sendmsg([octets], [(socket.IPPROTO_SCTP, SCTP_SNDINFO, info)])

    def data(self, opc, dpc, octets):
        """Sends a message of the SCCP; each has the next link selection."""
        self._sls = (self._sls + 1) % 16
        label = struct.pack(">IIBBBB", opc, dpc, SCCP, NATIONAL, 0, self._sls)
        context = parameter(ROUTING_CONTEXT, self.routing_context)
        transfer = message(DATA, context, parameter(PROTOCOL_DATA, label + octets))
        self.send(transfer, 1 + self._sls % (STREAMS - 1))

    def receive(self, patience=None):
        """The next message of the SCCP as (opc, dpc, octets), or None when none came in time."""
        if self._early:
            return self._early.pop(0)
        end = time.monotonic() + (self.patience if patience is None else patience)
        while (read := self._read(end)) is not None:
            if read[0] == DATA:
                return self._transfer(read[1])
        return None

    def refusal(self):
        """The code of the next error that the other side reports."""
        end = time.monotonic() + self.patience
        while (read := self._read(end)) is not None:
            if read[0] == ERR:
                (code,) = struct.unpack(">I", read[1][ERROR_CODE])
                return code
        raise TimeoutError("no error is reported")

    def _await(self, kind):
        end = time.monotonic() + self.patience
        while (read := self._read(end)) is not None:
            if read[0] == kind:
                return
            if read[0] == DATA:
                self._early.append(self._transfer(read[1]))
            if read[0] == ERR:
                raise Refused(read)
        raise TimeoutError(f"no message of kind {kind}")

    def _transfer(self, parameters):
        value = parameters[PROTOCOL_DATA]
        opc, dpc, service, *_ = struct.unpack_from(">IIBBBB", value)
        assert service == SCCP, value.hex()
        return opc, dpc, value[12:]

    def _read(self, end):
        """The next message, after what the link itself asks for was done; None at the end."""
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                octets, control, flags, _ = self._socket.recvmsg(65536, 256)
            except TimeoutError:
                return None
            if not octets:
                raise ConnectionError("the gateway ended the association")
            assert flags & socket.MSG_EOR, "a message longer than 65536 octets"
            for level, kind, info in control:
                if (level, kind) == (socket.IPPROTO_SCTP, SCTP_RCVINFO):
                    _, _, _, protocol = struct.unpack_from("=HHHxxI", info)
                    assert socket.ntohl(protocol) == M3UA, protocol
            kind, parameters = parse(octets)
            if kind == BEAT:
                self.send(message(BEAT_ACK, parameter(HEARTBEAT, parameters[HEARTBEAT])))
            elif kind in (DUNA, DAVA):
                (affected,) = struct.unpack(">I", parameters[AFFECTED][:4])
                self.changes.append((kind, affected))
            else:
                return kind, parameters
        return None
