"""The table beside a printed map: what was found at its subject, as many rows as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qgis.core import (
    QgsLayoutFrame,
    QgsLayoutItemManualTable,
    QgsLayoutTable,
    QgsProject,
    QgsTableCell,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from .. import compat
from ..engine.publication import Publication
from ..engine.report import text
from ..engine.report.rows import Words
from . import layout_text, outcome, settings, source
from .layout_subject import Subject, equals, feature_rows, rows

#: Share of the width for each column, by kind.
_WIDTHS = {
    "section": (0.07, 0.39, 0.24, 0.15, 0.15),
    "radius": (0.08, 0.4, 0.26, 0.26),
    "site": (0.08, 0.5, 0.2, 0.22),
    "zone": (0.42, 0.58),
    "county": (0.7, 0.3),
}
_EFFECTS = ("prohibit", "close", "restrict", "rectify", "require", "attend", "encourage")
_MOST_CORNERS = 12
#: The height of a line in a table, times the font's own.
_LEADING = 1.02
_HEAD = QColor("#e6edf4")


@dataclass
class Table:
    """What stands beside a map.

    Attributes
    ----------
    title : str
    head : sequence of str
    body : list of list of str
        In the order of importance; what does not fit is counted.
    numbered : list of str
        Ids of the features that carry a number on the map, in the order of the body.
    facts : str
        A sentence on the subject for the notes.
    """

    title: str = ""
    head: Sequence[str] = ()
    body: list[list[str]] = field(default_factory=list)
    numbered: list[str] = field(default_factory=list)
    facts: str = ""


def make(project: QgsProject, subject: Subject, lang: str, publication: Publication) -> Table:
    """Return the table of a subject; empty for the one map and for themes."""
    makers = {"section": _section, "radius": _radius, "site": _site, "zone": _zone, "county": _county}
    if subject.kind not in makers:
        return Table()
    words = Words(lang, settings.as_of(project) or date.today(), [])
    return makers[subject.kind](project, subject, words, publication)


def put(
    frame: QgsLayoutFrame, table: Table, kind: str, lang: str, width: float, most: float | None = None
) -> tuple[int, float]:
    """Put as many rows into the table's frame as fit; return how many were left out, and the height in mm.

    `width` is the room in mm: a frame is as wide as its table, and an empty table is a line.  `most` is the height
    where something else needs a part of the frame.
    """
    item = frame.multiFrame()
    if not isinstance(item, QgsLayoutItemManualTable):
        return 0, frame.rect().height()
    high = frame.rect().height() if most is None else most
    line, margin = item.gridStrokeWidth(), item.cellMargin()
    # Lines and margins come on top of what a column is said to be wide.
    free = width - (len(table.head) + 1) * line - 2 * margin * len(table.head)
    widths = [share * free for share in _WIDTHS[kind]]
    fonts = [compat.table_font(item, header=True), compat.table_font(item, header=False)]
    one_line = layout_text.line_height(fonts[1])

    def row(cells: Sequence[str], head: bool) -> tuple[list[str], float]:
        lines = [layout_text.broken(cell, fonts[0 if head else 1], wide) for cell, wide in zip(cells, widths)]
        return ["\n".join(one) for one in lines], max(map(len, lines)) * one_line * _LEADING + 2 * margin + line

    body = table.body or [["", "无" if lang == "zh" else "none", *[""] * (len(table.head) - 2)]]
    heights = [row(cells, False)[1] for cells in body]
    used = row(table.head, True)[1] + line
    count = 0
    for number, needed in enumerate(heights):
        more = len(body) - number - 1
        if used + needed + (_more_height(one_line, margin, line) if more else 0.0) > high:
            break
        used, count = used + needed, number + 1
    shown = [table.head, *body[:count]]
    left = len(body) - count
    if left:
        said = f"另有{left}项，见台账" if lang == "zh" else f"{left} more: see the ledger"
        shown.append(["…", said, *[""] * (len(table.head) - 2)])
        used += _more_height(one_line, margin, line)
    item.setIncludeTableHeader(False)
    item.setWrapBehavior(QgsLayoutTable.WrapBehavior.TruncateText)
    contents = []
    for number, cells in enumerate(shown):
        contents.append([_cell(one, item, header=number == 0) for one in row(cells, number == 0)[0]])
    item.setTableContents(contents)
    item.setColumnWidths(widths)
    item.refresh()
    return left if table.body else 0, used


def _more_height(one_line: float, margin: float, line: float) -> float:
    return one_line * _LEADING + 2 * margin + line


def _cell(words: str, item: QgsLayoutItemManualTable, *, header: bool) -> QgsTableCell:
    cell = QgsTableCell(words)
    if header:
        cell.setBackgroundColor(_HEAD)
        if hasattr(cell, "setTextFormat"):
            cell.setTextFormat(compat.table_format(item, header=True))
    return cell


# --------------------------------------------------------------------------------------------------------
# One for each kind of subject
# --------------------------------------------------------------------------------------------------------


def _findings(
    project: QgsProject, kind: str, expression: str, publication: Publication
) -> list[dict[str, Any]]:
    """Return the findings for which an expression holds, those without a place, which no layer shows, among them."""
    layers = outcome.published(project, kind).get("finding", [])
    if not layers:
        return []
    path = layers[0].source().split("|")[0]
    whole = QgsVectorLayer(
        f"{path}|layername=finding", "finding", "ogr", QgsVectorLayer.LayerOptions(loadDefaultStyle=False)
    )
    return [row for row in rows(whole, expression) if not publication.hides_row(row)]


def _section(project: QgsProject, subject: Subject, words: Words, publication: Publication) -> Table:
    say, lang = words.zh_en, words.lang
    zone = feature_rows(project, subject)[0][1]
    found = _findings(
        project, "section", f"{equals('section_id', subject.key)} AND \"status\" = 'hit'", publication
    )
    found.sort(
        key=lambda row: (
            bool(row.get("tentative")),
            -float(row.get("chainage_m") or 0),
            str(row.get("site_id")),
        )
    )
    found = list({row["site_id"]: row for row in reversed(found)}.values())[::-1]
    body = [
        [
            str(number),
            str(row.get("site_name") or row.get("site_id"))
            + (say("(待核实)", " (to verify)") if row.get("tentative") else ""),
            text.chainage(row.get("chainage_m"), row.get("direction"), lang),
            text.word(text.BANK, row.get("bank"), lang),
            text.separation(row.get("offset_m"), row.get("threshold_m"), lang),
        ]
        for number, row in enumerate(found, start=1)
    ]
    facts = "；".join(
        filter(
            None,
            [
                say("上游/下游/两岸：", "Upstream/downstream/bank: ")
                + "/".join(
                    text.distance(zone.get(key), lang) for key in ("upstream_m", "downstream_m", "bank_m")
                ),
                say("岸线依据：", "bank from: ") + text.word(text.BANK_FROM, zone.get("bank_from"), lang),
                say("管控区面积：", "zone: ") + text.area(zone.get("area_m2"), lang),
            ],
        )
    )
    title = say(f"管控范围内问题({len(body)}处)", f"Problems inside ({len(body)})")
    head = [
        say("序号", "No."),
        say("名称", "Name"),
        say("里程", "Chainage"),
        say("岸别", "Bank"),
        say("距岸", "Offset"),
    ]
    return Table(title, head, body, [str(row["site_id"]) for row in found], facts)


def _radius(project: QgsProject, subject: Subject, words: Words, publication: Publication) -> Table:
    say, lang = words.zh_en, words.lang
    circle = feature_rows(project, subject)[0][1]
    found = _findings(
        project, "radius", f"{equals('zone_id', subject.key)} AND \"status\" <> 'clear'", publication
    )
    found.sort(key=lambda row: (row.get("distance_m") is None, float(row.get("distance_m") or 0)))
    body = [
        [
            str(number),
            str(row.get("site_name") or row.get("site_id")),
            text.separation(row.get("distance_m"), row.get("threshold_m"), lang),
            say("待核实", "To verify")
            if row.get("tentative") or row.get("status") != "hit"
            else say("半径内", "Inside"),
        ]
        for number, row in enumerate(found, start=1)
    ]
    facts = say("供热半径：", "Radius: ") + text.distance(circle.get("radius_m"), lang)
    title = say(f"距本热源最近的燃煤锅炉({len(body)}台)", f"Boilers nearest to this source ({len(body)})")
    head = [say("序号", "No."), say("锅炉", "Boiler"), say("距离", "Distance"), say("结果", "Result")]
    return Table(title, head, body, [str(row["site_id"]) for row in found], facts)


def _site(project: QgsProject, subject: Subject, words: Words, publication: Publication) -> Table:
    say, lang = words.zh_en, words.lang
    verdict = feature_rows(project, subject)[0][1]
    found = _findings(project, "check", f"{equals('site_id', subject.key)} AND \"status\" = 'hit'", publication)
    order = {effect: place for place, effect in enumerate(_EFFECTS)}
    found.sort(
        key=lambda row: (
            bool(row.get("tentative")),
            order.get(str(row.get("effect")), 9),
            str(row.get("clause")),
        )
    )
    body = []
    for number, row in enumerate(found, start=1):
        name = (
            (row.get("clause_zh") if lang == "zh" else row.get("clause_en"))
            or row.get("clause_zh")
            or row.get("clause")
        )
        effect = text.word(text.EFFECT, row.get("effect"), lang) + (
            say("(待核实)", " (to verify)") if row.get("tentative") else ""
        )
        away = say("区内", "inside") if not row.get("distance_m") else text.distance(row["distance_m"], lang)
        body.append([str(number), str(name), effect, away])
    known = str(verdict.get(f"text_{lang}") or "")
    facts = say("初步结论：", "Preliminary verdict: ") + known
    title = say(f"命中的条款({len(body)}条)", f"Clauses that bind ({len(body)})")
    head = [say("序号", "No."), say("条款", "Clause"), say("要求", "Effect"), say("距离", "Distance")]
    return Table(title, head, body, [], facts)


def _zone(project: QgsProject, subject: Subject, words: Words, publication: Publication) -> Table:
    say, lang = words.zh_en, words.lang
    layer, row = feature_rows(project, subject)[0]
    table = subject.key.split("/")[0]
    spec = words.catalog.get(table)
    body: list[list[str]] = []
    square = _square_metres(row["geometry"], layer)
    skipped = {"uid", "name", "geometry", "fid", "row_version", "edited_by", "edited_at"}
    for one in spec.fields if spec is not None else ():
        if one.name in skipped or row.get(one.name) in (None, ""):
            continue
        body.append([one.title(lang), words.value(table, one.name, row[one.name])])
    if square:
        body.insert(0, [say("面积", "Area"), text.area(square, lang)])
    corners = _corners(row["geometry"])
    if 3 <= len(corners) <= _MOST_CORNERS:
        for number, (lon, lat) in enumerate(corners, start=1):
            told = publication.point(table, lon, lat)
            said = (
                say("不公开", "not published")
                if told is None
                else f"{text.dms(told[0], 'lon')}, {text.dms(told[1], 'lat')}"
            )
            body.append([say(f"拐点{number}", f"Corner {number}"), said])
    title = spec.title(lang) if spec is not None else layer.name()
    return Table(title, [say("项目", "Item"), say("内容", "Content")], body)


def _square_metres(shape: Any, layer: Any) -> float:
    from qgis.core import QgsDistanceArea, QgsProject

    measure = QgsDistanceArea()
    measure.setSourceCrs(layer.crs(), QgsProject.instance().transformContext())
    measure.setEllipsoid(layer.crs().ellipsoidAcronym() or "EPSG:7024")
    return float(measure.measureArea(shape)) if shape is not None else 0.0


def _corners(shape: Any) -> list[tuple[float, float]]:
    """Return the corners of a polygon of one ring, none for anything else."""
    parts = shape.asMultiPolygon() if shape.isMultipart() else [shape.asPolygon()]
    if len(parts) != 1 or len(parts[0]) != 1:
        return []
    return [(point.x(), point.y()) for point in parts[0][0][:-1]]


def _county(project: QgsProject, subject: Subject, words: Words, publication: Publication) -> Table:
    say, lang = words.zh_en, words.lang
    layer, row = feature_rows(project, subject)[0]
    area = row["geometry"]
    body = []
    for table, other in source.map_layers(project).items():
        if table == "admin_area" or publication.hides(table) or not other.featureCount() or not other.isSpatial():
            continue
        spec = words.catalog.get(table)
        if spec is None or spec.theme == "context":
            continue
        count = _inside(other, area)
        if count:
            body.append([spec.title(lang), str(count)])
    head = [say("图层", "Layer"), say("数量", "Count")]
    return Table(say("辖区内要素(含跨界)", "Features in the area"), head, body)


def _inside(layer: Any, area: Any) -> int:
    from qgis.core import QgsFeatureRequest, QgsGeometry

    engine = QgsGeometry.createGeometryEngine(area.constGet())
    engine.prepareGeometry()
    request = QgsFeatureRequest().setFilterRect(area.boundingBox()).setNoAttributes()
    return sum(
        1
        for one in layer.getFeatures(request)
        if one.hasGeometry() and engine.intersects(one.geometry().constGet())
    )
