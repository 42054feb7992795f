"""An HSS over Sh (TS 29.328, TS 29.329): what it answers and when it notifies, the test says."""

from datetime import datetime, timedelta, timezone

from diameter.message import Avp, constants
from diameter.message.avp.grouped import (
    ExperimentalResult,
    UserIdentity,
    VendorSpecificApplicationId,
)
from diameter.message.commands import (
    PushNotificationRequest,
    SubscribeNotifications,
    UserData,
)
from diameter_peer import TGPP, Directed, Program, first

SH = constants.APP_3GPP_SH
NO_STATE_MAINTAINED = 1
UDR, SNR = UserData.code, SubscribeNotifications.code
IMS_USER_STATE = 11


class ShNode(Directed):
    def describe(self, message):
        """What a request of Sh asks."""
        if message.header.command_code not in (UDR, SNR) or not message.header.is_request:
            return {}
        wanted = message.find_avps((constants.AVP_TGPP_EXPIRY_TIME, TGPP))
        references = message.find_avps((constants.AVP_TGPP_DATA_REFERENCE, TGPP))
        destination = first(message, (constants.AVP_DESTINATION_HOST, 0))
        return {
            "user": first(
                message,
                (constants.AVP_TGPP_USER_IDENTITY, TGPP),
                (constants.AVP_TGPP_PUBLIC_IDENTITY, TGPP),
            ),
            "references": [avp.value for avp in references],
            "domain": first(message, (constants.AVP_TGPP_REQUESTED_DOMAIN, TGPP)),
            "current": first(message, (constants.AVP_TGPP_CURRENT_LOCATION, TGPP)),
            "subscribe": first(message, (constants.AVP_TGPP_SUBS_REQ_TYPE, TGPP)),
            "send_data": first(message, (constants.AVP_TGPP_SEND_DATA_INDICATION, TGPP)),
            "wanted": [int(avp.value.timestamp()) for avp in wanted],
            "to": destination and destination.decode(),
        }


class Hss(Program):
    def __init__(self):
        super().__init__(ShNode, SH)
        # By user and by what is asked for: "ims", "cs", "ps".
        self.documents = {}
        self.granted = None
        self.refusals = {}
        self.is_silent = False

    def do_tell(self, user, part, data):
        self.documents[user, part] = data

    def do_grant(self, seconds):
        self.granted = seconds

    def do_refuse(self, command, result=None, experimental=None, times=1):
        self.refusals[command] = [(result, experimental)] * times

    def do_silent(self, on):
        self.is_silent = on

    def do_push(self, user, data, session=None, end_to_end=0, again=False):
        request = PushNotificationRequest()
        request.header.application_id = SH
        request.header.is_retransmit = again
        request.header.end_to_end_identifier = end_to_end
        request.session_id = session or self.node.session_generator.next_id()
        request.vendor_specific_application_id = application()
        request.auth_session_state = NO_STATE_MAINTAINED
        request.origin_host = self.host.encode()
        request.origin_realm = self.realm.encode()
        request.destination_host = self.peer_host.encode()
        request.destination_realm = self.realm.encode()
        request.user_identity = UserIdentity(public_identity=user)
        request.append_avp(user_data(data))
        self.send(request)

    def answer(self, request):
        command = request.header.command_code
        if self.is_silent:
            return None
        answer = self.application.generate_answer(request)
        answer.vendor_specific_application_id = application()
        answer.auth_session_state = NO_STATE_MAINTAINED
        refusals = self.refusals.get(command)
        if refusals:
            result, experimental = refusals.pop()
            answer.result_code = result
            if experimental:
                answer.experimental_result = ExperimentalResult(
                    vendor_id=TGPP, experimental_result_code=experimental
                )
            # Protocol errors bear the E bit (RFC 6733 clause 7.1.3).
            answer.header.is_error = result is not None and 3000 <= result < 4000
            return answer
        answer.result_code = constants.E_RESULT_CODE_DIAMETER_SUCCESS
        if command == SNR and request.subs_req_type == 0 and self.granted is not None:
            granted = timedelta(seconds=self.granted)
            answer.expiry_time = datetime.now(timezone.utc) + granted
        document = self.documents.get((request.user_identity.public_identity, part(request)))
        if document is not None and (command == UDR or request.send_data_indication == 1):
            answer.append_avp(user_data(document))
        return answer


def user_data(document):
    """User-Data of Sh (702): python-diameter's own attribute is that of Cx (606)."""
    return Avp.new(
        constants.AVP_TGPP_SH_USER_DATA, TGPP, value=document.encode(), is_mandatory=True
    )


def part(request):
    if IMS_USER_STATE in request.data_reference:
        return "ims"
    return ["cs", "ps"][request.requested_domain]


def application():
    return VendorSpecificApplicationId(vendor_id=TGPP, auth_application_id=SH)


Hss().run()
