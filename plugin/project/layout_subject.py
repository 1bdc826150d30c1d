"""What a printed map is about: the subjects that a project can print, where they lie, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateTransform,
    QgsExpression,
    QgsFeatureRequest,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)

from ..engine.errors import InputError
from ..engine.location import Location
from ..texts import tr
from . import outcome, settings, source

KINDS = ("onemap", "theme", "section", "radius", "site", "zone", "county")
PAPERS, ORIENTATIONS = ("a4", "a3"), ("landscape", "portrait")
#: Kind of subject -> kind of result, its table, the column of its id, the column of its name.
RESULTS: Mapping[str, tuple[str, str, str, str]] = {
    "section": ("section", "zone", "section_id", "name"),
    "radius": ("radius", "zone", "plant_id", "name"),
    "site": ("check", "verdict", "site_id", "site_name"),
}
#: Layers whose features are documents' zones, each worth a sheet of its own.
ZONES = (
    "drinking_water_zone", "machinery_no_go_zone", "heat_network_area", "black_odorous_water", "contaminated_plot",
    "no_burn_zone", "livestock_ban_zone", "ecological_redline",
)  # fmt: skip
_LEVELS = ("county", "town")
#: A point is shown with so much around it, metres.
_AROUND_M = 1500.0
#: What binds a site is drawn so far away, metres.
_NEAR_M = 5000.0


@dataclass(frozen=True)
class Subject:
    """What a sheet shows.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    key : str
        A theme's id, section_id, plant_id, site_id, ``layer/uid`` of a zone, uid of an administrative area; empty for
        the one map.

    Raises
    ------
    InputError
        If the kind is unknown.
    """

    kind: str
    key: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"'{self.kind}' is no subject of a map; use one of {', '.join(KINDS)}.")


@dataclass(frozen=True)
class Sheet:
    """Paper and orientation.

    Raises
    ------
    InputError
        If one of them is unknown.
    """

    paper: str = "a3"
    orientation: str = "landscape"

    def __post_init__(self) -> None:
        if self.paper not in PAPERS:
            raise InputError(f"'{self.paper}' is no paper of a map; use one of {', '.join(PAPERS)}.")
        if self.orientation not in ORIENTATIONS:
            raise InputError(f"'{self.orientation}' is no orientation; use one of {', '.join(ORIENTATIONS)}.")


def subjects(project: QgsProject, lang: str) -> list[tuple[Subject, str]]:
    """Return all that a project can print, with titles, in the order for lists and atlases.

    Run it in the main thread.
    """
    found = [(Subject("onemap"), project.title() or ("环境管控一张图" if lang == "zh" else "The one map"))]
    for group in project.layerTreeRoot().findGroups():
        theme = str(group.customProperty("envzones/theme") or "")
        if theme and theme != "context" and any(_rows(node.layer()) for node in group.findLayers()):
            found.append((Subject("theme", theme), group.name()))
    for kind, (_, _, column, name) in RESULTS.items():
        seen: dict[str, str] = {}
        for layer in result_layers(project, kind):
            for row in rows(layer, None, (column, name)):
                if row.get(column) is not None:
                    seen.setdefault(str(row[column]), str(row.get(name) or row[column]))
        found += [(Subject(kind, key), title) for key, title in seen.items()]
    tables = source.map_layers(project)
    for table in ZONES:
        if table in tables and _rows(tables[table]):
            for row in rows(tables[table], None, ("uid", "name")):
                found.append((Subject("zone", f"{table}/{row['uid']}"), str(row.get("name") or row["uid"])))
    if "admin_area" in tables:
        areas = list(rows(tables["admin_area"], None, ("uid", "name", "level")))
        for level in _LEVELS:
            found += [
                (Subject("county", str(row["uid"])), str(row.get("name") or row["uid"]))
                for row in areas if row.get("level") == level
            ]  # fmt: skip
    return found


def _rows(layer: Any) -> int:
    return int(layer.featureCount()) if isinstance(layer, QgsVectorLayer) and layer.isValid() else 0


def result_layers(project: QgsProject, kind: str) -> list[QgsVectorLayer]:
    """Return the layers of the table that tells what a kind of result is about."""
    result, table, _, _ = RESULTS[kind]
    return list(outcome.published(project, result).get(table, []))


def rows(
    layer: QgsVectorLayer,
    expression: str | None,
    columns: tuple[str, ...] | None = None,
    *,
    shapes: bool = False,
) -> Iterator[dict[str, Any]]:
    """Yield a layer's rows, NULL as None; with `shapes` the geometry is under ``geometry``."""
    request = QgsFeatureRequest()
    if expression:
        request.setFilterExpression(expression)
    names = layer.fields().names()
    if columns is not None:
        request.setSubsetOfAttributes([names.index(name) for name in columns if name in names])
    if not shapes:
        request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
    for feature in layer.getFeatures(request):
        row = {name: _plain(value) for name, value in zip(names, feature.attributes())}
        if shapes:
            row["geometry"] = feature.geometry()
        yield row


def _plain(value: Any) -> Any:
    if value is None or (hasattr(value, "isNull") and value.isNull()):
        return None
    return value.toPyDate() if hasattr(value, "toPyDate") else value


def equals(column: str, value: str) -> str:
    """Return the expression that a column has a value; neither can break out of it."""
    return str(QgsExpression.createFieldEqualityExpression(column, value))


def feature_rows(project: QgsProject, subject: Subject) -> list[tuple[QgsVectorLayer, dict[str, Any]]]:
    """Return the layers and rows that a subject is made of.

    Raises
    ------
    InputError
        If the project does not have it.
    """
    if subject.kind in RESULTS:
        column = RESULTS[subject.kind][2]
        pairs = [(layer, equals(column, subject.key)) for layer in result_layers(project, subject.kind)]
    elif subject.kind in ("zone", "county"):
        table, uid = (
            subject.key.split("/", 1)
            if subject.kind == "zone" and "/" in subject.key
            else ("admin_area", subject.key)
        )
        layer = source.map_layers(project).get(table)
        pairs = [] if layer is None else [(layer, equals("uid", uid))]
    else:
        return []
    found = [(layer, row) for layer, expression in pairs for row in rows(layer, expression, shapes=True)]
    if not found:
        raise InputError(
            tr(
                "The project has nothing to print as “{kind}:{key}”; run the check again or choose another subject."
            ).format(kind=subject.kind, key=subject.key)
        )
    return found


def extent(project: QgsProject, subject: Subject) -> QgsRectangle:
    """Return what the map has to show, in the project's CRS.

    Raises
    ------
    InputError
        If the project does not have the subject.
    """
    from .build import map_extent

    if subject.kind in ("onemap", "theme"):
        tables = source.map_layers(project)
        box = map_extent(project, tables)
        return QgsRectangle(project.viewSettings().defaultViewExtent()) if box.isEmpty() else box
    box = QgsRectangle()
    found = feature_rows(project, subject)
    if subject.kind == "site":
        # The lines to what binds it are part of the answer; what lies far away is in the table.
        found += _evidence(project, subject)
    for layer, row in found:
        shape = row["geometry"]
        if shape is None or shape.isNull() or shape.isEmpty():
            continue
        transform = QgsCoordinateTransform(layer.crs(), project.crs(), project.transformContext())
        box.combineExtentWith(transform.transformBoundingBox(shape.boundingBox()))
    if box.isNull() and not box.width():
        raise InputError(tr("“{key}” has no place on the map.").format(key=subject.key))
    least = 2 * _AROUND_M if subject.kind == "site" else 400.0
    box = QgsRectangle(box)
    box.grow(max(0.0, (least - max(box.width(), box.height())) / 2.0))
    box.scale(1.12)
    return box


def beyond(project: QgsProject, subject: Subject, shown: QgsRectangle) -> int:
    """Return how many zones bind a site and are not on its map, which goes no further out than is useful."""
    if subject.kind != "site":
        return 0
    missing = set()
    for layer, row in _evidence(project, subject, near_m=None):
        transform = QgsCoordinateTransform(layer.crs(), project.crs(), project.transformContext())
        if not shown.contains(transform.transformBoundingBox(row["geometry"].boundingBox())):
            missing.add((row.get("zone_layer"), row.get("zone_id")))
    return len(missing)


def _evidence(
    project: QgsProject, subject: Subject, near_m: float | None = _NEAR_M
) -> list[tuple[QgsVectorLayer, dict[str, Any]]]:
    """Return the findings of a site that bind it and lie near, or all."""
    near = f"{equals('site_id', subject.key)} AND \"status\" = 'hit'"
    if near_m is not None:
        near += f' AND coalesce("distance_m", 0) < {near_m}'
    layers = [
        layer for layer in outcome.published(project, "check").get("finding", [])
        if layer.geometryType() != QgsWkbTypes.GeometryType.NullGeometry
    ]  # fmt: skip
    # An overlap with a district is the whole district: lines alone say how far.
    lines = [one for one in layers if one.geometryType() == QgsWkbTypes.GeometryType.LineGeometry]
    return [(layer, row) for layer in lines for row in rows(layer, near, shapes=True)]


def title(project: QgsProject, subject: Subject, lang: str) -> str:
    """Return what the sheet is called."""
    zh = lang == "zh"
    if subject.kind == "onemap":
        return project.title() or ("环境管控一张图" if zh else "The one map")
    city = _city(project, lang)
    if subject.kind == "theme":
        group = next(
            (
                one
                for one in project.layerTreeRoot().findGroups()
                if one.customProperty("envzones/theme") == subject.key
            ),
            None,
        )
        if group is None:
            raise InputError(tr("The project has no theme “{key}”.").format(key=subject.key))
        return f"{city}{group.name()}图" if zh else f"{city}: {group.name()}"
    name = name_of(feature_rows(project, subject)[0][1], subject)
    ends = {
        "section": ("上下游管控范围图", "control zone"), "radius": ("供热半径图", "heat radius"),
        "site": ("选址研判图", "siting check"), "zone": ("范围图", "extent"), "county": ("环境管控图", "one map"),
    }  # fmt: skip
    return f"{name}{ends[subject.kind][0]}" if zh else f"{name}: {ends[subject.kind][1]}"


def name_of(row: Mapping[str, Any], subject: Subject) -> str:
    """Return a subject's own name."""
    column = RESULTS[subject.kind][3] if subject.kind in RESULTS else "name"
    return str(row.get(column) or subject.key.split("/")[-1])


def _city(project: QgsProject, lang: str) -> str:
    return jurisdiction(project, lang) or project.title()


def jurisdiction(project: QgsProject, lang: str) -> str:
    """Return the name of the map's jurisdiction, empty where there is none."""
    where = settings.onemap_path(project)
    if where is None:
        return ""
    meta = dict(_meta(where, source.last_change(where)))
    return meta.get(f"jurisdiction_{lang}") or meta.get("jurisdiction_zh", "")


@lru_cache(maxsize=4)
def _meta(where: Path | Location, _changed: float) -> tuple[tuple[str, str], ...]:
    """Return what a map says of itself; an atlas asks for it on every page."""
    return tuple(source.read_meta(where).items())
