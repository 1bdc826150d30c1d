"""The printed map: a template filled with what the project shows, and its export."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsLayoutExporter,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLegendRenderer,
    QgsLegendStyle,
    QgsPrintLayout,
    QgsProject,
    QgsReadWriteContext,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSizeF
from qgis.PyQt.QtGui import QFontDatabase
from qgis.PyQt.QtXml import QDomDocument

from .. import paths
from ..engine.errors import InputError
from . import source

NAME = {"zh": "一张图 A3", "en": "One map A3"}
TEMPLATE = paths.LAYOUTS / "onemap_a3.qpt"
_FONT = "Noto Sans CJK SC"
#: Families that have Chinese glyphs, on Linux, Windows and macOS; the first that is installed is used.
_FONTS = (
    _FONT, "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
)  # fmt: skip
_NICE = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_GRID_MINUTES = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300)
_DPI = 200
#: Dots per millimetre at which the legend is measured.
_MEASURE = 4.0


def add_layout(project: QgsProject, lang: str) -> QgsPrintLayout:
    """Add the A3 map to a project that has its layers; an older one of the same name is replaced.

    Raises
    ------
    InputError
        If the template cannot be read.
    """
    path = paths.user_or_shipped(TEMPLATE)
    document = QDomDocument()
    if not document.setContent(_with_installed_font(path)):
        raise InputError(f"Layout template {path} is no QGIS template; export it again from QGIS.")
    manager = project.layoutManager()
    old = manager.layoutByName(NAME[lang])
    if old is not None:
        manager.removeLayout(old)
    layout = QgsPrintLayout(project)
    _, read = layout.loadFromTemplate(document, QgsReadWriteContext())
    if not read:
        raise InputError(f"Layout template {path} cannot be loaded; export it again from QGIS.")
    layout.setName(NAME[lang])
    QgsExpressionContextUtils.setProjectVariable(project, "envzones_notes", "\n".join(notes(project, lang)))
    _fill(layout, project)
    if not manager.addLayout(layout):
        raise InputError(f"Layout '{NAME[lang]}' could not be added; rename the project's layout of that name.")
    return layout


def _with_installed_font(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Layout template {path} cannot be read ({error}); restore the file.") from error
    installed = set(QFontDatabase().families())
    family = next((name for name in _FONTS if name in installed), None)
    return text.replace(_FONT, family) if family else text


def _fill(layout: QgsPrintLayout, project: QgsProject) -> None:
    main = layout.itemById("map")
    if isinstance(main, QgsLayoutItemMap):
        _frame_map(main, project)
    legend = layout.itemById("legend")
    if isinstance(legend, QgsLayoutItemLegend):
        _fill_legend(legend, project, layout)
    bar = layout.itemById("scalebar")
    if isinstance(bar, QgsLayoutItemScaleBar) and isinstance(main, QgsLayoutItemMap):
        # Four segments that together take up about two thirds of the bar's room.
        wanted = main.scale() * 0.055 / 1000.0 / bar.numberOfSegments()
        bar.setUnitsPerSegment(_nice(wanted, (1.0, 2.0, 2.5, 5.0, 10.0), down=True))


def _frame_map(main: QgsLayoutItemMap, project: QgsProject) -> None:
    """Show the project's area at a round scale, with a graticule of some four lines across."""
    from .build import map_extent

    layers = {
        layer.customProperty("envzones/table"): layer
        for layer in project.mapLayers().values()
        if layer.customProperty("envzones/table")
    }
    extent = map_extent(project, layers)
    if extent.isEmpty():
        extent = QgsRectangle(project.viewSettings().defaultViewExtent())
    if extent.isEmpty():
        return
    main.setCrs(project.crs())
    main.zoomToExtent(extent)
    main.setScale(_nice(main.scale(), _NICE))
    west, east = _degrees_across(main, project)
    minutes = next((m for m in _GRID_MINUTES if (east - west) * 60.0 / m <= 5.5), _GRID_MINUTES[-1])
    grid = main.grid()
    grid.setIntervalX(minutes / 60.0)
    grid.setIntervalY(minutes / 60.0)


def _degrees_across(main: QgsLayoutItemMap, project: QgsProject) -> tuple[float, float]:
    from qgis.core import QgsCoordinateTransform

    transform = QgsCoordinateTransform(main.crs(), QgsCoordinateReferenceSystem("EPSG:4490"), project)
    box = transform.transformBoundingBox(main.extent())
    return box.xMinimum(), box.xMaximum()


def _nice(value: float, steps: tuple[float, ...], *, down: bool = False) -> float:
    """Return the round number next above (or below) a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    if down:
        return power * max(step for step in steps if step <= value / power + 1e-9)
    return power * next(step for step in steps if step >= value / power - 1e-9)


def _fill_legend(legend: QgsLayoutItemLegend, project: QgsProject, layout: QgsPrintLayout) -> None:
    """Show the visible layers with features, by theme, and shrink the type until they fit."""
    legend.setAutoUpdateModel(False)
    legend.setLinkedMap(layout.itemById("map"))
    tree = legend.model().rootGroup()
    tree.clear()
    for group in project.layerTreeRoot().findGroups():
        shown = [
            node.layer()
            for node in group.findLayers()
            if node.isVisible() and isinstance(node.layer(), QgsVectorLayer) and node.layer().featureCount()
        ]
        if shown:
            _legend_group(tree, group.name(), shown)
    legend.setLegendFilterByMapEnabled(True)
    room = legend.rect()
    for shrink in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7):
        if shrink < 1.0:
            _shrink(legend, shrink)
        legend.updateLegend()
        _filter_now(legend)
        if _height(legend) <= room.height():
            break
    legend.attemptResize(legend.sizeWithUnits())


def _legend_group(tree: QgsLayerTreeGroup, title: str, layers: list[QgsVectorLayer]) -> None:
    group = tree.addGroup(title)
    QgsLegendRenderer.setNodeLegendStyle(group, QgsLegendStyle.Style.Group)
    for layer in layers:
        node = group.addLayer(layer)
        renderer = layer.renderer()
        own = [c.label() for c in renderer.categories()] if hasattr(renderer, "categories") else []
        if own and (layer.name() == title or layer.name() in own):
            # A heading that says what the line above or below it says is left out.
            QgsLegendRenderer.setNodeLegendStyle(node, QgsLegendStyle.Style.Hidden)


def _shrink(legend: QgsLayoutItemLegend, factor: float) -> None:
    sizes = {QgsLegendStyle.Style.Group: 8.5, QgsLegendStyle.Style.Subgroup: 7.5, QgsLegendStyle.Style.SymbolLabel: 7.2}
    for style, size in sizes.items():
        font = legend.rstyle(style).font()
        font.setPointSizeF(size * factor)
        legend.rstyle(style).setFont(font)
    legend.rstyle(QgsLegendStyle.Style.Group).setMargin(QgsLegendStyle.Side.Top, 2.2 * factor)
    legend.rstyle(QgsLegendStyle.Style.Subgroup).setMargin(QgsLegendStyle.Side.Top, 1.2 * factor)
    for style in (QgsLegendStyle.Style.Symbol, QgsLegendStyle.Style.SymbolLabel):
        legend.rstyle(style).setMargin(QgsLegendStyle.Side.Top, 1.3 * factor**3)
    legend.setSymbolHeight(2.6 * factor)


def _filter_now(legend: QgsLayoutItemLegend) -> None:
    """Leave out what the map does not show; the item itself does so only when it is painted."""
    main = legend.linkedMap()
    if main is None:
        return
    size = QSizeF(main.rect().width() * _MEASURE, main.rect().height() * _MEASURE)
    legend.model().setLegendFilterByMap(main.mapSettings(main.extent(), size, _MEASURE * 25.4, True))


def _height(legend: QgsLayoutItemLegend) -> float:
    """Return the height in mm that the legend would take."""
    renderer = QgsLegendRenderer(legend.model(), legend.legendSettings())
    return float(renderer.minimumSize().height())


# --- what is printed below the map --------------------------------------------------------------------


def notes(project: QgsProject, lang: str) -> list[str]:
    """Return the lines on coordinate system, sources and standing that the printed map must carry."""
    zh = lang == "zh"
    lines = [crs_words(project.crs(), lang)]
    sources: set[str] = set()
    illustrative = False
    for layer in source.map_layers(project).values():
        names = layer.fields().names()
        if not layer.customProperty("envzones/table") or not layer.featureCount():
            continue
        if "source" in names:
            sources |= {str(v) for v in layer.uniqueValues(names.index("source"), 20) if _said(v)}
        if "provenance" in names:
            illustrative |= "illustrative" in {str(v) for v in layer.uniqueValues(names.index("provenance"), 20)}
    if illustrative:
        lines.append(
            "标注“示意”的要素为演示数据,非法定成果,不得作为审批、执法依据。"
            if zh
            else "Features marked illustrative are demonstration data without legal standing."
        )
    if sources:
        lines.append(("资料来源:" if zh else "Sources: ") + (";" if zh else "; ").join(sorted(sources)))
    lines.append("EnvZones 环境管控一张图 制图" if zh else "Made with EnvZones")
    return lines


def _said(value: Any) -> bool:
    return value is not None and str(value) not in ("", "NULL")


def crs_words(crs: QgsCoordinateReferenceSystem, lang: str) -> str:
    """Say a coordinate system as a Chinese map prints it."""
    zh = lang == "zh"
    code = int(crs.postgisSrid())
    meridian = None
    if 4534 <= code <= 4554:
        meridian = 75 + 3 * (code - 4534)
    elif 4513 <= code <= 4533:
        meridian = 75 + 3 * (code - 4513)
    if meridian is not None:
        return (
            f"2000国家大地坐标系(CGCS2000),高斯-克吕格投影,3°分带,中央经线 {meridian}°E ({crs.authid()})"
            if zh
            else f"CGCS2000, Gauss-Kruger projection, 3-degree zone, central meridian {meridian}°E ({crs.authid()})"
        )
    if code == 4490:
        return "2000国家大地坐标系(CGCS2000),经纬度 (EPSG:4490)" if zh else "CGCS2000, degrees (EPSG:4490)"
    return f"{'坐标系' if zh else 'Coordinate system'}: {crs.description()} ({crs.authid()})"


# --- export -------------------------------------------------------------------------------------------


def export(layout: QgsPrintLayout, path: Path) -> None:
    """Write the map to a .pdf, .png, .jpg or .svg; the file appears only when it is complete.

    Raises
    ------
    InputError
        If the kind of file is unknown or it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".pdf", ".png", ".jpg", ".svg"):
        raise InputError(f"Map {path}: unknown kind of file; use .pdf, .png, .jpg or .svg.")
    if not path.parent.is_dir():
        raise InputError(f"Folder {path.parent} does not exist; create it or give another place for the map.")
    handle, temporary = tempfile.mkstemp(suffix=suffix, prefix=f".{path.stem}-", dir=path.parent)
    os.close(handle)
    exporter = QgsLayoutExporter(layout)
    try:
        if suffix == ".pdf":
            pdf = QgsLayoutExporter.PdfExportSettings()
            pdf.dpi = _DPI
            done = exporter.exportToPdf(temporary, pdf)
        elif suffix == ".svg":
            done = exporter.exportToSvg(temporary, QgsLayoutExporter.SvgExportSettings())
        else:
            image = QgsLayoutExporter.ImageExportSettings()
            image.dpi = _DPI
            image.generateWorldFile = False
            with _quiet_gdal():
                done = exporter.exportToImage(temporary, image)
        if done != QgsLayoutExporter.ExportResult.Success:
            raise InputError(f"Map {path} could not be written (code {int(done)}); check disk space and rights.")
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


@contextlib.contextmanager
def _quiet_gdal() -> Iterator[None]:
    """Hold back GDAL's complaint that it cannot write the map's position into a PNG; nobody asked it to."""
    from osgeo import gdal

    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()
