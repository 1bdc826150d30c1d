"""The rows behind the widgets of a siting check: from the check itself, or from its file once a project is reopened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsGeometry, QgsProject, QgsVectorLayer

from .. import paths
from ..engine.errors import InputError
from . import outcome, source

if TYPE_CHECKING:
    from ..engine.report.rows import Words
    from ..engine.siting import CheckResult

Row = dict[str, Any]
#: Key of a row's geometry, as WKB in EPSG:4490.
WKB = "wkb"


def _tables() -> dict[str, Mapping[str, str]]:
    """Table -> its columns."""
    from ..engine.control_units import UNIT_COLUMNS
    from ..engine.findings import FINDING_COLUMNS, ISSUE_COLUMNS, VERDICT_COLUMNS

    return {"verdict": VERDICT_COLUMNS, "finding": FINDING_COLUMNS, "unit": UNIT_COLUMNS, "issue": ISSUE_COLUMNS}


@dataclass(frozen=True)
class View:
    """What widgets show of a check; plain rows in which an unknown value is None.

    Attributes
    ----------
    verdicts, findings, units, issues : list of dict
        With the columns of the engine's tables, and the geometry under :data:`WKB`.
    words : Words
        Names for what is in them, in the language of the view.
    """

    verdicts: list[Row]
    findings: list[Row]
    units: list[Row]
    issues: list[Row]
    words: Words
    _of_site: dict[str, list[Row]] = field(default_factory=dict, compare=False, repr=False)

    def of_site(self, site_id: Any) -> list[Row]:
        """Return one site's findings."""
        if not self._of_site:
            for row in self.findings:
                self._of_site.setdefault(str(row["site_id"]), []).append(row)
        return self._of_site.get(str(site_id), [])

    def units_of(self, site_id: Any) -> list[Row]:
        """Return the control units that one site crosses."""
        return [row for row in self.units if row["site_id"] == site_id]

    def verdict(self, site_id: Any) -> Row | None:
        """Return one site's verdict."""
        return next((row for row in self.verdicts if row["site_id"] == site_id), None)


def of_result(result: CheckResult, lang: str) -> View:
    """Return the view of a check just made; any thread may call it."""
    from ..engine.report.rows import Words

    frames = (result.verdicts, result.findings, result.units, result.issues)
    names = ("verdict", "finding", "unit", "issue")
    tables = [rows_of(frame, _tables()[name]) for frame, name in zip(frames, names)]
    return View(*tables, Words(lang, result.as_of, list(result.books)))


def rows_of(frame: Any, columns: Mapping[str, str]) -> list[Row]:
    """Return a result's frame as rows."""
    import shapely

    cells = [[None if v is None or v != v else v for v in frame[name].tolist()] for name in columns]
    shapes = shapely.to_wkb(frame.geometry.to_numpy(), include_srid=False).tolist() if len(frame) else []
    names = [*columns, WKB]
    return [dict(zip(names, row)) for row in zip(*cells, shapes)]


def stored_path(project: QgsProject) -> Path | None:
    """Return the file of the newest check that is on the map, or None; run it in the main thread."""
    tables = outcome.published(project, "check")
    for layer in tables.get("verdict", []):
        path = Path(layer.source().split("|")[0])
        if path.is_file():
            return path
    return None


def of_file(path: Path, lang: str) -> View:
    """Return the view of a check's result file; any thread may call it.

    Raises
    ------
    InputError
        If the file does not hold the result of a check.
    """
    from ..engine.clauses.book import load_books
    from ..engine.clauses.shelf import available
    from ..engine.report.rows import Words

    tables: dict[str, list[Row]] = {}
    for name, columns in _tables().items():
        rows = stored_rows(path, name, columns)
        if rows is None and name in ("verdict", "finding"):
            raise InputError(f"{path} holds no result of a siting check; check the sites again.")
        tables[name] = rows or []
    folder = paths.user_rulebooks()
    ids = dict.fromkeys(str(row["rulebook"]) for row in tables["finding"] if row["rulebook"])
    known = available(folder)
    # A book that was taken away since leaves its quotations, which lie in the rows.
    books = load_books([one for one in ids if one in known], folder)
    told = next((row["as_of"] for row in tables["verdict"] if row["as_of"]), None)
    day = date.fromisoformat(told) if told else date.today()
    return View(
        tables["verdict"], tables["finding"], tables["unit"], tables["issue"], Words(lang, day, list(books))
    )


def stored_rows(path: Path, table: str, columns: Mapping[str, str]) -> list[Row] | None:
    """Return the rows of one table of a result file, None where it has no such table."""
    options = QgsVectorLayer.LayerOptions(loadDefaultStyle=False)
    layer = QgsVectorLayer(f"{path}|layername={table}", table, "ogr", options)
    if not layer.isValid():
        return None
    names = layer.fields().names()
    at = [(name, kind, names.index(name) if name in names else -1) for name, kind in columns.items()]
    rows = []
    for feature in layer.getFeatures():
        values = feature.attributes()
        row = {name: _plain(values[i] if i >= 0 else None, kind) for name, kind, i in at}
        row[WKB] = feature.geometry().asWkb().data() if feature.hasGeometry() else None
        rows.append(row)
    return rows


def _plain(value: Any, kind: str) -> Any:
    """Return a stored value as the engine's tables have it."""
    null = value is None or (hasattr(value, "isNull") and value.isNull())
    if kind == "b":
        return not null and bool(value)
    if null:
        return None
    return float(value) if kind == "f" else str(value)


def shape(row: Mapping[str, Any] | None) -> QgsGeometry:
    """Return a row's geometry in EPSG:4490, null where it has none."""
    found = QgsGeometry()
    if row is not None and row.get(WKB):
        found.fromWkb(row[WKB])
    return found


def zone(project: QgsProject, where: Any, row: Mapping[str, Any]) -> tuple[QgsVectorLayer, int] | None:
    """Return the layer and the feature of the zone that a finding names, where the project shows its layer."""
    from qgis.core import QgsExpression, QgsFeatureRequest

    uid, table = row.get("zone_id"), row.get("zone_layer")
    layer = source.map_layers(project, where).get(str(table)) if uid and table else None
    if layer is None or layer.fields().lookupField("uid") < 0:
        return None
    request = QgsFeatureRequest().setFilterExpression(f'"uid" = {QgsExpression.quotedValue(str(uid))}')
    request.setFlags(QgsFeatureRequest.Flag.NoGeometry).setSubsetOfAttributes([])
    for feature in layer.getFeatures(request):
        return layer, feature.id()
    return None


def clause_file(view: View, row: Mapping[str, Any]) -> Path | None:
    """Return the rulebook file that a finding's clause is written in."""
    book = view.words.book(row.get("rulebook"))
    path = Path(book.path) if book is not None and book.path else None
    return path if path is not None and path.is_file() else None
