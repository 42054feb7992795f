"""TCAP with MAP and CAP, encoded and decoded by pycrate."""

from pycrate_asn1dir.TCAP_CAP import CAP_GPRS_ReferenceNumber, TCAP_CAP_Messages
from pycrate_asn1dir.TCAP_MAPv2v3 import TCAP_MAP_Messages

MAP = TCAP_MAP_Messages.TCAP_MAP_Message
CAP = TCAP_CAP_Messages.TCAP_CAP_Message

DIALOGUE_AS = (0, 0, 17, 773, 1, 1, 1)
GPRS_REFERENCE = (0, 4, 0, 0, 1, 1, 5, 2)
CAP_U_ABORT_REASON = (0, 4, 0, 0, 1, 1, 2, 2)

# Application contexts.
MM_EVENT_REPORTING = (0, 4, 0, 0, 1, 0, 42, 3)
ANY_TIME_INFO_ENQUIRY = (0, 4, 0, 0, 1, 0, 29, 3)
CAP_GSM_SSF = (0, 4, 0, 0, 1, 23, 3, 4)
CAP_GPRS_SSF = (0, 4, 0, 0, 1, 21, 3, 50)

# Operations: code and the name of the argument's type.
NOTE_MM_EVENT = (89, "NoteMM-EventArg")
ANY_TIME_INTERROGATION = (71, "AnyTimeInterrogationArg")
INITIAL_DP = (0, "InitialDPArg")
EVENT_REPORT_BCSM = (24, "EventReportBCSMArg")
INITIAL_DP_GPRS = (78, "InitialDPGPRSArg")
EVENT_REPORT_GPRS = (80, "EventReportGPRSArg")
ENTITY_RELEASED_GPRS = (76, "EntityReleasedGPRSArg")
REQUEST_REPORT_BCSM, CONTINUE = 23, 31
REQUEST_REPORT_GPRS, CONTINUE_GPRS = 81, 75


def encode(protocol, value):
    """Octets of a message."""
    protocol.set_val(value)
    return protocol.to_ber()


def decode(protocol, octets):
    """A message as pycrate tells it: (kind, members). All octets have to be of it."""
    protocol.from_ber(octets)
    value = protocol.get_val()
    return value


def dialogue_request(context, information=None):
    """The dialogue portion of a Begin."""
    request = {"protocol-version": (1, 1), "application-context-name": context}
    if information is not None:
        request["user-information"] = [information]
    return _dialogue(("dialogueRequest", request))


def _dialogue(unit):
    return {
        "direct-reference": DIALOGUE_AS,
        "encoding": ("single-ASN1-type", ("DialoguePDU", unit)),
    }


def dialogue_response(context):
    """The dialogue portion of the first message that answers a Begin."""
    response = {
        "protocol-version": (1, 1),
        "application-context-name": context,
        "result": 0,
        "result-source-diagnostic": ("dialogue-service-user", 0),
    }
    return _dialogue(("dialogueResponse", response))


def gprs_reference(origination=None, destination=None):
    """The reference of a GPRS dialogue as user information (TS 29.078 clause 14.1.7)."""
    names = {"destinationReference": destination, "originationReference": origination}
    reference = CAP_GPRS_ReferenceNumber.CAP_GPRS_ReferenceNumber
    reference.set_val({name: value for name, value in names.items() if value is not None})
    sequence = reference.to_ber()
    assert sequence[0] == 0x30 and sequence[1] < 0x80
    # pycrate has no type for this syntax here: so it names "universal, constructed, 16".
    return {
        "direct-reference": GPRS_REFERENCE,
        "encoding": ("single-ASN1-type", ("_unk_0116", sequence[2:])),
    }


def read_gprs_reference(information):
    """What `gprs_reference` wrote, as a pair (origination, destination)."""
    assert information["direct-reference"] == GPRS_REFERENCE, information
    how, (name, octets) = information["encoding"]
    assert (how, name) == ("single-ASN1-type", "_unk_0116"), information
    reference = CAP_GPRS_ReferenceNumber.CAP_GPRS_ReferenceNumber
    reference.from_ber(bytes([0x30, len(octets)]) + octets)
    value = reference.get_val()
    return value.get("originationReference"), value.get("destinationReference")


def invoke(operation, argument, identifier=1):
    """An invocation as a component."""
    code, name = operation
    invocation = {
        "invokeId": ("present", identifier),
        "opcode": ("local", code),
        "argument": (name, argument),
    }
    return ("basicROS", ("invoke", invocation))


def result(identifier, code=None, value=None):
    """A result as a component: empty, or of this operation and type."""
    returned = {"invokeId": ("present", identifier)}
    if code is not None:
        returned["result"] = {"opcode": ("local", code), "result": value}
    return ("basicROS", ("returnResult", returned))


def unit_of(members):
    """The dialogue unit of a message as (kind, members), or None where there is none."""
    portion = members.get("dialoguePortion")
    if portion is None:
        return None
    assert portion["direct-reference"] == DIALOGUE_AS, portion
    how, (name, unit) = portion["encoding"]
    assert (how, name) == ("single-ASN1-type", "DialoguePDU"), portion
    return unit


def components_of(members):
    """The components of a message as a list of (kind, members)."""
    found = []
    for kind, component in members.get("components", []):
        assert kind == "basicROS", kind
        found.append(component)
    return found
