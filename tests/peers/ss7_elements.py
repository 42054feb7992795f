r"""The elements of a core network behind a signalling gateway, step by step.

    ss7_elements.py --server 127.0.0.1:2905 --local 127.0.0.2 --context 2 \
        --pengate 99900000099 --direct 127.0.0.1:2906 --direct-local 127.0.0.3

Each line of standard input is a step as JSON, {"step": "note", "code": 2}; when it has come about,
with all that pengate answers checked as pycrate reads it, a line says so, {"done": "note"}. What
does not come about ends the process.
"""

import argparse
import json
import sys

from ss7 import calls, faults, mobility, packets
from ss7.direct import Direct
from ss7.node import Node


def arguments():
    """Where to connect, and who pengate is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--local", required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--pengate", required=True)
    parser.add_argument("--direct", required=True)
    parser.add_argument("--direct-local", required=True)
    return parser.parse_args()


def address(text):
    """Host and port."""
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main():
    """Takes steps until standard input ends."""
    given = arguments()
    node = Node(address(given.server), (given.local, 0), given.context, given.pengate)
    direct = Direct(address(given.direct), (given.direct_local, 0), given.pengate)
    steps = {"lose": node.lose, "join": node.join}
    for part in (mobility, calls, packets, faults):
        steps |= part.steps(node)
    steps |= direct.steps()
    print(json.dumps({"done": "join"}), flush=True)
    for line in sys.stdin:
        step = json.loads(line)
        name = step.pop("step")
        told = steps[name](**step) or {}
        print(json.dumps({"done": name, **told}), flush=True)


if __name__ == "__main__":
    main()
