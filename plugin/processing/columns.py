"""What the columns of the engine's result frames hold, for outputs that have no row to tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BOOL = "tentative near_boundary overdue reference outside_jurisdiction verbatim"
_INT = "pending hits count needed checked listed open settled outstanding overdue_days"
_DOUBLE = (
    "distance_m threshold_m overlap_m2 overlap_projected_m2 overlap_share river_distance_m bearing_deg"
    " chainage_m offset_m straight_m area_m2 area_projected_m2 from_m to_m length_m upstream_m downstream_m"
    " bank_m radius_m"
)
_DATE = "as_of deadline_date"

KINDS: Mapping[str, str] = {
    **dict.fromkeys(_BOOL.split(), "bool"),
    **dict.fromkeys(_INT.split(), "int"),
    **dict.fromkeys(_DOUBLE.split(), "double"),
    **dict.fromkeys(_DATE.split(), "date"),
}


def kinds(frame: Any) -> dict[str, str]:
    """Return column -> kind for a result frame."""
    from ..bridge import column_kinds

    # The board counts the doubtful in a column that says of a finding whether it is.
    counted = {name: "int" for name in ("tentative",) if name in frame.columns and frame[name].dtype.kind == "f"}
    return column_kinds(frame, {**KINDS, **counted})
