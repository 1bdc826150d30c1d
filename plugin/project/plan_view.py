"""The rows behind the plan board's page: from a board just computed, or from its layers in a project opened again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsExpression, QgsFeatureRequest, QgsProject, QgsVectorLayer

from .. import paths
from ..engine.errors import InputError
from . import outcome, source
from .findings_view import rows_of, stored_rows

if TYPE_CHECKING:
    from ..engine.plan import PlanResult
    from ..engine.report.rows import Words

Row = dict[str, Any]
#: Key of a row: what its findings have in common.
Key = tuple[str, ...]


@dataclass(frozen=True)
class PlanView:
    """What the page shows of a board; plain rows in which an unknown value is None.

    Attributes
    ----------
    rows : list of dict
        The board, in the order of the documents, with :data:`~..engine.plan_columns.BOARD_COLUMNS`.
    findings : list of dict
        The features behind it, with the geometry as WKB under ``wkb``.
    words : Words
        Names for what is in them, in the language of the view.
    """

    rows: list[Row]
    findings: list[Row]
    words: Words
    _behind: dict[Key, list[Row]] = field(default_factory=dict, compare=False, repr=False)

    def behind(self, rows: Iterable[Row]) -> list[Row]:
        """Return the findings behind rows of the board, in their order."""
        if not self._behind:
            for one in self.findings:
                # A figure's findings name it as their zone; a list's say which layer they are of.
                figure = one["relation"] in _roles()
                name = str(one["zone_name"]) if figure else str(one["site_layer"])
                self._behind.setdefault((one["rulebook"], one["clause_id"], figure, name), []).append(one)
        return [one for row in rows for one in self._behind.get(_key(row), [])]


def _roles() -> frozenset[str]:
    from ..engine.report.wording import ROLES

    return ROLES


def _key(row: Mapping[str, Any]) -> Key:
    if row["kind"] != "indicator":
        return (row["rulebook"], row["clause_id"], False, str(row["layer"]))
    group = row["figure_group"]
    return (row["rulebook"], row["clause_id"], True, f"{row['figure_zh']}({group})" if group else str(row["figure_zh"]))


def of_result(result: PlanResult, lang: str) -> PlanView:
    """Return the view of a board just computed; any thread may call it."""
    from ..engine.findings import FINDING_COLUMNS
    from ..engine.plan_columns import BOARD_COLUMNS

    return PlanView(
        rows_of(result.board, BOARD_COLUMNS), rows_of(result.findings, FINDING_COLUMNS),
        _words(lang, result.as_of, list(result.books)),
    )  # fmt: skip


def of_file(path: Path, lang: str, day: date) -> PlanView:
    """Return the view of a board's result file that speaks of `day`; any thread may call it.

    Raises
    ------
    InputError
        If the file does not hold a plan board.
    """
    from ..engine.clauses.book import load_books
    from ..engine.clauses.shelf import available
    from ..engine.findings import FINDING_COLUMNS
    from ..engine.plan_columns import BOARD_COLUMNS

    rows = stored_rows(path, "board", BOARD_COLUMNS)
    if rows is None:
        raise InputError(f"{path} holds no plan board; compute the board again.")
    folder = paths.user_rulebooks()
    known = available(folder)
    # A book that was taken away since leaves its quotations, which lie in the rows.
    ids = [one for one in dict.fromkeys(str(row["rulebook"]) for row in rows) if one in known]
    words = _words(lang, day, list(load_books(ids, folder)))
    return PlanView(rows, stored_rows(path, "finding", FINDING_COLUMNS) or [], words)


def _words(lang: str, day: date, books: list[Any]) -> Words:
    from ..engine.catalog import load_catalog
    from ..engine.report.rows import Words

    return Words(lang, day, books, _catalog=load_catalog(paths.user_layers()))


@dataclass(frozen=True)
class Stored:
    """The newest board on the map; `made` tells it from others, wherever its file lies."""

    made: str
    path: Path
    day: date
    layers: list[QgsVectorLayer]
    findings: list[QgsVectorLayer]


def stored(project: QgsProject) -> Stored | None:
    """Return the newest board that is on the map, or None; run it in the main thread."""
    tables = outcome.published(project, "plan")
    for layer in tables.get("board", []):
        path = Path(layer.source().split("|")[0])
        if path.is_file():
            day = date.fromisoformat(str(layer.customProperty("envzones/as_of", "")) or date.today().isoformat())
            return Stored(str(layer.customProperty("envzones/made")), path, day, [layer], tables.get("finding", []))
    return None


def features(
    project: QgsProject, where: Any, findings: Iterable[Mapping[str, Any]]
) -> dict[str, tuple[QgsVectorLayer, dict[str, int]]]:
    """Return table -> the project's layer, and uid -> feature id, of the features that findings are about.

    Features of layers that the project does not show are left out.
    """
    wanted: dict[str, set[str]] = {}
    for one in findings:
        wanted.setdefault(str(one["site_layer"]), set()).add(str(one["site_id"]))
    layers = source.map_layers(project, where) if where is not None else {}
    found: dict[str, tuple[QgsVectorLayer, dict[str, int]]] = {}
    for table, uids in wanted.items():
        layer = layers.get(table)
        at = layer.fields().lookupField("uid") if layer is not None else -1
        if at < 0:
            continue
        among = ", ".join(QgsExpression.quotedValue(uid) for uid in sorted(uids))
        request = QgsFeatureRequest().setFilterExpression(f'"uid" IN ({among})')
        request.setFlags(QgsFeatureRequest.Flag.NoGeometry).setSubsetOfAttributes([at])
        found[table] = (layer, {str(one.attribute(at)): one.id() for one in layer.getFeatures(request)})
    return found
