"""The river-section rule: a directed network, distances along it, and the control zone around a section.

``network.build`` makes the network, ``trace.trace`` walks it by distance, ``section.control_section`` draws
the zone and lists what lies inside.
"""
