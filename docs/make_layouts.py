"""Makes the print templates in resources/layouts: ``.venv/bin/python docs/make_layouts.py`` with QGIS's Python.

One file for each kind of map, paper and orientation; offices change copies of them in their profile.  Every item has
an id, by which ``plugin/project/layout.py`` fills it.  All measures are millimetres.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsLayoutFrame,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemManualTable,
    QgsLayoutItemMap,
    QgsLayoutItemMapGrid,
    QgsLayoutItemPage,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsLayoutItemShape,
    QgsLayoutMeasurement,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLayoutTable,
    QgsLegendStyle,
    QgsLineSymbol,
    QgsPrintLayout,
    QgsProject,
    QgsReadWriteContext,
    QgsTextFormat,
    QgsUnitTypes,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QFont

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "resources" / "layouts"
#: Kinds of maps; those that have a table beside the map.
KINDS = ("onemap", "theme", "section", "radius", "site", "zone", "county")
TABLES = ("section", "radius", "site", "zone", "county")
SHEETS = {"a3": (420.0, 297.0), "a4": (297.0, 210.0)}
ORIENTATIONS = ("landscape", "portrait")
#: The families that a template names; where they are not installed the plugin takes the next one.
HEI, SONG = "SimHei", "FangSong"
INK, SOFT, HAIR = QColor("#1a1a1a"), QColor("#4a4a4a"), QColor("#9aa5b1")
#: Projects of the layouts that were made: a layout does not keep its own.
_KEPT: list[QgsProject] = []
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Plan:
    """Where each item lies on a sheet, and how large its type is."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    type: float


def plan(kind: str, paper: str, orientation: str) -> Plan:
    """Return the places of the items."""
    long_, short = SHEETS[paper]
    width, height = (long_, short) if orientation == "landscape" else (short, long_)
    factor = 1.0 if paper == "a3" else 0.8
    edge = 10.0 if paper == "a3" else 8.0
    gap = 4.0 * factor
    left, top, right, bottom = edge + gap, edge + 3.0 * factor, width - edge - gap, height - edge - gap
    boxes: dict[str, Box] = {"sheet": (edge, edge, width - 2 * edge, height - 2 * edge)}
    marks = 34.0 * factor
    boxes["marks"] = (left, top, marks, 12.0 * factor)
    boxes["page"] = (right - marks, top, marks, 6.0 * factor)
    boxes["title"] = (left + marks, top, right - left - 2 * marks, 12.0 * factor)
    boxes["subtitle"] = (left + marks, top + 12.0 * factor, right - left - 2 * marks, 5.5 * factor)
    head = top + 19.5 * factor
    foot = 5.5 * factor
    boxes["office"] = (left, bottom - foot, (right - left) * 0.6, foot)
    boxes["made"] = (left + (right - left) * 0.6, bottom - foot, (right - left) * 0.4, foot)
    bottom -= foot + 1.5 * factor
    with_table = kind in TABLES
    if orientation == "landscape":
        side = {"a3": 112.0, "a4": 84.0}[paper]
        _map(boxes, (left, head, right - left - side - gap, bottom - head), factor)
        _column(boxes, (right - side, head, side, bottom - head), factor, with_table=with_table)
    else:
        band = ({"a3": 128.0, "a4": 98.0} if with_table else {"a3": 108.0, "a4": 82.0})[paper]
        _map(boxes, (left, head, right - left, bottom - head - band - gap), factor)
        _band(boxes, (left, bottom - band, right - left, band), factor, with_table=with_table)
    return Plan(width, height, boxes, factor)


def _map(boxes: dict[str, Box], room: Box, factor: float) -> None:
    """The map, with room for the grid's figures around it, and the north arrow in its corner."""
    x, y, w, h = room
    figures = 4.2 * factor
    boxes["map"] = (x + figures, y + figures, w - 2 * figures, h - 2 * figures)
    arrow = 15.0 * factor
    boxes["north"] = (x + w - figures - arrow - 2.0, y + figures + 2.0, arrow, arrow)


def _column(boxes: dict[str, Box], room: Box, factor: float, *, with_table: bool) -> None:
    """The column at the right: index map and table, legend, scale, notes."""
    x, y, w, h = room
    notes, scale, bar = 28.0 * factor, 6.5 * factor, 13.2 * factor
    below = y + h
    boxes["notes"] = (x, below - notes, w, notes)
    boxes["scalebar"] = (x, below - notes - bar, w, bar)
    boxes["scale"] = (x, below - notes - bar - scale, w, scale)
    boxes["rule"] = (x, below - notes - bar - scale - 1.5 * factor, w, 0.0)
    end = boxes["rule"][1] - 1.5 * factor
    if with_table:
        index = 32.0 * factor
        boxes["index"] = (x, y, w, index)
        free = end - y - index - 3.0 * factor
        boxes["table_title"] = (x, y + index + 2.0 * factor, w, 6.0 * factor)
        boxes["table"] = (x, y + index + 8.5 * factor, w, free * 0.5 - 8.5 * factor)
        y = boxes["table"][1] + boxes["table"][3] + 2.0 * factor
    boxes["legend_title"] = (x, y, w, 8.0 * factor)
    boxes["legend"] = (x, y + 8.0 * factor, w, end - y - 8.0 * factor)


def _band(boxes: dict[str, Box], room: Box, factor: float, *, with_table: bool) -> None:
    """The band below an upright map: table above; legend, and index map with scale and notes, below."""
    x, y, w, h = room
    gap = 4.0 * factor
    if with_table:
        high = h * 0.45
        boxes["table_title"] = (x, y, w, 6.0 * factor)
        boxes["table"] = (x, y + 6.5 * factor, w, high - 6.5 * factor)
        y, h = y + high + 2.0 * factor, h - high - 2.0 * factor
    right = w * 0.4
    at = x + w - right
    notes, scale, bar = 22.0 * factor, 6.0 * factor, 13.2 * factor
    below = y + h
    boxes["notes"] = (at, below - notes, right, notes)
    boxes["scalebar"] = (at, below - notes - bar, right, bar)
    boxes["scale"] = (at, below - notes - bar - scale, right, scale)
    if with_table:
        index = boxes["scale"][1] - y - 1.5 * factor
        boxes["index"] = (at, y, right, index)
    boxes["rule"] = (at, boxes["scale"][1] - 0.7 * factor, right, 0.0)
    boxes["legend_title"] = (x, y, w - right - gap, 8.0 * factor)
    boxes["legend"] = (x, y + 8.0 * factor, w - right - gap, h - 8.0 * factor)


# --------------------------------------------------------------------------------------------------------
# The items
# --------------------------------------------------------------------------------------------------------


def text(family: str, size: float, *, bold: bool = False, colour: QColor = INK) -> QgsTextFormat:
    """Return a text format in points."""
    made = QgsTextFormat()
    font = QFont(family)
    font.setPointSizeF(size)
    font.setBold(bold)
    made.setFont(font)
    made.setSize(size)
    made.setSizeUnit(QgsUnitTypes.RenderUnit.RenderPoints)
    made.setColor(colour)
    return made


def place(item, box: Box, name: str) -> None:
    """Put an item where it belongs."""
    x, y, w, h = box
    item.setId(name)
    item.attemptMove(QgsLayoutPoint(x, y, QgsUnitTypes.LayoutUnit.LayoutMillimeters))
    item.attemptResize(QgsLayoutSize(w, max(h, 0.1), QgsUnitTypes.LayoutUnit.LayoutMillimeters))


def label(layout, name: str, box: Box, words: str, family: str, size: float, *, across=Qt.AlignmentFlag.AlignLeft,
          down=Qt.AlignmentFlag.AlignVCenter, colour: QColor = INK) -> None:  # fmt: skip
    """Add a label."""
    item = QgsLayoutItemLabel(layout)
    item.setText(words)
    item.setFont(text(family, size).font())
    item.setFontColor(colour)
    item.setMarginX(0.4)
    item.setMarginY(0.2)
    item.setHAlign(across)
    item.setVAlign(down)
    layout.addLayoutItem(item)
    place(item, box, name)


def grid(item: QgsLayoutItemMap, size: float) -> None:
    """Draw the graticule with figures of degrees and minutes around the map."""
    lines = item.grids().grid(0) if item.grids().size() else QgsLayoutItemMapGrid("graticule", item)
    lines.setCrs(QgsCoordinateReferenceSystem("EPSG:4490"))
    lines.setUnits(QgsLayoutItemMapGrid.GridUnit.MapUnit)
    lines.setIntervalX(0.1)
    lines.setIntervalY(0.1)
    lines.setStyle(QgsLayoutItemMapGrid.GridStyle.Solid)
    lines.setLineSymbol(QgsLineSymbol.createSimple({"line_color": "120,130,140,110", "line_width": "0.1"}))
    lines.setFrameStyle(QgsLayoutItemMapGrid.FrameStyle.ExteriorTicks)
    lines.setFrameWidth(1.0)
    lines.setFramePenSize(0.2)
    lines.setAnnotationEnabled(True)
    lines.setAnnotationFormat(QgsLayoutItemMapGrid.AnnotationFormat.DegreeMinute)
    lines.setAnnotationPrecision(0)
    lines.setAnnotationTextFormat(text(SONG, size, colour=SOFT)) if hasattr(
        lines, "setAnnotationTextFormat"
    ) else lines.setAnnotationFont(text(SONG, size).font())
    lines.setAnnotationFrameDistance(1.2)
    sides = QgsLayoutItemMapGrid.BorderSide
    for side in (sides.Left, sides.Right, sides.Top, sides.Bottom):
        upright = side in (sides.Left, sides.Right)
        lines.setAnnotationPosition(QgsLayoutItemMapGrid.AnnotationPosition.OutsideMapFrame, side)
        lines.setAnnotationDirection(
            QgsLayoutItemMapGrid.AnnotationDirection.Vertical
            if upright
            else QgsLayoutItemMapGrid.AnnotationDirection.Horizontal, side,
        )  # fmt: skip
        lines.setAnnotationDisplay(
            QgsLayoutItemMapGrid.DisplayMode.LatitudeOnly
            if upright
            else QgsLayoutItemMapGrid.DisplayMode.LongitudeOnly, side,
        )  # fmt: skip
    if not item.grids().size():
        item.grids().addGrid(lines)


def legend(layout: QgsPrintLayout, box: Box, factor: float) -> None:
    """Add the legend, empty."""
    item = QgsLayoutItemLegend(layout)
    item.setAutoUpdateModel(False)
    item.setColumnCount(2)
    item.setSplitLayer(True)
    item.setResizeToContents(False)
    item.setTitle("")
    item.setBoxSpace(0.5)
    item.setColumnSpace(2.0)
    item.setSymbolWidth(7.0 * factor)
    item.setSymbolHeight(3.1 * factor)
    fonts = {
        QgsLegendStyle.Style.Title: (HEI, 12), QgsLegendStyle.Style.Group: (HEI, 9.0),
        QgsLegendStyle.Style.Subgroup: (HEI, 8.0), QgsLegendStyle.Style.SymbolLabel: (SONG, 7.8),
    }  # fmt: skip
    for style, (family, size) in fonts.items():
        one = item.rstyle(style)
        one.setFont(text(family, size * factor).font())
    layout.addLayoutItem(item)
    place(item, box, "legend")


def table(layout: QgsPrintLayout, box: Box, factor: float) -> None:
    """Add an empty table in a frame."""
    made = QgsLayoutItemManualTable.create(layout)
    layout.addMultiFrame(made)
    made.setGridColor(HAIR)
    made.setGridStrokeWidth(0.15)
    made.setCellMargin(0.6 * factor)
    made.setIncludeTableHeader(True)
    made.setWrapBehavior(QgsLayoutTable.WrapBehavior.WrapText)
    if hasattr(made, "setHeaderTextFormat"):
        made.setHeaderTextFormat(text(HEI, 7.5 * factor))
        made.setContentTextFormat(text(SONG, 7.5 * factor))
    else:
        made.setHeaderFont(text(HEI, 7.5 * factor).font())
        made.setContentFont(text(SONG, 7.5 * factor).font())
    frame = QgsLayoutFrame(layout, made)
    made.addFrame(frame)
    place(frame, box, "table")


def build(kind: str, paper: str, orientation: str) -> QgsPrintLayout:
    """Return the template as a layout."""
    where = plan(kind, paper, orientation)
    boxes, f = where.boxes, where.type
    # An empty project: a legend takes its tree from it.
    project = QgsProject()
    layout = QgsPrintLayout(project)
    _KEPT.append(project)
    layout.initializeDefaults()
    layout.setName(f"{kind}_{paper}_{orientation}")
    layout.renderContext().setDpi(300)
    page = layout.pageCollection().page(0)
    page.setPageSize(
        paper.upper(),
        QgsLayoutItemPage.Orientation.Landscape
        if orientation == "landscape"
        else QgsLayoutItemPage.Orientation.Portrait,
    )
    sheet = QgsLayoutItemShape(layout)
    sheet.setShapeType(QgsLayoutItemShape.Shape.Rectangle)
    sheet.setSymbol(
        QgsFillSymbol.createSimple({"style": "no", "outline_color": "#1a1a1a", "outline_width": "0.5"})
    )
    layout.addLayoutItem(sheet)
    place(sheet, boxes["sheet"], "sheet")
    middle, right = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
    label(layout, "title", boxes["title"], "", HEI, 25 * f, across=middle)
    label(layout, "subtitle", boxes["subtitle"], "", SONG, 11 * f, across=middle, colour=SOFT)
    label(layout, "marks", boxes["marks"], "", HEI, 10 * f, down=Qt.AlignmentFlag.AlignTop)
    label(layout, "page", boxes["page"], "", SONG, 9 * f, across=right, colour=SOFT)
    main = QgsLayoutItemMap(layout)
    main.setFrameEnabled(True)
    main.setFrameStrokeWidth(QgsLayoutMeasurement(0.3, QgsUnitTypes.LayoutUnit.LayoutMillimeters))
    main.setBackgroundColor(QColor("white"))
    layout.addLayoutItem(main)
    place(main, boxes["map"], "map")
    grid(main, 6.5 * f)
    north = QgsLayoutItemPicture(layout)
    north.setPicturePath("arrows/NorthArrow_04.svg")
    north.setNorthMode(QgsLayoutItemPicture.NorthMode.GridNorth)
    north.setLinkedMap(main)
    layout.addLayoutItem(north)
    place(north, boxes["north"], "north")
    if "index" in boxes:
        small = QgsLayoutItemMap(layout)
        small.setFrameEnabled(True)
        small.setFrameStrokeWidth(QgsLayoutMeasurement(0.2, QgsUnitTypes.LayoutUnit.LayoutMillimeters))
        small.setBackgroundColor(QColor("white"))
        layout.addLayoutItem(small)
        place(small, boxes["index"], "index")
        overview = small.overview()
        overview.setLinkedMap(main)
        overview.setFrameSymbol(
            QgsFillSymbol.createSimple({"color": "200,30,30,50", "outline_color": "#b42318", "outline_width": "0.4"})
        )
    if "table" in boxes:
        label(layout, "table_title", boxes["table_title"], "", HEI, 10 * f)
        table(layout, boxes["table"], f)
    label(layout, "legend_title", boxes["legend_title"], "", HEI, 13 * f, across=middle)
    legend(layout, boxes["legend"], f)
    layout.itemById("legend").setLinkedMap(main)
    rule = QgsLayoutItemShape(layout)
    rule.setShapeType(QgsLayoutItemShape.Shape.Rectangle)
    rule.setSymbol(QgsFillSymbol.createSimple({"color": "#9aa5b1", "outline_style": "no"}))
    layout.addLayoutItem(rule)
    place(rule, boxes["rule"], "rule")
    label(layout, "scale", boxes["scale"], "", HEI, 11 * f, across=middle)
    bar = QgsLayoutItemScaleBar(layout)
    bar.setStyle("Single Box")
    bar.setLinkedMap(main)
    bar.setUnits(QgsUnitTypes.DistanceUnit.DistanceKilometers)
    bar.setUnitLabel("km")
    bar.setMapUnitsPerScaleBarUnit(1.0)
    bar.setNumberOfSegments(4)
    bar.setNumberOfSegmentsLeft(0)
    bar.setUnitsPerSegment(1.0)
    bar.setHeight(1.8 * f)
    bar.setAlignment(Qgis.ScaleBarAlignment.AlignMiddle if hasattr(Qgis, "ScaleBarAlignment") else 1)
    bar.setTextFormat(text(SONG, 8.0 * f))
    bar.setSegmentSizeMode(0)
    layout.addLayoutItem(bar)
    place(bar, boxes["scalebar"], "scalebar")
    top = Qt.AlignmentFlag.AlignTop
    label(layout, "notes", boxes["notes"], "", SONG, 7.5 * f, down=top, colour=SOFT)
    label(layout, "office", boxes["office"], "", SONG, 9 * f)
    label(layout, "made", boxes["made"], "", SONG, 9 * f, across=right)
    return layout


# --------------------------------------------------------------------------------------------------------
# The files
# --------------------------------------------------------------------------------------------------------

_UUID = re.compile(r"\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}")


def xml(kind: str, paper: str, orientation: str) -> str:
    """Return a template's text: the same for the same plan, whatever the day."""
    layout = build(kind, paper, orientation)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.qpt"
        if not layout.saveAsTemplate(str(path), QgsReadWriteContext()):
            raise SystemExit(f"{kind}_{paper}_{orientation} could not be saved")
        said = path.read_text(encoding="utf-8")
    known: dict[str, str] = {}

    def steady(match: re.Match[str]) -> str:
        name = f"{kind}_{paper}_{orientation}/{len(known)}"
        return known.setdefault(match.group(0), f"{{{uuid.uuid5(uuid.NAMESPACE_URL, name)}}}")

    # Where QGIS is installed says nothing of the template; attributes, and ids with them, come in any order.
    said = re.sub(r'file="[^"]*/arrows/NorthArrow_04.svg"', 'file="arrows/NorthArrow_04.svg"', said)
    return _UUID.sub(steady, _ordered(said))


def _ordered(said: str) -> str:
    """Return XML with its attributes in alphabetical order."""
    def element(match: re.Match[str]) -> str:
        name, inside, end = match.groups()
        pairs = sorted(re.findall(r'([\w:.-]+)="([^"]*)"', inside))
        return f"<{name}" + "".join(f' {key}="{value}"' for key, value in pairs) + end

    return re.sub(r'<([\w:.-]+)((?:\s+[\w:.-]+="[^"]*")+)\s*(/?>)', element, said)


def names() -> list[tuple[str, str, str]]:
    """Return kind, paper and orientation of all templates."""
    return [(kind, paper, orientation) for kind in KINDS for paper in SHEETS for orientation in ORIENTATIONS]


def main() -> int:
    """Write all templates."""
    application = QgsApplication([], True)
    application.initQgis()
    OUT.mkdir(exist_ok=True)
    for kind, paper, orientation in names():
        path = OUT / f"{kind}_{paper}_{orientation}.qpt"
        path.write_text(xml(kind, paper, orientation), encoding="utf-8")
    print(f"{len(names())} templates in {OUT}")
    application.exitQgis()
    return 0


if __name__ == "__main__":
    sys.exit(main())
