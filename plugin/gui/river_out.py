"""What leaves the River section panel: result layers in the project, a file of them, the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject, QgsVectorLayer

from .. import bridge
from ..project import results, settings, source, styles
from ..texts import language

if TYPE_CHECKING:
    from .river_data import Answer

_KINDS = {"issue": "Point", "finding": "MultiLineString", "reach": "MultiLineString", "zone": "MultiPolygon"}
_SHAPES = {"Point": "point", "MultiLineString": "line", "MultiPolygon": "polygon"}


def frames(answer: Answer) -> dict[str, Any]:
    """Return the result's frames by the names of result layers, empty ones left out."""
    found = {name: getattr(answer.result, name, None) for name in ("issue", "finding", "reach", "strip", "zone")}
    return {name: frame for name, frame in found.items() if frame is not None and len(frame)}


def keep(project: QgsProject, answer: Answer) -> list[QgsVectorLayer]:
    """Add a result to the project as styled temporary layers in a group on top; return the layers."""
    from ..processing.columns import kinds

    lang = language()
    group = project.layerTreeRoot().insertGroup(0, group_name(answer))
    layers = []
    for name, frame in frames(answer).items():
        kind = _KINDS.get(name, "MultiPolygon")
        index = 0 if lang == "zh" else 1
        title = results.section_title(name)[index]
        layer = QgsVectorLayer(f"{kind}?crs=EPSG:4490", title, "memory")
        columns = kinds(frame)
        layer.dataProvider().addAttributes(bridge.fields_of(columns).toList())
        layer.updateFields()
        bridge.to_sink(frame, layer.dataProvider(), layer.fields(), columns, shape=_SHAPES[kind])
        layer.updateExtents()
        styles.apply_result_style(layer, name)
        layer.setCustomProperty("envzones/result", f"section/{name}")
        project.addMapLayer(layer, False)
        node = group.addLayer(layer)
        node.setItemVisibilityChecked(name in ("reach", "zone"))
        node.setExpanded(name in ("reach", "zone"))
        layers.append(layer)
    return layers


def save(project: QgsProject, answer: Answer, path: Path) -> list[QgsVectorLayer]:
    """Write a result to a GeoPackage and add it to the project as a group on top; return the layers.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    from ..store.results import write_results

    write_results(path, frames(answer))
    root = project.layerTreeRoot()
    added = results.add_results(project, root, 0, "section", path, language())
    root.children()[0].setName(group_name(answer))
    return added


def group_name(answer: Answer) -> str:
    """Return what the group of a kept result is called."""
    title = results.GROUPS["section"][0 if language() == "zh" else 1]
    return f"{title} {answer.place.name or answer.place.river or answer.place.uid}"


def file_name(answer: Answer) -> str:
    """Return a file name for a result."""
    name = answer.place.name or answer.place.river or answer.place.uid
    return "".join("_" if one in '\\/:*?"<>|' else one for one in name)


def ledger_content(project: QgsProject, answer: Answer) -> dict[str, Any]:
    """Gather in the main thread what the ledger is written from."""
    lang = language()
    name = answer.place.name or answer.place.river or answer.place.uid
    path = settings.onemap_path(project)
    return {
        "title": f"{name}周边排查台账" if lang == "zh" else f"Ledger of the section {name}",
        "as_of": settings.as_of(project) or date.today(),
        "section": answer.result,
        "onemap": source.open_onemap(path, project) if path is not None else dict(answer.frames),
        "lang": lang,
    }


def write_ledger(path: Path, content: Mapping[str, Any]) -> Path:
    """Write the ledger; any thread may call it.

    Raises
    ------
    InputError
        If openpyxl is missing or the file cannot be written.
    """
    from ..engine.report.ledger import write_xlsx

    return write_xlsx(path, **content)
