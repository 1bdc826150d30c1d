"""Draw the zones of drinking-water sources from the figures of a document.

One function for each way in which documents describe zones; all return :class:`Delineated`, rows ready for
``drinking_water_zone`` with every figure and its owner recorded.

=====================  ======================================================================================
:func:`intake_reach`   so many metres up and down a river, and from its bank or dyke; tributaries
:func:`well_zones`     circles, outer hulls with an offset, offsets in directions closed by named lines
:func:`water_circle`   a circle on the water alone, with a strip of the shore on the intake's side
:func:`corridor`       so many metres on either side of a line
:func:`vertex_zones`   a table of boundary vertices
:func:`cut`            polygons cut at roads, dykes, contours or ridge lines
:func:`enclosed`       the ground that named lines enclose
=====================  ======================================================================================
"""

from __future__ import annotations

from .delineation_cut import Edge, cut, edges_of, enclosed
from .delineation_presets import Preset, load_presets, pore_levels, preset
from .delineation_reach import ReachLevel, intake_reach
from .delineation_rows import LEVELS, TOLD, ZONE_COLUMNS, Delineated, Figure, Source, figure
from .delineation_shapes import CircleLevel, corridor, water_circle
from .delineation_sheet import Sheet, read_sheet
from .delineation_table import vertex_zones
from .delineation_tributaries import ALONG
from .delineation_wells import Directed, WellLevel, pore_radius, well_zones

__all__ = [
    "ALONG", "LEVELS", "TOLD", "ZONE_COLUMNS", "CircleLevel", "Delineated", "Directed", "Edge", "Figure", "Preset",
    "ReachLevel", "Sheet", "Source", "WellLevel", "corridor", "cut", "edges_of", "enclosed", "figure", "intake_reach",
    "load_presets", "pore_levels", "pore_radius", "preset", "read_sheet", "vertex_zones", "water_circle", "well_zones",
]  # fmt: skip
