"""What cannot be understood or served, and what pengate has to answer to it."""

from ss7 import sccp, tcap
from ss7.mobility import Mobility, accepted

UNKNOWN_CONTEXT = (0, 4, 0, 0, 1, 0, 99, 3)
UNEQUIPPED_USER = 4  # a cause of return (Q.713 clause 3.12)
RETURN_ON_ERROR = sccp.RETURN_ON_ERROR


class Faults:
    """A VLR whose messages are wrong in one way each."""

    def __init__(self, node):
        self.node = node
        self.mobility = Mobility(node)
        self.vlr = self.mobility.vlr

    def unknown_code(self, code, **about):
        """An event of no known code: mm-EventNotSupported."""
        told = self.mobility.argument(0, **about) | {"eventMet": bytes([code])}
        self.refused(tcap.invoke(tcap.NOTE_MM_EVENT, told), error=59)

    def unknown_operation(self):
        """An operation that the context does not have: rejected."""
        told = {"subscriberIdentity": ("imsi", b"\0\1\1"), "requestedInfo": {}}
        told["gsmSCF-Address"] = b"\x91\1"
        operation = tcap.invoke(tcap.ANY_TIME_INTERROGATION, told)
        self.refused(operation, reject=("invoke", 1))

    def refused(self, operation, error=None, reject=None):
        """The dialogue is accepted and ends; its one operation is not performed."""
        own = self.vlr.begin(operation)
        kind, members = self.vlr.answer(own)
        assert kind == "end", (kind, members)
        assert tcap.unit_of(members) == accepted(self.vlr.context), members
        [(component, told)] = tcap.components_of(members)
        assert told["invokeId"] == ("present", 1), told
        if error is not None:
            assert component == "returnError", members
            assert told["errcode"] == ("local", error), told
        else:
            assert (component, told["problem"]) == ("reject", reject), members

    def without_argument(self):
        """An operation without its mandatory argument: dataMissing."""
        begin = self.octets_of_begin(b"\xa1\x06\x02\x01\x01\x02\x01\x59")
        kind, members = self.exchanged(begin)
        [(component, told)] = tcap.components_of(members)
        assert (kind, component) == ("end", "returnError"), members
        assert told["errcode"] == ("local", 35), told

    def mistyped(self):
        """An argument of another type: rejected, or refused as unexpected."""
        begin = self.octets_of_begin(b"\xa1\x09\x02\x01\x01\x02\x01\x59\x04\x01\x00")
        kind, members = self.exchanged(begin)
        [(component, told)] = tcap.components_of(members)
        assert (kind, component, told["problem"]) == ("end", "reject", ("invoke", 2)), members

    def octets_of_begin(self, component):
        """A Begin whose only component is given as octets."""
        own = self.node.next_transaction()
        dialogue = tcap.dialogue_request(self.vlr.context)
        empty = {"otid": own, "dialoguePortion": dialogue}
        whole = tcap.encode(tcap.MAP, ("begin", empty))
        assert whole[1] < 0x80 and len(component) < 0x70
        body = whole[2:] + bytes([0x6C, len(component)]) + component
        assert len(body) < 0x80
        return own, bytes([whole[0], len(body)]) + body

    def exchanged(self, begin):
        """Sends a Begin made by `octets_of_begin`; gives what is answered."""
        own, octets = begin
        self.vlr.send_octets(octets)
        return self.vlr.answer(own)

    def unknown_context(self, **about):
        """A context that is not spoken here: refused in the dialogue portion of an Abort."""
        operation = tcap.invoke(tcap.NOTE_MM_EVENT, self.mobility.argument(0, **about))
        own = self.vlr.begin(operation, context=UNKNOWN_CONTEXT)
        kind, members = self.vlr.answer(own)
        assert kind == "abort", (kind, members)
        how, portion = members["reason"]
        assert how == "u-abortCause", members
        unit, response = tcap.unit_of({"dialoguePortion": portion})
        assert (unit, response["result"]) == ("dialogueResponse", 1), response
        diagnostic = response["result-source-diagnostic"]
        assert diagnostic == ("dialogue-service-user", 2), response

    def unknown_dialogue(self):
        """A Continue of no dialogue: the provider aborts it, as an unrecognised transaction."""
        own = self.node.next_transaction()
        self.vlr.send(("continue", {"otid": own, "dtid": b"\xff\xff\xff\xfe"}))
        self.aborted(own, 1)

    def malformed(self):
        """A Begin that is cut short within its components: badly formatted, and who sent it hears."""
        own, octets = self.octets_of_begin(b"\xa1\x06\x02\x01\x01\x02\x01\x59")
        cut = octets[:1] + bytes([octets[1] - 3]) + octets[2:-3]
        self.vlr.send_octets(cut)
        self.aborted(own, 2)

    def aborted(self, own, cause):
        """The provider aborts a transaction for this cause (Q.773 table 5)."""
        kind, members = self.vlr.answer(own)
        assert kind == "abort", (kind, members)
        assert members["reason"] == ("p-abortCause", cause), members

    def unequipped(self):
        """To a subsystem that is not there: the unitdata comes back."""
        called = sccp.Address(99, self.node.pengate_number)
        self.node.data(sccp.udt(called, self.vlr.local, b"\x62\x06\x48\x04\x01\x02\x03\x04"))
        returned = self.node.receive_for(self.vlr.local)
        assert returned is not None, "nothing came back"
        assert returned.cause == UNEQUIPPED_USER, returned

    def segments_that_lack_the_last(self):
        """Segments without an end: nothing is answered, and nothing breaks."""
        octets = bytes(1000)
        pieces = list(sccp.segments(self.vlr.remote, self.vlr.local, octets, 200, 0x00ABCD))
        for piece in pieces[:-1]:
            self.node.data(piece)

    def no_sccp(self):
        """Octets that are no message of the SCCP at all."""
        self.node.data(b"\x09\x80\xff\xff\xff")
        self.node.data(b"\xfe\x00")

    def large(self):
        """A message as large as sixteen segments can be, of nothing: badly formatted."""
        own = self.node.next_transaction()
        body = b"\x48\x04" + own + b"\x6c\x82\x0c\x00" + bytes(0x0C00)
        octets = b"\x62\x82" + len(body).to_bytes(2, "big") + body
        for piece in sccp.segments(self.vlr.remote, self.vlr.local, octets, 200, 0x00CAFE):
            self.node.data(piece)
        return self.vlr.answer(own)

    def oversized(self):
        """The same as a step; what has nothing readable in it is rejected or aborted."""
        kind, members = self.large()
        assert kind in ("abort", "end"), (kind, members)


def steps(node):
    """What can be asked for by name."""
    faults = Faults(node)
    return {
        "unknown-code": faults.unknown_code,
        "unknown-operation": faults.unknown_operation,
        "without-argument": faults.without_argument,
        "mistyped": faults.mistyped,
        "unknown-context": faults.unknown_context,
        "unknown-dialogue": faults.unknown_dialogue,
        "malformed": faults.malformed,
        "unequipped": faults.unequipped,
        "segments-that-lack-the-last": faults.segments_that_lack_the_last,
        "no-sccp": faults.no_sccp,
        "oversized": faults.oversized,
    }
