"""Mobility events of a VLR and an SGSN, and an HLR that is asked (TS 29.002 clauses 8.1.8, 8.11)."""

from ss7 import sccp, tcap, values
from ss7.node import HLR, SGSN, VLR, Element

NETWORK = "00101"
SYSTEM_FAILURE = 34  # TS 29.002 clause 17.6.6


class Mobility:
    """A VLR and an SGSN that tell what their triggers say."""

    def __init__(self, node):
        context = tcap.MM_EVENT_REPORTING
        self.node = node
        self.vlr = Element(node, VLR, "99900000007", context)
        self.sgsn = Element(node, SGSN, "99900000149", context)
        self.own = self.other = None

    def argument(self, code, imsi, msisdn, area=1, cell=1, network=NETWORK):
        """A whole argument: place and numbers as an element of this domain has them."""
        told = {
            "serviceKey": 1,
            "eventMet": bytes([code]),
            "imsi": values.tbcd(imsi),
            "msisdn": values.isdn(msisdn),
            "supportedCAMELPhases": (15, 4),
        }
        place = ("cellGlobalIdOrServiceAreaIdFixedLength", values.cell(network, area, cell))
        if code < 0x80:
            told["locationInformation"] = {
                "ageOfLocationInformation": 0,
                "vlr-number": values.isdn(self.vlr.local.digits),
                "cellGlobalIdOrServiceAreaIdOrLAI": place,
            }
        else:
            told["locationInformationGPRS"] = {
                "cellGlobalIdOrServiceAreaIdOrLAI": place,
                "routeingAreaIdentity": values.routeing_area(network, area, 1),
                "sgsn-Number": values.isdn(self.sgsn.local.digits),
            }
        return told

    def element(self, code):
        """Who tells events of this code."""
        return self.vlr if code < 0x80 else self.sgsn

    def note(self, code, **about):
        """An event that is acknowledged."""
        element = self.element(code)
        operation = tcap.invoke(tcap.NOTE_MM_EVENT, self.argument(code, **about))
        self.acknowledged(element, element.begin(operation))

    def note_in_segments(self, code, size, **about):
        """The same, in extended unitdata of so many octets each."""
        element = self.element(code)
        own = self.node.next_transaction()
        operation = tcap.invoke(tcap.NOTE_MM_EVENT, self.argument(code, **about))
        dialogue = tcap.dialogue_request(element.context)
        members = {"otid": own, "dialoguePortion": dialogue, "components": [operation]}
        octets = tcap.encode(element.protocol, ("begin", members))
        assert len(octets) > size, "it needs no segments"
        for segment in sccp.segments(element.remote, element.local, octets, size, 0x123456):
            self.node.data(segment)
        self.acknowledged(element, own)

    def open(self):
        """A dialogue without an operation yet: its context is accepted, and it stays open."""
        self.own = self.node.next_transaction()
        dialogue = tcap.dialogue_request(self.vlr.context)
        self.vlr.send(("begin", {"otid": self.own, "dialoguePortion": dialogue}))
        kind, members = self.vlr.answer(self.own)
        assert kind == "continue", (kind, members)
        assert tcap.unit_of(members) == accepted(self.vlr.context), members
        assert tcap.components_of(members) == [], members
        self.other = members["otid"]

    def follow(self, code, **about):
        """The event in the dialogue that was opened; its result ends it."""
        operation = tcap.invoke(tcap.NOTE_MM_EVENT, self.argument(code, **about))
        self.vlr.proceed(self.own, self.other, operation)
        kind, members = self.vlr.answer(self.own)
        assert kind == "end", (kind, members)
        assert tcap.unit_of(members) is None, members
        assert tcap.components_of(members) == [empty_result(1)], members

    def acknowledged(self, element, own):
        """The dialogue ends with its context accepted and the empty result."""
        kind, members = element.answer(own)
        assert kind == "end", (kind, members)
        assert tcap.unit_of(members) == accepted(element.context), members
        assert tcap.components_of(members) == [empty_result(1)], members


class Home:
    """An HLR that is asked for state and place."""

    def __init__(self, node):
        self.node = node
        self.hlr = Element(node, HLR, "99900000006", tcap.ANY_TIME_INFO_ENQUIRY)

    def interrogated(self, msisdn, domain, area=1, cell=1, network=NETWORK, **_):
        """Waits for pengate to ask about this domain, and answers that the subscriber is idle."""
        unitdata, members, invocation = self.asked(msisdn, domain)
        place = ("cellGlobalIdOrServiceAreaIdFixedLength", values.cell(network, area, cell))
        if domain == "cs":
            told = {
                "locationInformation": {
                    "ageOfLocationInformation": 0,
                    "vlr-number": values.isdn("99900000007"),
                    "cellGlobalIdOrServiceAreaIdOrLAI": place,
                },
                "subscriberState": ("assumedIdle", 0),
            }
        else:
            told = {
                "locationInformationGPRS": {
                    "cellGlobalIdOrServiceAreaIdOrLAI": place,
                    "sgsn-Number": values.isdn("99900000149"),
                },
                "ps-SubscriberState": ("ps-AttachedReachableForPaging", 0),
            }
        code, _ = tcap.ANY_TIME_INTERROGATION
        result = ("AnyTimeInterrogationRes", {"subscriberInfo": told})
        identifier = invocation["invokeId"][1]
        self.end(unitdata, members, tcap.result(identifier, code, result))
        return {"requested": sorted(invocation["argument"][1]["requestedInfo"])}

    def not_told(self, msisdn, domain, **_):
        """Waits for pengate to ask, and has a failure."""
        unitdata, members, invocation = self.asked(msisdn, domain)
        failure = {"invokeId": invocation["invokeId"], "errcode": ("local", SYSTEM_FAILURE)}
        self.end(unitdata, members, ("basicROS", ("returnError", failure)))

    def end(self, unitdata, members, component):
        """Ends the dialogue that pengate opened."""
        response = tcap.dialogue_response(tcap.ANY_TIME_INFO_ENQUIRY)
        end = {"dtid": members["otid"], "dialoguePortion": response, "components": [component]}
        octets = tcap.encode(tcap.MAP, ("end", end))
        self.node.data(sccp.udt(unitdata.calling, self.hlr.local, octets))

    def asked(self, msisdn, domain):
        """The Begin that pengate sends to the HLR: the unitdata, its members and the invocation."""
        unitdata = self.node.receive_for(self.hlr.local)
        assert unitdata is not None, "nobody asks the HLR"
        kind, members = tcap.decode(tcap.MAP, unitdata.data)
        unit, request = tcap.unit_of(members)
        assert (kind, unit) == ("begin", "dialogueRequest"), members
        assert request["application-context-name"] == tcap.ANY_TIME_INFO_ENQUIRY, request
        [(component, invocation)] = tcap.components_of(members)
        assert component == "invoke", members
        assert invocation["opcode"] == ("local", tcap.ANY_TIME_INTERROGATION[0]), invocation
        name, asked = invocation["argument"]
        assert name == tcap.ANY_TIME_INTERROGATION[1], name
        assert asked["subscriberIdentity"] == ("msisdn", values.isdn(msisdn)), asked
        assert asked["gsmSCF-Address"] == values.isdn(self.node.pengate_number), asked
        wanted = asked["requestedInfo"].get("requestedDomain", "cs-Domain")
        assert wanted == f"{domain}-Domain", asked
        return unitdata, members, invocation


def accepted(context):
    """The dialogue response of a context that is spoken, as pycrate reads it."""
    response = {
        "protocol-version": (1, 1),
        "application-context-name": context,
        "result": 0,
        "result-source-diagnostic": ("dialogue-service-user", 0),
    }
    return ("dialogueResponse", response)


def empty_result(identifier):
    """The result that has nothing to say, as pycrate reads it."""
    return ("returnResult", {"invokeId": ("present", identifier)})


def steps(node):
    """What can be asked for by name."""
    mobility, home = Mobility(node), Home(node)
    return {
        "note": mobility.note,
        "note-in-segments": mobility.note_in_segments,
        "note-opens": mobility.open,
        "note-follows": mobility.follow,
        "interrogated": home.interrogated,
        "interrogated-and-fails": home.not_told,
    }
