"""The SS7 side of a core network: M3UA and SCCP of our own, TCAP, MAP and CAP by pycrate."""
