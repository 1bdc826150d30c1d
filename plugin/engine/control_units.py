"""The environmental control units (三线一单) that a site lies in, with their lists verbatim.

A siting check opens with them: which units are crossed, with how much of the site, and what each unit's list
says in its four columns, with the date of its version (units and lists are revised every year).  A unit binds
through its list, which only a person can read; so nothing here enters the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .clauses.context import HIT, OPEN, TENTATIVE, Context, Subjects
from .clauses.model import Relation
from .clauses.relations import inside
from .findings import table

if TYPE_CHECKING:
    import geopandas as gpd

LAYER = "control_unit"
#: The four columns of a unit's list, in their official order.
LISTS = ("spatial_constraint", "emission_control", "risk_prevention", "resource_efficiency")
#: One row per site and unit crossed, or per site that crosses none.  `status` is ``crossed``, ``near`` (within
#: positional accuracy of the boundary), ``none`` or ``not_assessed``.
UNIT_COLUMNS: Mapping[str, str] = {
    "site_id": "t", "site_name": "t", "status": "t", "unit_id": "t", "unit_code": "t", "unit_name": "t",
    "unit_kind": "t", "overlap_m2": "f", "overlap_projected_m2": "f", "overlap_share": "f",
    **dict.fromkeys(LISTS, "t"), "version_date": "t", "document_no": "t", "department": "t", "why": "t",
    "why_en": "t",
}  # fmt: skip
_OF_UNIT = ("unit_code", "unit_kind", *LISTS, "version_date", "document_no")
_STATUS = {HIT: "crossed", TENTATIVE: "near", OPEN: "not_assessed"}


def crossed(sites: Subjects, context: Context) -> gpd.GeoDataFrame:
    """Return the control units that each site crosses (:data:`UNIT_COLUMNS`, EPSG:4490).

    The geometry is the part of the site in the unit.  A site in no unit has one row: ``none`` where the layer
    is declared complete, else ``not_assessed`` with the reason.
    """
    rows = inside(sites, Relation("inside", LAYER), context).rows
    owner = rows["subject"].to_numpy(dtype=int)
    state = rows["state"].to_numpy(dtype=int)
    data = {name: rows[name].to_numpy(dtype=object) for name in UNIT_COLUMNS if name in rows}
    data["site_id"] = sites.frame["site_id"].to_numpy(dtype=object)[owner]
    data["site_name"] = sites.frame["name"].to_numpy(dtype=object)[owner]
    data["status"] = np.array([_STATUS.get(one, "none") for one in state], dtype=object)
    data["geometry"] = rows["geometry"].to_numpy(dtype=object)
    zones = context.zones(LAYER)
    told = np.isin(state, (HIT, TENTATIVE))
    if zones is not None:
        place = {uid: row for row, uid in enumerate(zones.frame["uid"])}
        at = np.array([place.get(uid, -1) for uid in rows["zone_id"]], dtype=int)
        data["unit_id"], data["unit_name"] = rows["zone_id"].to_numpy(), rows["zone_name"].to_numpy()
        for name in _OF_UNIT:
            if name in zones.frame:
                said = [_said(value) for value in zones.frame[name]]
                data[name] = np.array([said[row] if row >= 0 else None for row in at], dtype=object)
        for name in ("unit_id", "unit_name", *_OF_UNIT, "geometry"):
            if name in data:
                data[name] = np.where(told, data[name], None)
    return table(data, UNIT_COLUMNS)


def _said(value: object) -> str | None:
    if value is None or value != value:
        return None
    return str(value.date()) if hasattr(value, "date") else str(value)
