"""A call that an MSC reports by CAP (TS 29.078 clauses 4 to 6 and 11)."""

from ss7 import tcap, values
from ss7.mobility import NETWORK, accepted
from ss7.node import CAP, MSC, Element


class Calls:
    """An MSC with one call at a time."""

    def __init__(self, node):
        self.msc = Element(node, MSC, "99900000008", tcap.CAP_GSM_SSF, CAP)
        self.own = self.other = None
        self.asked = set()

    def begin(self, imsi, msisdn, area=1, cell=1, network=NETWORK):
        """Detection point 2 of an originating call; pengate lets it go on and wants its events."""
        place = ("cellGlobalIdOrServiceAreaIdFixedLength", values.cell(network, area, cell))
        told = {
            "serviceKey": 2,
            "callingPartyNumber": bytes([0x04, 0x10]) + values.tbcd(msisdn + "0"),
            "bearerCapability": ("bearerCap", bytes.fromhex("8090a3")),
            "eventTypeBCSM": "collectedInfo",
            "iMSI": values.tbcd(imsi),
            "locationInformation": {
                "ageOfLocationInformation": 0,
                "vlr-number": values.isdn("99900000007"),
                "cellGlobalIdOrServiceAreaIdOrLAI": place,
            },
            "callReferenceNumber": b"\1\2\3",
            "mscAddress": values.isdn(self.msc.local.digits),
            "timeAndTimezone": bytes.fromhex("0262702141510000"),
        }
        self.own = self.msc.begin(tcap.invoke(tcap.INITIAL_DP, told))
        kind, members = self.msc.answer(self.own)
        assert kind == "continue", (kind, members)
        assert tcap.unit_of(members) == accepted(self.msc.context), members
        self.other = members["otid"]
        invocations = [component for _, component in tcap.components_of(members)]
        kinds = [kind for kind, _ in tcap.components_of(members)]
        assert kinds == ["invoke", "invoke"], members
        codes = [invocation["opcode"] for invocation in invocations]
        assert codes == [("local", tcap.REQUEST_REPORT_BCSM), ("local", tcap.CONTINUE)], codes
        name, argument = invocations[0]["argument"]
        assert name == "RequestReportBCSMEventArg", name
        for event in argument["bcsmEvents"]:
            assert event["monitorMode"] == "notifyAndContinue", event
        self.asked = {event["eventTypeBCSM"] for event in argument["bcsmEvents"]}
        assert "argument" not in invocations[1], invocations[1]

    def report(self, event, leg, specific=None, last=False):
        """An event that was asked for; none is answered."""
        assert event in self.asked, f"{event} is not among {self.asked}"
        told = {
            "eventTypeBCSM": event,
            "legID": ("receivingSideID", bytes([leg])),
            "miscCallInfo": {"messageType": "notification"},
        }
        if specific is not None:
            told["eventSpecificInformationBCSM"] = specific
        operation = tcap.invoke(tcap.EVENT_REPORT_BCSM, told, identifier=2)
        if last:
            self.msc.end(self.other, operation)
        else:
            self.msc.proceed(self.own, self.other, operation)

    def answered(self):
        """The other side answers."""
        self.report("oAnswer", 2, ("oAnswerSpecificInfo", {}))

    def ended(self):
        """One side ends the call."""
        cause = ("oDisconnectSpecificInfo", {"releaseCause": b"\x80\x90"})
        self.report("oDisconnect", 1, cause, last=True)


def steps(node):
    """What can be asked for by name."""
    calls = Calls(node)
    return {
        "call-begins": calls.begin,
        "call-is-answered": calls.answered,
        "call-ends": calls.ended,
    }
