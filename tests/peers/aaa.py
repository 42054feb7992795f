"""A 3GPP AAA server or PDG that accounts over Diameter (RFC 6733 clause 9); the test says what."""

from datetime import datetime, timezone

from diameter.message import constants
from diameter.message.commands import AccountingRequest
from diameter_peer import Directed, Program

BASE_ACCOUNTING = constants.APP_DIAMETER_BASE_ACCOUNTING


class Aaa(Program):
    def __init__(self):
        super().__init__(Directed, BASE_ACCOUNTING, is_accounting=True)

    def do_account(
        self, session, kind, number, user=None, called=None, at=None, end_to_end=0, again=False
    ):
        request = AccountingRequest()
        request.header.application_id = BASE_ACCOUNTING
        request.header.is_retransmit = again
        request.header.end_to_end_identifier = end_to_end
        request.session_id = session
        request.origin_host = self.host.encode()
        request.origin_realm = self.realm.encode()
        request.destination_realm = self.realm.encode()
        request.accounting_record_type = kind
        request.accounting_record_number = number
        request.acct_application_id = BASE_ACCOUNTING
        request.user_name = user
        request.called_station_id = called
        if at is not None:
            request.event_timestamp = datetime.fromtimestamp(at, timezone.utc)
        self.send(request)


Aaa().run()
