"""The relation ``river_section``: the subjects inside the control zones of monitoring sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..river.section import SectionResult, control_section
from .conditions import NO, UNKNOWN, evaluate
from .context import CLEAR, HIT, OPEN, TENTATIVE, Context, Subjects, Zones
from .model import Relation
from .relations import Outcome, add_reason, evidence, gather, nearest, pair_rows, reasons, unknown_layer

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

RIVERS, CHANNEL = "river_reach", "river_channel"
_KEPT = (
    "distance_m", "threshold_m", "river_distance_m", "bank", "bearing_deg", "near_boundary", "section_id", "direction",
    "chainage_m", "offset_m", "straight_m", "area_m2", "length_m", "band", "outside_jurisdiction", "why",
    "why_en", "geometry",
)  # fmt: skip


def river_section(subjects: Subjects, relation: Relation, context: Context) -> Outcome:
    """Hit where the subject lies in the control zone of a section.

    A subject in the band that the document's 左右 leaves open is tentative; one that only the positional accuracy
    of the rivers could bring inside is open.  A section that could not be traced leaves open every subject that
    its zone might have reached.
    """
    sections = context.zones(relation.layer or "")
    if sections is None:
        return unknown_layer(subjects, relation, context)
    rivers = context.zones(RIVERS)
    if rivers is None or not rivers.usable.any():
        return unknown_layer(subjects, relation, context, missing_layer=RIVERS)
    decided = evaluate(relation.filter, sections.frame, sections.name)
    candidates = np.flatnonzero((decided != NO) & sections.usable)
    limits = {key: length.resolve(context.working) for key, length in relation.lengths.items()}
    result = _trace(subjects, relation, context, sections, candidates, limits)
    context.tell(result.issue.to_dict("records"))

    found = result.finding[result.finding["status"].isin(["hit", "not_assessed"])]
    s = found["site_id"].astype(int).to_numpy()
    uid = sections.frame["uid"].to_numpy(dtype=object)
    row_of = {str(uid[row]): row for row in candidates}
    z = np.array([row_of[str(one)] for one in found["section_id"]], dtype=int)
    state = np.where(found["tentative"].to_numpy(dtype=bool), TENTATIVE, HIT).astype(np.int8)
    state[(found["status"] == "not_assessed").to_numpy()] = OPEN
    zh, en = (np.array([v or "" for v in found[c]], dtype=object) for c in ("why", "why_en"))
    unknown = decided[z] == UNKNOWN
    state[unknown] = OPEN
    add_reason(zh, en, unknown, "断面属性未填写", "an attribute of the section is empty")
    columns: dict[str, Any] = {name: found[name].to_numpy() for name in _KEPT if name in found}
    columns.update(why=zh, why_en=en, threshold_m=limits["bank"], threshold_owner=_owner(relation))
    hits = pair_rows(sections, relation, context, s, z, state, **columns)
    rest = np.setdiff1d(np.arange(len(subjects)), s)
    return gather(
        len(subjects), hits, _misses(subjects, rest, relation, context, sections, candidates, result, limits)
    )


def _trace(
    subjects: Subjects,
    relation: Relation,
    context: Context,
    sections: Zones,
    candidates: NDArray[np.intp],
    limits: dict[str, float],
) -> SectionResult:
    import geopandas as gpd

    channel = context.zones(CHANNEL)
    features = gpd.GeoDataFrame(
        {"uid": np.arange(len(subjects)).astype(str), "accuracy_m": subjects.accuracy},
        geometry=subjects.geometry,
        crs=4490,
    )
    return control_section(
        context.network,
        sections.frame.iloc[candidates],
        channel=channel.frame if channel is not None and len(channel.frame) else None,
        features={subjects.layer: features},
        approximate=dict(relation.approximate) or None,
        as_of=context.as_of,
        progress=context.progress,
        **limits,
    )


def _owner(relation: Relation) -> str:
    return "working" if relation.lengths["bank"].working else "document"


def _misses(
    subjects: Subjects, rest: NDArray[np.intp], relation: Relation, context: Context, sections: Zones,
    candidates: NDArray[np.intp], result: SectionResult, limits: dict[str, float],
) -> pd.DataFrame:  # fmt: skip
    if not len(rest):
        return evidence(0)
    subset = subjects.take(rest)
    state = np.full(len(rest), CLEAR, dtype=np.int8)
    zh, en = reasons(len(rest))
    for layer in (relation.layer or "", RIVERS):
        gap = ~context.complete(layer, subset)
        state[gap] = OPEN
        add_reason(zh, en, gap, *context.incompleteness(layer))
    if not len(candidates):
        return evidence(
            len(rest), subject=rest, state=state, zone_layer=sections.name, relation=relation.verb, why=zh, why_en=en,
            department=context.onemap.department(sections.name),
        )  # fmt: skip
    traced = set(result.zone["section_id"])
    failed = np.array([str(uid) not in traced for uid in sections.frame["uid"].iloc[candidates]])
    if failed.any():
        lost = shapely.multipoints(
            shapely.get_coordinates(shapely.centroid(sections.geometry[candidates[failed]]))
        )
        reach = limits["upstream"] + limits["downstream"] + limits["bank"]
        _, far = nearest(subset, np.array([lost], dtype=object))
        near = far.metres <= reach
        state[near] = OPEN
        add_reason(
            zh,
            en,
            near,
            "附近断面未能追溯,见数据问题",
            "a section nearby could not be traced, see the issues",
        )
    pick, measured = nearest(subset, sections.geometry[candidates])
    return pair_rows(
        sections, relation, context, rest, candidates[pick], state, straight_m=measured.metres,
        bearing_deg=measured.bearing, geometry=measured.line, why=zh, why_en=en,
        threshold_m=limits["bank"], threshold_owner=_owner(relation),
    )  # fmt: skip
