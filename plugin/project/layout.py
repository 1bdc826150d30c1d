"""Printed maps: a template of resources/layouts filled with what a project says of a subject.

A template is found by kind, paper and orientation; a copy of it in the user's profile takes its place.  Its items are
found by their ids, and one that an office has removed is not missed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsLayoutFrame,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsReadWriteContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtXml import QDomDocument

from .. import paths
from ..engine.errors import InputError
from ..engine.publication import INTERNAL, Publication
from . import (
    layout_frame,
    layout_layers,
    layout_legend,
    layout_subject,
    layout_table,
    layout_text,
    settings,
    source,
)
from .layout_subject import Sheet, Subject, subjects

__all__ = ["NAME", "Sheet", "Subject", "add_layout", "make_layout", "notes", "subjects"]

#: What the one map is called among the project's layouts.
NAME = {"zh": "一张图 A3", "en": "One map A3"}

#: Between a table and what stands below it, mm.
_GAP = 2.0
#: A table keeps so much for its head and a row, mm.
_LEAST_TABLE = 14.0


def add_layout(project: QgsProject, lang: str) -> QgsPrintLayout:
    """Add the one map on A3 to a project that has its layers; an older one of the same name is replaced.

    Raises
    ------
    InputError
        If the template cannot be read.
    """
    manager = project.layoutManager()
    layout = make_layout(project, Subject("onemap"), Sheet(), lang, name=NAME[lang])
    main = layout.itemById("map")
    if isinstance(main, QgsLayoutItemMap):
        # In the project it shows what the map shows; a list of layers would keep their absolute paths with it.
        main.setLayers([])
        main.setKeepLayerSet(False)
        main.setLayerStyleOverrides({})
        main.setKeepLayerStyles(False)
    old = manager.layoutByName(NAME[lang])
    if old is not None:
        manager.removeLayout(old)
    if not manager.addLayout(layout):
        raise InputError(f"Layout '{NAME[lang]}' could not be added; rename the project's layout of that name.")
    return layout


def make_layout(
    project: QgsProject,
    subject: Subject,
    sheet: Sheet,
    lang: str,
    *,
    publication: Publication = INTERNAL,
    name: str | None = None,
    page: tuple[int, int] | None = None,
) -> QgsPrintLayout:
    """Return a filled layout that the caller owns; run it in the main thread.

    Parameters
    ----------
    project : QgsProject
        A one-map project; its layers and its layer tree are left as they are.
    subject : Subject
    sheet : Sheet
    lang : {"zh", "en"}
    publication : Publication
        Marks are printed; a public map leaves out the layers that it hides.
    name : str, optional
        Of the layout.
    page : (int, int), optional
        Number of the sheet and of all, in an atlas.

    Raises
    ------
    InputError
        If the project does not have the subject, or the template cannot be read.
    """
    if subject.kind == "zone" and publication.hides(subject.key.split("/")[0]):
        raise InputError(
            "A public map must not show where this lies; choose another subject or print it for internal use."
        )
    families = layout_text.installed()
    layout = _from_template(project, subject, sheet, families)
    layout.setCustomProperty("envzones/publication", publication.to_json())
    layout.setName(name or f"{layout_subject.title(project, subject, lang)} {sheet.paper.upper()}")
    extent = layout_subject.extent(project, subject)
    table = layout_table.make(project, subject, lang, publication)
    numbered = table.numbered
    frame = layout.itemById("table")
    width = 0.0
    if isinstance(frame, QgsLayoutFrame):
        beside = layout.itemById("table_title")
        width = frame.rect().width() if beside is None else beside.rect().width()
        left, high = layout_table.put(frame, table, subject.kind, lang, width)
        numbered = table.numbered[: len(table.numbered) - left]
        _close_up(layout, frame, high)
    here = "本图范围" if lang == "zh" else "Subject of this map"
    shown = layout_layers.choose(project, subject, publication, numbered, families["SimHei"], here)
    main = layout.itemById("map")
    if isinstance(main, QgsLayoutItemMap):
        _fill_map(main, shown)
        layout_frame.frame(main, extent, project)
        away = layout_subject.beyond(project, subject, main.extent())
        if away:
            table.facts += (
                f"；另有{away}处所涉区域在图外，距离见表"
                if lang == "zh"
                else f"; {away} zones that bind lie outside the map"
            )
    index = layout.itemById("index")
    if isinstance(index, QgsLayoutItemMap):
        _fill_index(index, project)
    legend = layout.itemById("legend")
    if (
        isinstance(legend, QgsLayoutItemLegend)
        and not layout_legend.fill(legend, project, shown.layers)
        and isinstance(frame, QgsLayoutFrame)
    ):
        # A sign that is not explained is worse than a row that is in the ledger.
        most = frame.rect().height() - layout_legend.lacking(legend) - 1.0
        if most >= _LEAST_TABLE:
            left, high = layout_table.put(frame, table, subject.kind, lang, width, most)
            _close_up(layout, frame, high)
            numbered = table.numbered[: len(table.numbered) - left]
            shown = layout_layers.choose(project, subject, publication, numbered, families["SimHei"], here)
            if isinstance(main, QgsLayoutItemMap):
                _fill_map(main, shown)
    bar, beside = layout.itemById("scalebar"), layout.itemById("scale")
    empty = extent.isEmpty()
    if (
        isinstance(bar, QgsLayoutItemScaleBar)
        and isinstance(main, QgsLayoutItemMap)
        and beside is not None
        and not empty
    ):
        layout_frame.scale_bar(bar, main, beside.positionWithUnits().x(), beside.rect().width())
    scale = main.scale() if isinstance(main, QgsLayoutItemMap) and not empty else 0.0
    for item, words in _words(project, subject, lang, publication, shown, table, scale, page).items():
        label = layout.itemById(item)
        if isinstance(label, QgsLayoutItemLabel):
            layout_text.fit(label, words)
    return layout


def _from_template(
    project: QgsProject, subject: Subject, sheet: Sheet, families: dict[str, str]
) -> QgsPrintLayout:
    path = paths.user_or_shipped(paths.LAYOUTS / f"{subject.kind}_{sheet.paper}_{sheet.orientation}.qpt")
    document = QDomDocument()
    if not document.setContent(_template(path, families)):
        raise InputError(f"Layout template {path} is no QGIS template; export it again from QGIS.")
    layout = QgsPrintLayout(project)
    _, read = layout.loadFromTemplate(document, QgsReadWriteContext())
    if not read:
        raise InputError(f"Layout template {path} cannot be loaded; export it again from QGIS.")
    return layout


def _template(path: Path, families: dict[str, str]) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Layout template {path} cannot be read ({error}); restore the file.") from error
    for family, there in families.items():
        text = text.replace(family, there) if there != family else text
    return text


def _fill_map(main: QgsLayoutItemMap, shown: layout_layers.Shown) -> None:
    main.setFollowVisibilityPreset(False)
    main.setLayers(shown.layers)
    main.setKeepLayerSet(True)
    if shown.styles:
        main.setLayerStyleOverrides(shown.styles)
        main.setKeepLayerStyles(True)


def _fill_index(index: QgsLayoutItemMap, project: QgsProject) -> None:
    """Show the whole jurisdiction, with the main map's frame in it."""
    from .build import map_extent

    tables = source.map_layers(project)
    layers = [tables[name] for name in ("river_reach", "admin_area") if name in tables]
    index.setLayers(layers)
    index.setKeepLayerSet(True)
    index.setLayerStyleOverrides(
        {layer.id(): layout_layers.plain_style(layer.geometryType()) for layer in layers}
    )
    index.setKeepLayerStyles(True)
    box = map_extent(project, tables)
    if not box.isEmpty():
        box.scale(1.16)
        layout_frame.zoom(index, box, project)


def _close_up(layout: QgsPrintLayout, frame: QgsLayoutFrame, high: float) -> None:
    """Let a legend below a short table begin where the table ends."""
    title, legend = layout.itemById("legend_title"), layout.itemById("legend")
    if title is None or legend is None:
        return
    top, below = frame.positionWithUnits(), title.positionWithUnits()
    spare = below.y() - (top.y() + high) - _GAP
    if abs(top.x() - below.x()) > 0.5 or spare <= 0.5 or spare > frame.rect().height():
        return
    frame.attemptResize(QgsLayoutSize(frame.rect().width(), high + 0.3, top.units()))
    for item, grows in ((title, 0.0), (legend, spare)):
        place = item.positionWithUnits()
        item.attemptMove(QgsLayoutPoint(place.x(), place.y() - spare, place.units()), True, False, -1)
        if grows:
            item.attemptResize(QgsLayoutSize(item.rect().width(), item.rect().height() + grows, place.units()))


def _words(
    project: QgsProject, subject: Subject, lang: str, publication: Publication, shown: layout_layers.Shown,
    table: layout_table.Table, scale: float, page: tuple[int, int] | None,
) -> dict[str, str]:  # fmt: skip
    """Return what stands in each label."""
    zh = lang == "zh"
    day = settings.as_of(project)
    city = layout_subject.jurisdiction(project, lang)
    until = "" if day is None else (f"资料截至{day:%Y-%m-%d}" if zh else f"as of {day:%Y-%m-%d}")
    said = [table.facts] if table.facts else []
    said += notes(project, lang, shown.layers)
    office = publication.office or ("　" * 8 if zh else " " * 16)
    first = ("编制单位：" if zh else "Prepared by: ") + office
    if publication.public:
        first = (
            "　".join([*publication.marks(lang), first])
            if zh
            else "   ".join([*publication.marks(lang), first])
        )
    return {
        "title": layout_subject.title(project, subject, lang),
        "subtitle": " · ".join(filter(None, [city, until])),
        "marks": "" if publication.public else "\n".join(publication.marks(lang)),
        "page": ""
        if page is None
        else (f"第{page[0]}页 共{page[1]}页" if zh else f"Page {page[0]} of {page[1]}"),
        "table_title": table.title,
        "legend_title": "图  例" if zh else "Legend",
        "scale": f"1:{scale:,.0f}" if scale else "",
        "notes": "\n".join(said),
        "office": first,
        "made": ("制图日期：" if zh else "Made on ") + f"{_today():%Y-%m-%d}",
    }


def _today() -> date:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), timezone.utc).date() if epoch.isdigit() else date.today()


# --------------------------------------------------------------------------------------------------------
# What is printed below the map
# --------------------------------------------------------------------------------------------------------


def notes(project: QgsProject, lang: str, layers: Iterable[QgsMapLayer] | None = None) -> list[str]:
    """Return the lines on coordinate system, sources and standing that a map of these layers (or all) must carry."""
    zh = lang == "zh"
    lines = [crs_words(project.crs(), lang)]
    sources: set[str] = set()
    illustrative = False
    chosen = source.map_layers(project).values() if layers is None else layers
    for layer in chosen:
        if not isinstance(layer, QgsVectorLayer):
            continue
        names = layer.fields().names()
        if not layer.customProperty("envzones/table") or not layer.featureCount():
            continue
        if "source" in names:
            sources |= {str(v) for v in layer.uniqueValues(names.index("source"), 20) if _said(v)}
        if "provenance" in names:
            illustrative |= "illustrative" in {
                str(v) for v in layer.uniqueValues(names.index("provenance"), 20)
            }
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
