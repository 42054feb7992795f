"""Elements of a core network at one point code: MSC/VLR, SGSN and HLR, and their dialogues."""

import struct

from ss7 import m3ua, sccp, tcap

POINT_CODE = 3 << 11 | 3 << 3 | 3
PENGATE = 2 << 11 | 2 << 3 | 2
HLR, VLR, MSC, CAP, GSM_SCF, SGSN = 6, 7, 8, 146, 147, 149


class Element:
    """One subsystem with a number of its own, and the dialogues that it has with pengate."""

    def __init__(self, node, subsystem, number, context, remote_subsystem=GSM_SCF):
        self.node = node
        self.local = sccp.Address(subsystem, number)
        self.remote = sccp.Address(remote_subsystem, node.pengate_number)
        self.context = context
        self.protocol = tcap.CAP if remote_subsystem == CAP else tcap.MAP

    def send(self, message):
        """Sends a message of TCAP, given as pycrate wants it."""
        self.send_octets(tcap.encode(self.protocol, message))

    def send_octets(self, octets):
        """Sends octets in place of a message of TCAP."""
        self.node.data(sccp.udt(self.remote, self.local, octets))

    def begin(self, component, information=None, context=None):
        """Opens a dialogue with one operation; gives its own transaction identifier."""
        own = self.node.next_transaction()
        dialogue = tcap.dialogue_request(context or self.context, information)
        self.send(("begin", {"otid": own, "dialoguePortion": dialogue, "components": [component]}))
        return own

    def proceed(self, own, other, component):
        """Goes on in a dialogue."""
        self.send(("continue", {"otid": own, "dtid": other, "components": [component]}))

    def end(self, other, component=None):
        """Ends a dialogue, with an operation or without."""
        members = {"dtid": other}
        if component is not None:
            members["components"] = [component]
        self.send(("end", members))

    def answer(self, own):
        """What pengate answers in a dialogue of ours, as (kind, members)."""
        unitdata = self.node.receive_for(self.local)
        assert unitdata is not None, f"no answer in the dialogue {own.hex()}"
        assert unitdata.cause is None, f"it came back: {unitdata}"
        assert unitdata.calling == self.remote, unitdata
        kind, members = tcap.decode(self.protocol, unitdata.data)
        assert members.get("dtid") == own, (kind, members)
        return kind, members


class Node:
    """The point code with its association."""

    def __init__(self, server, local, routing_context, pengate_number, point_code=POINT_CODE):
        self._where = server, local, routing_context
        self.point_code = point_code
        self.pengate_number = pengate_number
        self._transaction = 0x01020300
        self._others = []
        self.association = None
        self.join()

    def join(self):
        """Makes the association, again if need be."""
        self.association = m3ua.Association(*self._where)

    def lose(self):
        """Loses it without a word of M3UA."""
        self.association.abort()
        self.association = None

    def next_transaction(self):
        """A transaction identifier that was not used before."""
        self._transaction += 1
        return struct.pack(">I", self._transaction)

    def data(self, octets):
        """Sends a message of the SCCP to pengate."""
        self.association.data(self.point_code, PENGATE, octets)

    def receive(self, patience=None):
        """The next message of the SCCP from pengate, or None when none came in time."""
        received = self.association.receive(patience)
        if received is None:
            return None
        opc, dpc, octets = received
        assert (opc, dpc) == (PENGATE, self.point_code), received
        return sccp.decode(octets)

    def receive_for(self, local):
        """The next message to one of the elements; what is to another stays for later."""
        for place, unitdata in enumerate(self._others):
            if unitdata.called == local:
                return self._others.pop(place)
        while (unitdata := self.receive()) is not None:
            if unitdata.called == local:
                return unitdata
            self._others.append(unitdata)
        return None
