"""A GPRS dialogue of an SGSN by CAP, over several dialogues of TCAP (TS 29.078 clause 14.1.7)."""

from ss7 import tcap, values
from ss7.mobility import NETWORK, accepted, empty_result
from ss7.node import CAP, SGSN, Element

PROCESS = 258  # our reference of the GPRS dialogue
INVALID_REFERENCE = 6  # a reason to abort (TS 29.078 clause 5.8)


class Packets:
    """An SGSN with one GPRS dialogue at a time."""

    def __init__(self, node):
        self.sgsn = Element(node, SGSN, "99900000149", tcap.CAP_GPRS_SSF, CAP)
        self.reference = None
        self.asked = set()

    def begin(self, event, imsi, msisdn, area=1, cell=1, network=NETWORK):
        """An event that opens the GPRS dialogue; the dialogue of TCAP ends, this one stays."""
        told = {
            "serviceKey": 3,
            "gPRSEventType": event,
            "mSISDN": values.isdn(msisdn),
            "iMSI": values.tbcd(imsi),
            "timeAndTimeZone": bytes.fromhex("0262702141510000"),
            "locationInformationGPRS": {
                "cellGlobalIdOrServiceAreaIdOrLAI": values.cell(network, area, cell),
                "routeingAreaIdentity": values.routeing_area(network, area, 1),
                "sgsn-Number": values.isdn(self.sgsn.local.digits),
            },
        }
        reference = tcap.gprs_reference(origination=PROCESS)
        own = self.sgsn.begin(tcap.invoke(tcap.INITIAL_DP_GPRS, told), reference)
        kind, members = self.sgsn.answer(own)
        assert kind == "continue", (kind, members)
        self.reference = self.accepted(members, first=True)
        components = tcap.components_of(members)
        codes = [component["opcode"] for kind, component in components if kind == "invoke"]
        wanted = [("local", tcap.REQUEST_REPORT_GPRS), ("local", tcap.CONTINUE_GPRS)]
        assert len(components) == 2 and codes == wanted, members
        name, argument = components[0][1]["argument"]
        assert name == "RequestReportGPRSEventArg", name
        for armed in argument["gPRSEvent"]:
            assert armed["monitorMode"] == "notifyAndContinue", armed
        self.asked = {armed["gPRSEventType"] for armed in argument["gPRSEvent"]}
        self.sgsn.end(members["otid"])

    def accepted(self, members, first):
        """Checks the dialogue unit of an answer; gives pengate's own reference, if it is told."""
        kind, response = tcap.unit_of(members)
        information = response.pop("user-information", None)
        assert (kind, response) == accepted(self.sgsn.context), members
        if not first:
            return self.reference
        [information] = information
        origination, destination = tcap.read_gprs_reference(information)
        assert destination == PROCESS, information
        assert origination is not None, information
        return origination

    def report(self, event, specific=None, context=None):
        """An event of the GPRS dialogue in a dialogue of TCAP of its own: the result is empty."""
        assert event in self.asked, f"{event} is not among {self.asked}"
        told = {"gPRSEventType": event, "miscGPRSInfo": {"messageType": "notification"}}
        if context is not None:
            told["pDPID"] = bytes([context])
        if specific is not None:
            told["gPRSEventSpecificInformation"] = specific
        self.answered(tcap.invoke(tcap.EVENT_REPORT_GPRS, told))

    def answered(self, operation):
        """One operation with both references; the SGSN ends the dialogue after the answer."""
        reference = tcap.gprs_reference(origination=PROCESS, destination=self.reference)
        own = self.sgsn.begin(operation, reference)
        kind, members = self.sgsn.answer(own)
        assert kind == "continue", (kind, members)
        self.accepted(members, first=False)
        assert tcap.components_of(members) == [empty_result(1)], members
        self.sgsn.end(members["otid"])

    def moved(self, area, cell, network=NETWORK):
        """The subscriber is somewhere else."""
        place = {
            "cellGlobalIdOrServiceAreaIdOrLAI": values.cell(network, area, cell),
            "routeingAreaIdentity": values.routeing_area(network, area, 1),
        }
        specific = {"locationInformationGPRS": place}
        self.report(
            "attachChangeOfPosition", ("attachChangeOfPositionSpecificInformation", specific)
        )

    def active(self, context, apn):
        """The GGSN agreed to a packet session."""
        labels = apn.encode().split(b".")
        name = b"".join(bytes([len(label)]) + label for label in labels)
        specific = {"accessPointName": name, "chargingID": bytes([0, 0, 0, context])}
        kind = "pDPContextEstablishmentAcknowledgementSpecificInformation"
        self.report("pdp-ContextEstablishmentAcknowledgement", (kind, specific), context)

    def inactive(self, context):
        """A packet session ended. The event's name is spelt so in its module."""
        specific = ("disconnectSpecificInformation", {"initiatingEntity": "mobileStation"})
        self.report("disonnect", specific, context)

    def detached(self):
        """The subscriber detaches; the GPRS dialogue is over."""
        specific = ("detachSpecificInformation", {"initiatingEntity": "mobileStation"})
        self.report("detached", specific)

    def unknown_reference(self):
        """An event of a GPRS dialogue that pengate does not know: invalid-reference."""
        told = {"gPRSEventType": "detached", "miscGPRSInfo": {"messageType": "notification"}}
        reference = tcap.gprs_reference(origination=PROCESS + 1, destination=0x7FFFFFF0)
        own = self.sgsn.begin(tcap.invoke(tcap.EVENT_REPORT_GPRS, told), reference)
        kind, members = self.sgsn.answer(own)
        assert kind == "abort", (kind, members)
        how, portion = members["reason"]
        assert how == "u-abortCause", members
        unit, aborted = tcap.unit_of({"dialoguePortion": portion})
        assert unit == "dialogueAbort", members
        [information] = aborted["user-information"]
        assert information["direct-reference"] == tcap.CAP_U_ABORT_REASON, information
        # invalid-reference, an ENUMERATED as pycrate tells it.
        how, (name, octets) = information["encoding"]
        assert (name, octets) == ("_unk_0010", bytes([INVALID_REFERENCE])), information


def steps(node):
    """What can be asked for by name."""
    packets = Packets(node)
    return {
        "gprs-begins": packets.begin,
        "gprs-moves": packets.moved,
        "gprs-session-begins": packets.active,
        "gprs-session-ends": packets.inactive,
        "gprs-detaches": packets.detached,
        "gprs-of-an-unknown-reference": packets.unknown_reference,
    }
