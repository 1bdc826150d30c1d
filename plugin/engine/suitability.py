"""Where may this go?  The siting check turned round: an area cut into pieces by what the clauses say there (适宜区域)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from . import geodesy
from .clauses.context import CLEAR, HIT, OPEN, TENTATIVE, Context
from .clauses.model import VERDICTS, Clause, Relation, Rulebook
from .errors import InputError
from .facilities import FacilityTypes, load_facility_types
from .findings import ISSUE_COLUMNS, table, verdict, verdict_text
from .onemap import OneMap
from .progress import SILENT, Progress, part, report
from .siting import check, working_distances
from .suitability_model import (
    AREAS,
    CLAUSE_COLUMNS,
    OUTSIDE,
    PIECE_COLUMNS,
    SEVERITY,
    UNITS,
    WORSE,
    SuitableArea,
)
from .suitability_overlay import faces, joined
from .suitability_regions import Named, Reason, Region, World, reasons_text
from .suitability_shapes import EMPTY, both, own, polygons

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

_MOST_NAMES = 8
_ID = "S{:0{}d}"


def _part(progress: Progress, low: float, high: float) -> Progress:
    """A share of a progress; silence stays silence, and then nothing needs a thread to be cancelled from."""
    return progress if progress is SILENT else part(progress, low, high)


@dataclass(frozen=True)
class _Ruling:
    """What a clause answers a point site whose place is hit, tentative, open: for certain, or to be verified."""

    sure: frozenset[int]
    pending: frozenset[int]
    reference: bool
    reason: Reason


@dataclass(frozen=True)
class _Answer:
    """A clause's ground: where it binds for certain, and where that cannot be told."""

    book: Rulebook
    clause: Clause
    ruling: _Ruling
    region: Region | None = None
    sure: Any = EMPTY
    pending: Any = EMPTY

    @property
    def name(self) -> str:
        return f"{self.book.id} {self.clause.id}"

    @property
    def reasons(self) -> list[Reason]:
        """Why it is pending: what the site leaves open, then what the map does."""
        own = [self.ruling.reason] if self.ruling.reason.zh and HIT in self.ruling.pending else []
        return [*own, *(self.region.reasons if self.region else ())]


def suitable_area(
    area: gpd.GeoDataFrame,
    onemap: OneMap,
    books: Sequence[Rulebook],
    *,
    facility_type: str,
    nature: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    as_of: date,
    working: Mapping[str, float] | None = None,
    facilities: FacilityTypes | None = None,
    progress: Progress = SILENT,
) -> SuitableArea:
    """Cut an area into the pieces where a facility may go, may go on conditions, may not, or cannot be told.

    A point anywhere in a piece (but within a metre of its edge) gets the same verdict from
    :func:`.siting.check`.

    Parameters
    ----------
    area : GeoDataFrame
        Polygons in any declared CRS.
    onemap : OneMap
    books : sequence of Rulebook
        One not in force on `as_of` stays outside the verdict.
    facility_type : str
    nature : str, optional
        new, rebuild, expand or existing; left out, clauses that ask for it cannot be told.
    attributes : mapping, optional
        Of the facility, such as ``{"capacity_tph": 20}``; a clause that asks for another cannot be told.
    as_of : date
    working : mapping of str to float, optional
        The office's own distances in metres, by name.
    facilities : FacilityTypes, optional
    progress : Progress

    Raises
    ------
    InputError
        For an area that holds no polygon, or a facility type or nature that is unknown.
    Cancelled
        If the progress says so.
    """
    facilities = facilities or load_facility_types()
    issues: list[dict[str, Any]] = []
    ground = _area(area, issues)
    attributes = dict(attributes or {})
    clauses = [(book, clause) for book in books for clause in book.of_kind("siting")]
    rulings = _rulings(books, facility_type, nature, attributes, as_of, facilities)
    context = Context(onemap, as_of, dict(working or {}), progress=progress, issues=issues)
    world = World(ground, context)
    found: list[_Answer] = []
    for i, (book, clause) in enumerate(clauses):
        report(progress, 0.7 * i / len(clauses), f"{book.id} {clause.id}")
        context.jurisdiction_code = book.jurisdiction.code
        context.progress = _part(progress, 0.7 * i / len(clauses), 0.7 * (i + 1) / len(clauses))
        ruling = rulings[book.id, clause.id]
        if ruling.reference or not (ruling.sure or ruling.pending) or clause.where is None:
            found.append(_Answer(book, clause, ruling))
            continue
        region = world.region(clause.where)
        bound = _bound(world, book)
        sure, pending = (
            world.patient(lambda s=states, r=region, b=bound: _cut(r.of_states(s, ground), b, ground))
            for states in (ruling.sure, ruling.pending)
        )
        found.append(_Answer(book, clause, ruling, region, sure, pending))
    context.progress = progress
    _tell_reference(books, as_of, issues)
    bounds = [_bound(world, book) for book in books if book.state(None, as_of) == "in_force"]
    inside = world.patient(lambda: polygons(shapely.union_all(bounds))) if bounds else ground
    pieces = _pieces(world, found, inside, (facility_type, nature, as_of), _part(progress, 0.7, 0.97))
    result = SuitableArea(
        pieces,
        _clause_rows(world, found, as_of),
        table(context.issues, ISSUE_COLUMNS),
        _summary(pieces),
        ground,
        as_of,
        list(books),
        facility_type,
        nature,
        attributes,
        [onemap.fingerprint(name) for name in sorted(context.used)],
        working_distances([clause for _, clause in clauses], context.working),
    )
    report(progress, 1.0, "done")
    return result


def read_attributes(
    texts: Iterable[str], books: Sequence[Rulebook] = (), facilities: FacilityTypes | None = None
) -> dict[str, Any]:
    """Read ``NAME=VALUE`` texts as a facility's attributes, typed as `facility_types.yaml` says.

    An attribute that only a clause of `books` knows is a truth value, a number or a text as it looks.

    Raises
    ------
    InputError
        For a text without ``=``, a name that is unknown, or a value of another type.
    """
    facilities = facilities or load_facility_types()
    asked = {name for book in books for clause in book.of_kind("siting") for name in clause.attributes()}
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = (one.strip() for one in text.partition("="))
        if not equals or not name or not value:
            raise InputError(f"Attribute '{text}' must be NAME=VALUE, e.g. capacity_tph=20.")
        known = facilities.attributes.get(name)
        if known is None and name in asked:
            found[name] = _guessed(value)
            continue
        if known is None:
            import difflib

            near = difflib.get_close_matches(name, {*asked, *facilities.attributes}, n=3, cutoff=0.4)
            hint = f"did you mean {', '.join(near)}?" if near else "see resources/facility_types.yaml for the list."
            raise InputError(f"Attribute '{name}' is unknown; {hint}")
        found[name] = _value(name, value, known.type, known.choices)
    return found


def _guessed(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return float(text) if _NUMBER.fullmatch(text) else text


_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_TRUE, _FALSE = ("true", "yes", "1", "是"), ("false", "no", "0", "否")


def _value(name: str, text: str, kind: str, choices: Mapping[str, Any]) -> Any:
    if kind == "boolean":
        if text.lower() not in (*_TRUE, *_FALSE):
            raise InputError(f"Attribute {name}={text} must be true or false.")
        return text.lower() in _TRUE
    if kind == "number":
        if not _NUMBER.fullmatch(text):
            raise InputError(f"Attribute {name}={text} must be a number.")
        return float(text)
    if choices and text not in choices:
        raise InputError(f"Attribute {name}={text} must be one of {', '.join(choices)}.")
    return text


# --------------------------------------------------------------------------------------------------------
# What the clauses answer
# --------------------------------------------------------------------------------------------------------


def _area(area: gpd.GeoDataFrame, issues: list[dict[str, Any]]) -> Any:
    """Return the union of the polygons asked about, in degrees; an invalid one is mended, and told."""
    frame = geodesy.to_storage(area, "area")
    shapes = shapely.force_2d(np.asarray(frame.geometry.array, dtype=object))
    shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    for row in np.flatnonzero(~shapely.is_valid(shapes)):
        why = shapely.is_valid_reason(shapes[row])
        shapes[row] = shapely.make_valid(shapes[row])
        issues.append({
            "severity": "warning", "code": "area_geometry",
            "message_zh": f"研究范围第 {row + 1} 个面几何无效({why}),按修复后的图形计算",
            "message_en": f"polygon {row + 1} of the area has an invalid geometry ({why}); it was mended for this run",
            "geometry": shapely.point_on_surface(shapes[row]),
        })  # fmt: skip
    ground = polygons(shapely.union_all(shapes)) if len(shapes) else EMPTY
    if ground.is_empty:
        raise InputError("The area holds no polygon; give the outline of the ground to look at.")
    return ground


#: A made-up map on which a point gets each state from one relation: see :func:`_rulings`.
_PLACES = {
    HIT: shapely.Point(110.01, 35.01),
    TENTATIVE: shapely.Point(113.01, 35.01),
    OPEN: shapely.Point(116.0, 35.01),
    CLEAR: shapely.Point(111.5, 35.01),
}
_ANSWER = "answer"


def _rulings(
    books: Sequence[Rulebook], facility_type: str, nature: str | None, attributes: Mapping[str, Any],
    as_of: date, facilities: FacilityTypes,
) -> dict[tuple[str, str], _Ruling]:  # fmt: skip
    """Ask :func:`.siting.check` what each clause answers a site of this kind in each state of its place.

    The clauses are put on a made-up map whose only layer gives four sites the four states, so that facility
    types, natures, conditions, exceptions, periods and marks are judged by the one function that judges sites.
    """
    import geopandas as gpd

    zones = gpd.GeoDataFrame(
        {"uid": ["A", "B"], "name": ["A", "B"], "accuracy_m": [0.0, 5000.0]},
        geometry=[shapely.box(110.0, 35.0, 110.02, 35.02), shapely.box(113.0, 35.0, 113.02, 35.02)],
        crs=4490,
    )
    declared = gpd.GeoDataFrame(
        {"layer": [_ANSWER], "complete_as_of": ["2000-01-01"], "valid_until": [None]},
        geometry=[shapely.box(109.0, 34.0, 114.0, 36.0)],
        crs=4490,
    )
    sketch = OneMap.from_frames({_ANSWER: zones}, declared)
    sites = gpd.GeoDataFrame(
        {"site_id": [str(state) for state in _PLACES], **{k: [v] * len(_PLACES) for k, v in attributes.items()}},
        geometry=list(_PLACES.values()),
        crs=4490,
    )
    where = Relation("inside", _ANSWER)
    plain = [
        replace(book, clauses=tuple(replace(one, where=where, focus=None) for one in book.of_kind("siting")))
        for book in books
    ]
    findings = check(
        sites, sketch, plain, as_of=as_of, facility_type=facility_type, nature=nature, facilities=facilities
    ).findings
    rulings = {}
    for (book, clause), rows in findings.groupby(["rulebook", "clause_id"], sort=False):
        state = rows["site_id"].astype(int)
        sure = (rows["status"] == "hit") & ~rows["tentative"]
        pending = (rows["status"] == "not_assessed") | ((rows["status"] == "hit") & rows["tentative"])
        at_hit = rows[(state == HIT) & (sure | pending)]
        said = [at_hit[name].iloc[0] or "" for name in ("why", "why_en")] if len(at_hit) else ["", ""]
        rulings[book, clause] = _Ruling(
            frozenset(state[sure]) - {CLEAR},
            frozenset(state[pending]) - frozenset(state[sure]) - {CLEAR},
            bool(rows["reference"].any()),
            Reason(*said),
        )
    return rulings


def _bound(world: World, book: Rulebook) -> Any:
    """Return the part of the area that a book binds; all of it where the map does not tell."""
    area = world.context.jurisdiction_of(book.jurisdiction.code)
    if area is None:
        return world.area
    key = f"bound {book.jurisdiction.code}"
    if key not in world.kept:
        world.kept[key] = world.within(polygons(area))
    return world.kept[key]


def _cut(region: Any, bound: Any, ground: Any) -> Any:
    return region if bound is ground else both(region, bound)


def _tell_reference(books: Sequence[Rulebook], as_of: date, issues: list[dict[str, Any]]) -> None:
    from .clauses.model import STATES

    for book in books:
        state = book.state(None, as_of)
        if state != "in_force":
            zh, en = STATES[state]
            issues.append({
                "severity": "info", "code": "reference_book",
                "message_zh": f"{book.document.zh}于 {as_of} {zh},仅供参考,未参与计算",
                "message_en": f"{book.id} is {en} on {as_of}: reference only, it took no part",
            })  # fmt: skip


# --------------------------------------------------------------------------------------------------------
# Pieces and rows
# --------------------------------------------------------------------------------------------------------


def _distinct(shapes: Sequence[Any], area: Any) -> tuple[list[Any], NDArray[np.intp]]:
    """Return the different shapes and, for each, its number; -1 for an empty one, -2 for the whole area."""
    kept: list[Any] = []
    number = np.full(len(shapes), -1)
    seen: dict[bytes, int] = {shapely.to_wkb(area): -2}
    for k, shape in enumerate(shapes):
        if shape.is_empty:
            continue
        key = shapely.to_wkb(shape)
        if key not in seen:
            seen[key] = len(kept)
            kept.append(shape)
        number[k] = seen[key]
    return kept, number


def _pieces(
    world: World, found: Sequence[_Answer], inside: Any, asked: tuple[Any, ...], progress: Progress
) -> gpd.GeoDataFrame:
    n = len(found)
    shapes, number = _distinct([*(f.sure for f in found), *(f.pending for f in found), inside], world.area)
    face, member = faces(world.area, shapes, _part(progress, 0.0, 0.6))
    # Column k: in the ground of shape k; then one that is never and one that is always true.
    member = np.column_stack([member, np.ones(len(face), bool), np.zeros(len(face), bool)])
    kinds, key = np.unique(member, axis=0, return_inverse=True)
    cover = kinds[:, number]
    # Different regions may stand for the same clauses.
    kinds, again = np.unique(cover, axis=0, return_inverse=True)
    shape, key = joined(face, np.ravel(again)[np.ravel(key)], _part(progress, 0.6, 0.8))
    rows = [_kind_row(found, kinds[k, :n], kinds[k, n : 2 * n], bool(kinds[k, -1])) for k in range(len(kinds))]
    columns = {name: np.array([row[name] for row in rows], dtype=object)[key] for name in rows[0]}
    area, projected = geodesy.area_m2(shape), geodesy.projected_area_m2(shape)
    west = shapely.bounds(shape)[:, 0]
    grave = {name: [VERDICTS.index(v) for v in columns[name]] for name in ("possible", "known")}
    abroad = columns["outside_jurisdiction"].astype(bool)
    order = np.lexsort((west, -area, key, grave["possible"], grave["known"], abroad))
    shape, key, area, projected = shape[order], key[order], area[order], projected[order]
    columns = {name: values[order] for name, values in columns.items()}
    zones_zh, zones_en = _zone_names(world, found, kinds, shape, key, _part(progress, 0.8, 1.0))
    kind, nature, as_of = asked
    columns.update(_areas(area, projected), zones=zones_zh, zones_en=zones_en, geometry=shape)
    count = len(shape)
    width = len(str(count))
    columns["piece_id"] = np.array([_ID.format(k + 1, width) for k in range(count)], dtype=object)
    for name, value in (("facility_type", kind), ("nature", nature), ("as_of", as_of.isoformat())):
        columns[name] = np.full(count, value, dtype=object)
    return table(columns, PIECE_COLUMNS)


def _areas(area: NDArray[np.float64], projected: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    out = {"area_m2": area, "area_projected_m2": projected}
    for unit, metres in UNITS.items():
        out[f"area_{unit}"], out[f"projected_{unit}"] = area / metres, projected / metres
    return out


def _kind_row(
    found: Sequence[_Answer], sure: NDArray[np.bool_], pending: NDArray[np.bool_], inside: bool
) -> dict[str, Any]:
    """Say what holds where these clauses bind for certain and those may."""
    hit = [found[k] for k in np.flatnonzero(sure)]
    open_ = [found[k] for k in np.flatnonzero(pending & ~sure)]
    known, possible = verdict(f.clause.effect for f in hit), verdict(f.clause.effect for f in open_)
    text_zh, text_en = verdict_text(known, possible, len(open_))
    if not any(not f.ruling.reference for f in found):
        text_zh, text_en = "没有在效条款可供研判", "no clause in force to check against"
    if not inside:
        text_zh, text_en = "位于辖区界外,未作研判", "outside the jurisdiction, not assessed"
    worse = bool(open_) and VERDICTS.index(possible) < VERDICTS.index(known)
    # An answer that is pass so far is undecided however mild what is pending.
    worse = worse or (bool(open_) and known == "pass")
    why = [(f.name, f.reasons) for f in open_]
    return {
        "known": known, "possible": possible, "pending": len(open_), "hits": len(hit), "worse": worse,
        "severity": SEVERITY[known] + WORSE * worse if inside else OUTSIDE,
        "text_zh": text_zh, "text_en": text_en,
        "clauses": "; ".join(f.name for f in hit),
        "effects": "; ".join(f.clause.effect for f in hit),
        "clauses_zh": ";".join(f.clause.zh for f in hit),
        "pending_clauses": "; ".join(name for name, _ in why),
        "why": ";".join(f"{name}:{reasons_text(said, 'zh')}" for name, said in why),
        "why_en": "; ".join(f"{name}: {reasons_text(said, 'en')}" for name, said in why),
        "outside_jurisdiction": not inside,
    }  # fmt: skip


def _zone_names(
    world: World, found: Sequence[_Answer], kinds: NDArray[np.bool_], shape: NDArray[Any],
    key: NDArray[np.intp], progress: Progress,
) -> tuple[NDArray[Any], NDArray[Any]]:  # fmt: skip
    """Name for each piece the zones that its clauses are about."""
    n = len(found)
    names: dict[int, dict[tuple[str, str], set[str]]] = {}
    regions: dict[int, tuple[Region, list[int]]] = {}
    for k, one in enumerate(found):
        if one.region is not None and one.region.named:
            regions.setdefault(id(one.region), (one.region, []))[1].append(k)
    report(progress, 0.0, "Naming the zones")
    asked: list[tuple[Named, NDArray[np.intp]]] = []
    for region, mine in regions.values():
        asks = (kinds[:, mine] | kinds[:, [n + k for k in mine]]).any(axis=1)
        asked += [(named, np.flatnonzero(asks[key])) for named in region.named]
    met = world.together(*(lambda z=named.ground, p=pieces: _overlapping(shape[p], z) for named, pieces in asked))
    for (named, pieces), (at, zone) in zip(asked, met):
        titles = (named.title_zh, named.title_en)
        for piece, row in zip(pieces[at].tolist(), zone.tolist()):
            names.setdefault(piece, {}).setdefault(titles, set()).add(str(named.name[row]))
    zh, en = np.full(len(shape), "", dtype=object), np.full(len(shape), "", dtype=object)
    for piece, layers in names.items():
        zh[piece] = ";".join(f"{title}:{_some(said, '、', '等{}处')}" for (title, _), said in layers.items())
        en[piece] = "; ".join(f"{title}: {_some(said, ', ', ' and others, {} in all')}"
                              for (_, title), said in layers.items())  # fmt: skip
    return zh, en


def _overlapping(shape: NDArray[Any], ground: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs that share ground, not an edge only: those that meet when the zone is a centimetre smaller."""
    # Copies: other threads look at these shapes too.
    shape, ground = own(shape), own(ground)
    at, zone = shapely.STRtree(ground).query(shape, predicate="intersects")
    if not len(at):
        return at, zone
    rows, number = np.unique(zone, return_inverse=True)
    smaller = shapely.buffer(ground[rows], -1e-7, quad_segs=1)
    shapely.prepare(shape)
    keep = shapely.intersects(shape[at], smaller[np.ravel(number)])
    return at[keep], zone[keep]


def _some(names: set[str], joint: str, tail: str) -> str:
    listed = sorted(names)
    text = joint.join(listed[:_MOST_NAMES])
    return text + tail.format(len(listed)) if len(listed) > _MOST_NAMES else text


def _clause_rows(world: World, found: Sequence[_Answer], as_of: date) -> gpd.GeoDataFrame:
    rows: list[dict[str, Any]] = []
    onemap = world.context.onemap
    for one in found:
        book, clause, reasons, basis = one.book, one.clause, one.reasons, one.clause.basis
        common = {
            "rulebook": book.id, "clause_id": clause.id, "clause": clause.clause, "clause_zh": clause.zh,
            "clause_en": clause.en, "effect": clause.effect, "quote": clause.quote, "operative": clause.operative,
            "verbatim": clause.verbatim, "basis": f"{basis.zh}{basis.article}" if basis else None,
            "responsible": str(clause.responsible), "reference": one.ruling.reference, "as_of": as_of.isoformat(),
            "layers": "、".join(dict.fromkeys(onemap.title(r.layer) for r in clause.relations() if r.layer)),
        }  # fmt: skip
        doubt = {
            "why": reasons_text(reasons, "zh"), "why_en": reasons_text(reasons, "en"),
            "department": "、".join(dict.fromkeys(r.department for r in reasons if r.department)),
        }  # fmt: skip
        drawn = [("hit", one.sure, {}), ("not_assessed", one.pending, doubt)]
        drawn = [row for row in drawn if not row[1].is_empty]
        idle = "reference" if one.ruling.reference else "not_applicable" if one.region is None else "clear"
        for state, shape, more in drawn or [(idle, None, {})]:
            rows.append({**common, "state": state, "geometry": shape, **more})
    frame = table(rows, CLAUSE_COLUMNS)
    shape = np.asarray(frame.geometry.array, dtype=object)
    area = np.nan_to_num(geodesy.area_m2(shape))
    for name, values in _areas(area, geodesy.projected_area_m2(shape)).items():
        frame[name] = values
    whole = float(geodesy.area_m2(np.array([world.area], dtype=object))[0])
    frame["share"] = area / whole
    return frame


def _summary(pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return areas by verdict, in the order of the pieces; `possible` only where it is graver than what is known."""
    pieces = pieces.assign(possible=pieces["possible"].where(pieces["worse"], ""))
    keys = ["known", "possible", "worse", "outside_jurisdiction"]
    sums = ["area_m2", "area_projected_m2", *AREAS]
    groups = pieces.groupby(keys, sort=False)
    out = groups[sums].sum()
    out.insert(0, "pieces", groups.size())
    out.insert(1, "share", out["area_m2"] / pieces["area_m2"].sum())
    return out.reset_index()
