"""Imports what scripted peers are built on, and prints the versions as a line of JSON."""

import importlib.metadata
import json

import diameter.node
import pycrate_asn1dir.TCAP_CAP
import pycrate_asn1dir.TCAP_MAPv2v3

assert diameter.node.Node
assert pycrate_asn1dir.TCAP_CAP.TCAP_CAP_Messages
assert pycrate_asn1dir.TCAP_MAPv2v3.TCAP_MAP_Messages

names = ["pycrate", "python-diameter"]
print(json.dumps({name: importlib.metadata.version(name) for name in names}))
