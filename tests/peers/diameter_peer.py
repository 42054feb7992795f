"""A Diameter peer that a test directs: commands come as lines of JSON, what happens goes out so.

The protocol is python-diameter's; what stands here only reports each message, and lets the test send
octets of its own.
"""

import argparse
import json
import sys
import threading

from diameter.message import constants
from diameter.node import Node
from diameter.node.application import SimpleThreadingApplication
from diameter.node.peer import PEER_READY_STATES

TGPP = constants.VENDOR_TGPP
DIAMETER = 3868

_saying = threading.Lock()


def say(what, **more):
    """Tells the test."""
    line = json.dumps({"what": what, **more}, sort_keys=True)
    with _saying:
        print(line, flush=True)


class Octets:
    """What is sent as it is."""

    def __init__(self, octets):
        self.octets = octets

    def as_bytes(self):
        return self.octets


class Directed(Node):
    """A node that reports what it receives."""

    def describe(self, message):
        """What an application tells of a message besides."""
        return {}

    def _receive_message(self, conn, message):
        header = message.header
        say(
            "request" if header.is_request else "answer",
            command=header.command_code,
            application=header.application_id,
            error=header.is_error,
            again=header.is_retransmit,
            hop_by_hop=header.hop_by_hop_identifier,
            end_to_end=header.end_to_end_identifier,
            **describe(message),
            **self.describe(message),
        )
        super()._receive_message(conn, message)

    def _record_answer(self, conn, message):
        # Its statistics have no place for an Experimental-Result.
        if getattr(message, "result_code", None) is not None:
            super()._record_answer(conn, message)

    # It is ready when its answer is on its way: what the test sends then comes behind it.
    def receive_cer(self, conn, message):
        super().receive_cer(conn, message)
        self._tell_ready(conn)

    def receive_cea(self, conn, message):
        super().receive_cea(conn, message)
        self._tell_ready(conn)

    def _tell_ready(self, conn):
        if conn.state in PEER_READY_STATES:
            say("ready")

    def remove_peer_connection(self, conn, *reason):
        was_ready = bool(conn.host_identity)
        super().remove_peer_connection(conn, *reason)
        if was_ready:
            say("gone")


def first(message, *path):
    """The value of the first AVP at a path of codes with their vendors."""
    found = message.find_avps(*path)
    return found[0].value if found else None


def describe(message):
    """What the tests look at."""
    failed = message.find_avps((constants.AVP_FAILED_AVP, 0))
    return {
        "session": first(message, (constants.AVP_SESSION_ID, 0)),
        "result": first(message, (constants.AVP_RESULT_CODE, 0)),
        "experimental": first(
            message,
            (constants.AVP_EXPERIMENTAL_RESULT, 0),
            (constants.AVP_EXPERIMENTAL_RESULT_CODE, 0),
        ),
        "failed": [avp.code for group in failed for avp in group.value],
        "state": first(message, (constants.AVP_ORIGIN_STATE_ID, 0)),
        "cause": first(message, (constants.AVP_DISCONNECT_CAUSE, 0)),
    }


class Program:
    """A node with one application and the test at its standard input."""

    def __init__(self, node, application, is_accounting=False):
        parser = argparse.ArgumentParser()
        parser.add_argument("--host", required=True)
        parser.add_argument("--realm", default="ims.example")
        parser.add_argument("--peer", default="pna.ims.example")
        parser.add_argument("--listen", type=int)
        parser.add_argument("--connect", type=int)
        parser.add_argument("--state", type=int, default=1)
        parser.add_argument("--idle", type=int, default=600)
        arguments = parser.parse_args()
        self.host, self.realm, self.peer_host = (
            arguments.host,
            arguments.realm,
            arguments.peer,
        )
        self.node = node(
            arguments.host,
            arguments.realm,
            ip_addresses=["127.0.0.1"],
            tcp_port=arguments.listen,
            vendor_ids=[TGPP],
        )
        self.node.vendor_id = TGPP
        self.node.state_id = arguments.state
        self.node.wakeup_interval = 1
        self.node.idle_timeout = arguments.idle
        port = arguments.connect or DIAMETER
        self.peer = self.node.add_peer(
            f"aaa://{arguments.peer}:{port}",
            arguments.realm,
            ip_addresses=["127.0.0.1"] if arguments.connect else None,
            is_persistent=bool(arguments.connect),
        )
        self.peer.reconnect_wait = 1
        self.application = SimpleThreadingApplication(
            application,
            is_acct_application=is_accounting,
            is_auth_application=not is_accounting,
            request_handler=lambda _, request: self.answer(request),
        )
        self.node.add_application(self.application, [self.peer])

    def answer(self, request):
        """The answer to a request, if it is to have one."""
        raise NotImplementedError

    def send(self, message):
        """Sends a message, or octets, on the open connection."""
        connection = self.peer.connection
        if connection is None or connection.state not in PEER_READY_STATES:
            raise RuntimeError("no connection")
        if not isinstance(message, Octets):
            header = message.header
            header.hop_by_hop_identifier = connection.hop_by_hop_seq.next_sequence()
            if not header.end_to_end_identifier:
                header.end_to_end_identifier = self.node.end_to_end_seq.next_sequence()
        connection.add_out_msg(message)

    def do_send(self, octets):
        self.send(Octets(bytes.fromhex(octets)))

    def do_watchdog(self):
        self.node.send_dwr(self.peer.connection)

    def do_disconnect(self):
        self.node.send_dpr(self.peer.connection)

    def do_drop(self):
        self.peer.connection.close()

    def run(self):
        """Does what the test says until it says no more."""
        self.node.start()
        say("started")
        for line in sys.stdin:
            command = json.loads(line)
            getattr(self, "do_" + command.pop("do"))(**command)
        self.node.stop(wait_timeout=2)
