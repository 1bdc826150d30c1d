"""Shapes while they are edited: measures, faults, neighbours; split, merged, laid along a shared boundary.

All by QGIS's own geometry library: an answer while the mouse moves must not wait for numpy and shapely to load.
Metres and square metres are ellipsoidal unless said to be of the plane (the project's projected CRS).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsDistanceArea,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsLineString,
    QgsPoint,
    QgsPointXY,
    QgsPolygon,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)

from ..engine.errors import InputError
from ..texts import tr
from . import editing

MU_M2 = 2000.0 / 3.0
#: Levels of protection from the inside out, and the field that says which zones belong together.
LEVELS = ("primary", "secondary", "quasi")
LEVEL, SOURCE = "level", "source_code"
#: Neighbours nearer than this, but not touching, leave a gap.
GAP_M = 30.0
#: Overlaps smaller than this are rounding.
_SPECK_M2 = 0.01
_METRES_PER_DEGREE = 111_000.0
_POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry


@dataclass(frozen=True)
class Measure:
    """Area and perimeter (or length): ellipsoidal, and in the plane of the project's CRS if it is projected."""

    area: float
    perimeter: float
    plane_area: float | None
    plane_perimeter: float | None


@dataclass(frozen=True)
class Fault:
    """Where a shape is not valid and why, in the layer's CRS."""

    place: QgsPointXY | None
    reason: str


@dataclass(frozen=True)
class Beside:
    """How another feature of the layer lies to a shape: `overlap_m2`, or `gap_m` where they do not touch."""

    fid: int
    name: str
    overlap_m2: float = 0.0
    gap_m: float = 0.0
    shape: QgsGeometry | None = field(default=None, compare=False)
    level: str = ""


@dataclass(frozen=True)
class Nesting:
    """Whether a zone lies within the next outer one of its source.

    `state` is ``inside``, ``outside`` (by `outside_m2`) or ``alone`` (there is no such zone).
    """

    inner: str
    outer: str
    name: str
    state: str
    outside_m2: float = 0.0


def ruler(crs: QgsCoordinateReferenceSystem, project: QgsProject) -> QgsDistanceArea:
    """Return what measures ellipsoidally in a CRS."""
    one = QgsDistanceArea()
    one.setSourceCrs(crs, project.transformContext())
    ellipsoid = crs.ellipsoidAcronym()
    one.setEllipsoid(ellipsoid if ellipsoid and ellipsoid != "NONE" else project.ellipsoid())
    return one


def measure(shape: QgsGeometry, crs: QgsCoordinateReferenceSystem, project: QgsProject) -> Measure:
    """Measure a polygon or a line given in `crs`."""
    tape = ruler(crs, project)
    polygon = shape.type() == _POLYGON
    length = tape.measurePerimeter(shape) if polygon else tape.measureLength(shape)
    plane = None
    if not project.crs().isGeographic() and project.crs().isValid():
        plane = QgsGeometry(shape)
        try:
            plane.transform(QgsCoordinateTransform(crs, project.crs(), project))
        except QgsCsException:
            plane = None
    return Measure(
        tape.measureArea(shape) if polygon else 0.0,
        length,
        plane.area() if plane is not None and polygon else None,
        plane.length() if plane is not None else None,
    )


def faults(shape: QgsGeometry) -> list[Fault]:
    """Return where a shape is not valid, in plain words."""
    if shape.isNull() or shape.isEmpty():
        return []
    found = []
    for error in shape.validateGeometry(Qgis.GeometryValidationEngine.Geos):
        said = error.what().lower()
        if "self-intersection" in said or "自相交" in said:
            reason = tr("The boundary crosses or touches itself here.")
        elif "duplicate" in said or "repeated" in said:
            reason = tr("The same ring or point is there twice.")
        elif "hole" in said:
            reason = tr("A hole lies outside its area.")
        elif "nested" in said:
            reason = tr("One part lies inside another.")
        elif "few points" in said:
            reason = tr("A ring has too few points.")
        else:
            reason = tr("The shape is not valid ({reason}).").format(reason=error.what())
        found.append(Fault(QgsPointXY(error.where()) if error.hasWhere() else None, reason))
    return found


# --- neighbours ---------------------------------------------------------------------------------------------


class Surroundings:
    """The features of a layer near a place, kept while a shape is drawn there."""

    def __init__(self, layer: QgsVectorLayer, project: QgsProject) -> None:
        self._layer, self._project = layer, project
        self._tape = ruler(layer.crs(), project)
        self._box = QgsRectangle()
        self._near: list[tuple[QgsFeature, QgsRectangle]] = []
        self._loaded = False

    def forget(self, *_: Any) -> None:
        """Read again next time: something changed."""
        self._loaded = False

    def _load(self, box: QgsRectangle) -> None:
        if self._loaded and self._box.contains(box):
            return
        wide = QgsRectangle(box)
        wide.grow(max(box.width(), box.height(), self._degrees(GAP_M) * 4))
        names = [n for n in ("name", LEVEL, SOURCE, "life_state", "valid_to") if self._layer.fields().indexOf(n) >= 0]
        request = QgsFeatureRequest().setFilterRect(wide).setSubsetOfAttributes(names, self._layer.fields())
        self._near = [(one, one.geometry().boundingBox()) for one in self._layer.getFeatures(request) if _alive(one)]
        self._box, self._loaded = wide, True

    def _degrees(self, metres: float) -> float:
        return metres / _METRES_PER_DEGREE if self._layer.crs().isGeographic() else metres

    def beside(self, shape: QgsGeometry, fid: int | None, level: str = "", source: str = "") -> list[Beside]:
        """Return the features that overlap a polygon, the most first, and those that leave a gap to it.

        Zones of different levels of one source are meant to overlap and are left out.
        """
        box = shape.boundingBox()
        near = QgsRectangle(box)
        near.grow(self._degrees(GAP_M))
        self._load(near)
        engine = QgsGeometry.createGeometryEngine(shape.constGet())
        engine.prepareGeometry()
        found = []
        for feature, other in self._near:
            if feature.id() == fid or not near.intersects(other):
                continue
            theirs = feature.geometry()
            name = _text(feature, "name") or str(feature.id())
            if engine.intersects(theirs.constGet()):
                if _nested(level, source, feature):
                    continue
                shared = shape.intersection(theirs)
                size = self._tape.measureArea(shared) if shared.type() == _POLYGON or not shared.isEmpty() else 0.0
                if size > _SPECK_M2:
                    found.append(Beside(feature.id(), name, size, 0.0, shared, _text(feature, LEVEL)))
                continue
            bridge = shape.shortestLine(theirs)
            gap = self._tape.measureLength(bridge)
            if 0.0 < gap <= GAP_M:
                found.append(Beside(feature.id(), name, 0.0, gap, bridge, _text(feature, LEVEL)))
        return sorted(found, key=lambda one: (-one.overlap_m2, one.gap_m))

    def nesting(self, shape: QgsGeometry, fid: int | None, level: str, source: str) -> list[Nesting]:
        """Return how a zone lies to the next outer zone of its source, and the next inner ones to it.

        An outer zone may be drawn with or without a hole for the inner one; both are practice.
        """
        if level not in LEVELS or not source:
            return []
        found = []
        rank = LEVELS.index(level)
        if rank + 1 < len(LEVELS):
            outer = self._of(source, LEVELS[rank + 1], fid)
            found.append(self._lies(level, shape, LEVELS[rank + 1], outer, shape))
        if rank > 0:
            for inner in self._of(source, LEVELS[rank - 1], fid):
                held = QgsFeature(inner)
                held.setGeometry(shape)
                found.append(self._lies(LEVELS[rank - 1], inner.geometry(), level, [held], shape, _text(inner, "name")))
        return found

    def _lies(
        self,
        inner: str,
        shape: QgsGeometry,
        outer: str,
        zones: Sequence[QgsFeature],
        _drawn: QgsGeometry,
        name: str = "",
    ) -> Nesting:
        if not zones:
            return Nesting(inner, outer, name, "alone")
        whole = QgsGeometry.unaryUnion([one.geometry().removeInteriorRings() for one in zones])
        rest = shape.difference(whole)
        size = 0.0 if rest.isEmpty() else self._tape.measureArea(rest)
        title = name or _text(zones[0], "name")
        if size > _SPECK_M2:
            return Nesting(inner, outer, title, "outside", size)
        return Nesting(inner, outer, title, "inside")

    def _of(self, source: str, level: str, fid: int | None) -> list[QgsFeature]:
        """Return the zones of one source and level wherever they lie."""
        fields = self._layer.fields()
        if fields.indexOf(SOURCE) < 0 or fields.indexOf(LEVEL) < 0:
            return []
        quoted = source.replace("'", "''")
        request = QgsFeatureRequest().setFilterExpression(f"\"{SOURCE}\" = '{quoted}' and \"{LEVEL}\" = '{level}'")
        return [one for one in self._layer.getFeatures(request) if one.id() != fid and _alive(one)]


def _text(feature: QgsFeature, name: str) -> str:
    index = feature.fields().indexOf(name)
    value = feature.attribute(index) if index >= 0 else None
    return "" if editing.is_null(value) else str(value)


def _alive(feature: QgsFeature) -> bool:
    """Leave out what is cancelled or no longer in force."""
    if _text(feature, "life_state") == "cancelled":
        return False
    index = feature.fields().indexOf("valid_to")
    until = editing.plain(feature.attribute(index)) if index >= 0 else None
    return until is None or str(until) > date.today().isoformat()


def _nested(level: str, source: str, feature: QgsFeature) -> bool:
    theirs = _text(feature, LEVEL)
    return (
        bool(source)
        and source == _text(feature, SOURCE)
        and level in LEVELS
        and theirs in LEVELS
        and theirs != level
    )


# --- editing, one undo step each ----------------------------------------------------------------------------


def new_uid() -> str:
    """Return an id for a new row, as the form's default gives it."""
    return str(uuid.uuid4())


def renew(layer: QgsVectorLayer, fid: int) -> None:
    """Make a copied row a row of its own: a uid of its own, nothing of its model's version and editor."""
    fields = layer.fields()
    values = {"uid": new_uid(), editing.VERSION: None, editing.EDITOR: None, editing.EDITED: None}
    for name, value in values.items():
        if fields.indexOf(name) >= 0:
            layer.changeAttributeValue(fid, fields.indexOf(name), value)


def split(layer: QgsVectorLayer, line: Sequence[QgsPointXY], topological: bool = True) -> list[int]:
    """Split the selected features (all, where none is selected) along a line in the layer's CRS.

    Returns
    -------
    list of int
        The ids of the parts that are new; each has a uid of its own, else the values of what it was part of.

    Raises
    ------
    InputError
        If the line splits nothing, with what to do.
    """
    before = set(layer.editBuffer().addedFeatures())
    layer.beginEditCommand(tr("Split zones"))
    layer.splitFeatures(QgsLineString([QgsPoint(point) for point in line]), False, topological)
    made = sorted(set(layer.editBuffer().addedFeatures()) - before)
    if not made:
        layer.destroyEditCommand()
        raise InputError(tr("The line splits nothing: draw it right across the zone, beyond both its edges."))
    for fid in made:
        renew(layer, fid)
    layer.endEditCommand()
    layer.triggerRepaint()
    return made


def differing(features: Sequence[QgsFeature]) -> list[int]:
    """Return the indexes of the content fields in which features differ, the uid left aside."""
    out = []
    for index, name in editing.store_indexes(features[0].fields()).items():
        values = [editing.plain(one.attribute(index)) for one in features]
        if name != "uid" and any(not editing.alike(values[0], value) for value in values[1:]):
            out.append(index)
    return out


def merge(layer: QgsVectorLayer, fids: Iterable[int], keep: int, values: Mapping[int, Any] | None = None) -> None:
    """Merge features into one of them, as one undo step.

    Parameters
    ----------
    keep : int
        The feature that stays, with its uid and values.
    values : mapping of field index to value, optional
        Taken from others.

    Raises
    ------
    InputError
        If the shapes cannot be joined.
    """
    wanted = [*dict.fromkeys(fids)]
    shapes = [layer.getFeature(fid).geometry() for fid in wanted]
    whole = QgsGeometry.unaryUnion(shapes)
    if len(wanted) < 2 or whole.isNull() or whole.isEmpty() or whole.type() != layer.geometryType():
        raise InputError(tr("These features cannot be merged; select two or more valid ones."))
    layer.beginEditCommand(tr("Merge zones"))
    layer.changeGeometry(keep, editing.fitted(whole, layer.wkbType()))
    for index, value in (values or {}).items():
        layer.changeAttributeValue(keep, index, value)
    layer.deleteFeatures([fid for fid in wanted if fid != keep])
    layer.endEditCommand()
    layer.selectByIds([keep])
    layer.triggerRepaint()


def along(shape: QgsGeometry, path: Sequence[QgsPointXY]) -> QgsGeometry:
    """Return a polygon whose edge between the ends of `path` follows it, vertex for vertex.

    The stretch of the polygon's ring that lies nearer to the path is replaced.  Both are in the same CRS.

    Raises
    ------
    InputError
        If the path is no line, or the polygon would cross itself.
    """
    points = [point for k, point in enumerate(path) if k == 0 or point != path[k - 1]]
    if len(points) < 2:
        raise InputError(tr("Click two different places on the boundary."))
    parts = shape.asMultiPolygon() if shape.isMultipart() else [shape.asPolygon()]
    line = QgsGeometry.fromPolylineXY(points)
    best: tuple[float, int, int] | None = None
    for number, rings in enumerate(parts):
        for which, ring in enumerate(rings):
            edge = QgsGeometry.fromPolylineXY(ring)
            away = sum(edge.distance(QgsGeometry.fromPointXY(one)) for one in (points[0], points[-1]))
            if best is None or away < best[0]:
                best = (away, number, which)
    if best is None:
        raise InputError(tr("The zone has no boundary; draw it first."))
    _, number, which = best
    parts[number][which] = _laid(parts[number][which], points, line)
    out = _polygons(parts, shape.isMultipart())
    if not out.isGeosValid():
        raise InputError(tr("The zone would cross itself; click the places nearer to its edge, or in smaller steps."))
    return out


def _laid(ring: Sequence[QgsPointXY], points: list[QgsPointXY], line: QgsGeometry) -> list[QgsPointXY]:
    closed = list(ring)
    first, last = _foot(closed, points[0]), _foot(closed, points[-1])
    forward, backward = _stretch(closed, first, last), _stretch(closed, last, first)
    if _away(forward, line) <= _away(backward, line):
        kept = backward  # from the path's end on to its start
    else:
        kept = list(reversed(forward))
    # Ends of the kept stretch that lie on a corner give way to the path's own ends.
    start, end = (0 if _corner(closed, last) else None), (len(kept) if not _corner(closed, first) else len(kept) - 1)
    kept = kept[1 if start == 0 else 0 : end]
    laid = [*points, *kept]
    out = [point for k, point in enumerate(laid) if k == 0 or point != laid[k - 1]]
    if out[0] != out[-1]:
        out.append(out[0])
    return out


def _foot(ring: Sequence[QgsPointXY], point: QgsPointXY) -> tuple[int, QgsPointXY]:
    """Return the segment (its first vertex) and the place on it that is nearest to a point."""
    _, place, after, _ = QgsGeometry.fromPolylineXY(list(ring)).closestSegmentWithContext(point)
    return after - 1, place


def _corner(ring: Sequence[QgsPointXY], foot: tuple[int, QgsPointXY]) -> bool:
    return any(foot[1].compare(ring[k], 1e-12) for k in (foot[0], foot[0] + 1))


def _stretch(
    ring: Sequence[QgsPointXY], first: tuple[int, QgsPointXY], last: tuple[int, QgsPointXY]
) -> list[QgsPointXY]:
    """Return a closed ring's points from one place on to another, in its own direction."""
    count = len(ring) - 1
    step, out = first[0], [first[1]]
    ahead = last[0] == first[0] and ring[step].sqrDist(last[1]) >= ring[step].sqrDist(first[1])
    if not ahead:
        while True:
            step = (step + 1) % count
            out.append(ring[step])
            if step == last[0]:
                break
    out.append(last[1])
    return out


def _away(points: Sequence[QgsPointXY], line: QgsGeometry) -> float:
    """Return how far a stretch lies from a line on the whole."""
    whole = QgsGeometry.fromPolylineXY(list(points))
    length = whole.length()
    if length == 0.0:
        return 0.0
    places = [whole.interpolate(length * k / 16.0) for k in range(1, 16)]
    return sum(one.distance(line) for one in places) / len(places) + abs(length - line.length()) / 16.0


def _polygons(parts: Sequence[Sequence[Sequence[QgsPointXY]]], multi: bool) -> QgsGeometry:
    return QgsGeometry.fromMultiPolygonXY([list(part) for part in parts]) if multi else QgsGeometry.fromPolygonXY(
        list(parts[0])
    )


def nests(layer: QgsVectorLayer) -> bool:
    """Tell whether a layer's zones are meant to lie inside one another, as levels of protection do."""
    return layer.fields().indexOf(LEVEL) >= 0


def polygon_of(points: Sequence[QgsPoint]) -> QgsGeometry:
    """Return the polygon of the vertices drawn so far; empty for fewer than three."""
    if len(points) < 3:
        return QgsGeometry()
    ring = QgsLineString([QgsPoint(point.x(), point.y()) for point in points])
    ring.close()
    polygon = QgsPolygon()
    polygon.setExteriorRing(ring)
    return QgsGeometry(polygon)
