"""The bundled user guide: where each of its pages lies, in the user's language."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QUrl

from .. import paths
from ..texts import language

FOLDER = paths.RESOURCES / "help"
#: In the order in which the guide lists them.
PAGES = (
    "index", "new-project", "shared-map", "map", "site", "probe", "matrix", "river", "plan", "import", "export",
    "editing", "processing", "styles", "searching", "options", "troubleshooting",
)  # fmt: skip


def page_file(page: str, lang: str = "") -> Path | None:
    """Return the file of a page (``"site"``, or ``"processing#sitingcheck"``), or None where the guide lacks it."""
    name = page.partition("#")[0]
    wanted = lang or language()
    for one in (wanted, "en" if wanted == "zh" else "zh"):
        file = FOLDER / one / f"{name}.html"
        if name in PAGES and file.is_file():
            return file
    return None


def url(page: str, lang: str = "") -> QUrl | None:
    """Return the address of a page at its anchor, or None where the guide lacks it."""
    file = page_file(page, lang)
    if file is None:
        return None
    address = QUrl.fromLocalFile(str(file))
    anchor = page.partition("#")[2]
    if anchor:
        address.setFragment(anchor)
    return address
