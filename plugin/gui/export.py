"""Export Map…: the project's printed map as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import Qgis, QgsProject, QgsSettings
from qgis.PyQt.QtWidgets import QFileDialog

from ..engine.errors import EnvZonesError
from ..project import settings
from ..project.layout import NAME, add_layout, export
from ..texts import language, tr

if TYPE_CHECKING:
    from qgis.core import QgsPrintLayout
    from qgis.gui import QgisInterface

_FOLDER = "envzones/export_folder"


def export_map(iface: QgisInterface) -> None:
    """Ask where to, and write the printed map of the open project."""
    project = QgsProject.instance()
    bar = iface.messageBar()
    if settings.onemap_path(project) is None:
        bar.pushMessage(
            "EnvZones",
            tr("This project has no one map; make one with New One-Map Project… first."),
            Qgis.MessageLevel.Info,
        )
        return
    folder = QgsSettings().value(_FOLDER, project.homePath() or str(Path.home()), type=str)
    chosen, _ = QFileDialog.getSaveFileName(
        iface.mainWindow(),
        tr("Export Map"),
        str(Path(folder) / f"{Path(project.fileName()).stem or 'map'}.pdf"),
        tr("PDF (*.pdf);;PNG image (*.png);;SVG drawing (*.svg)"),
    )
    if not chosen:
        return
    path = Path(chosen)
    QgsSettings().setValue(_FOLDER, str(path.parent))
    try:
        export(printed_map(project), path)
    except EnvZonesError as error:
        bar.pushMessage("EnvZones", str(error), Qgis.MessageLevel.Warning)
        return
    bar.pushMessage(
        "EnvZones",
        tr("Map written to <a href=\"{url}\">{path}</a>").format(url=path.as_uri(), path=path),
        Qgis.MessageLevel.Success,
    )


def printed_map(project: QgsProject) -> QgsPrintLayout:
    """Return the project's printed map as the user left it, or a new one."""
    manager = project.layoutManager()
    for name in NAME.values():
        layout = manager.layoutByName(name)
        if layout is not None:
            return layout
    return add_layout(project, language())
