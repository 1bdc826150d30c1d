"""What of a foreign file is shown before it is imported: its layers, its first rows, where it lies under a reading.

Nothing here touches a widget.  Functions that say so may run in a worker thread; what QGIS knows of the project is
taken in the main thread first (:class:`Ground`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.errors import InputError
from ..engine.exchange.model import Declared, Encoding, Foreign, LayerSummary, Note, ReadOptions
from ..engine.location import is_database
from ..engine.progress import SILENT, Progress, part, report

if TYPE_CHECKING:
    import geopandas as gpd
    from qgis.core import QgsVectorLayer

    from ..bridge import LayerReader
    from ..engine.exchange.crs_guard import Reading
    from ..engine.exchange.model import CrsChoice

#: Rows shown, rows weighed by the guard and the mapping, features drawn.
ROWS, SAMPLE, DRAWN = 200, 20_000, 2_000
#: Formats that are tables, whose coordinate columns a user may have to name.
TABLES = ("csv", "xlsx")
#: Formats whose closed lines may be areas.
CLOSED = ("dxf", "kml", "kmz")
#: What "encoding" can be set to, by the words of those who send files.
ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("gb18030", "GBK / GB18030"),
    ("big5", "Big5"),
    ("utf-16", "UTF-16"),
    ("cp1252", "Latin-1"),
)
_SIDES = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".cst")


@dataclass(frozen=True)
class Peek:
    """The beginning of a file.

    Attributes
    ----------
    path : str
        A file, a folder, or a table's address.
    format : str
        As :func:`.read.sniff` names it.
    layers : tuple of LayerSummary
    layer : str or None
        Which of them was looked at.
    titles, rows : tuple
        Columns and the first cells, as text.
    columns : dict
        For tables: which columns were taken for ``east``, ``north``, ``pair``, ``wkt``.
    encoding : Encoding or None
    declared : Declared or None
    notes : tuple of Note
    refused : str
        Why its rows cannot be used yet; empty where they can.
    rejected : int
        How many of the first rows cannot be read.
    """

    path: str
    format: str
    layers: tuple[LayerSummary, ...] = ()
    layer: str | None = None
    titles: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    encoding: Encoding | None = None
    declared: Declared | None = None
    notes: tuple[Note, ...] = ()
    refused: str = ""
    rejected: int = 0


def peek(path: str, options: ReadOptions, progress: Progress = SILENT) -> Peek:
    """Look at the beginning of a file; any thread may call it.

    Raises
    ------
    InputError
        If it is nothing that can be read.
    """
    from ..engine.exchange import read

    kind = read.sniff(path)
    found = read.layers(path, options)
    report(progress, 0.4)
    layer = options.layer if any(one.name == options.layer for one in found) else _first(found)
    options = replace(options, layer=layer if len(found) > 1 else None, limit=ROWS)
    said: dict[str, Any] = {}
    if kind in TABLES:
        said = _table(path, options)
        report(progress, 0.6)
    try:
        foreign = read.read(path, options, progress=part(progress, 0.6, 1.0))
    except InputError as error:
        if not said:
            raise
        return Peek(path, kind, tuple(found), layer, refused=str(error), **said)
    said.setdefault("titles", titles(foreign))
    said.setdefault("rows", _rows(foreign, said["titles"]))
    said["encoding"] = foreign.encoding or said.get("encoding")
    notes = [*foreign.notes]
    if not any(note.code == "text_destroyed" for note in notes):
        notes += _destroyed(said["titles"], said["rows"])
    return Peek(
        path, foreign.format if kind in ("archive", "folder") else kind, tuple(found), layer, declared=foreign.declared,
        notes=tuple(notes), rejected=len(foreign.rejects), **said,
    )  # fmt: skip


def sample(path: str, options: ReadOptions, progress: Progress = SILENT) -> Foreign:
    """Read as many rows as are weighed; any thread may call it.

    Raises
    ------
    InputError
        As :func:`.read.read`.
    """
    from ..engine.exchange import read

    return read.read(path, replace(options, limit=SAMPLE), progress=progress)


def titles(foreign: Foreign) -> tuple[str, ...]:
    """Return the columns of what was read, the geometry left out."""
    return tuple(str(name) for name in foreign.frame.columns if name != foreign.frame._geometry_column_name)


def name_of(path: str) -> str:
    """Return how a source is called in a list: a file's name, a table's address."""
    return path if is_database(path) else Path(path).name


def main_file(path: str) -> str:
    """Return the .shp where one of its side files is given, else the path itself."""
    if is_database(path) or Path(path).suffix.lower() not in _SIDES:
        return path
    beside = [Path(path).with_suffix(suffix) for suffix in (".shp", ".SHP")]
    return next((str(one) for one in beside if one.is_file()), path)


def dimensions(foreign: Foreign) -> set[str]:
    """Return which of Point, MultiLineString and MultiPolygon the rows could become."""
    import numpy as np
    import shapely

    kinds = ("Point", "MultiLineString", "MultiPolygon")
    found = shapely.get_dimensions(np.asarray(foreign.frame.geometry.array, dtype=object))
    return {kinds[one] for one in np.unique(found).tolist() if 0 <= one <= 2}


def cell(value: Any) -> str:
    """Return a cell as text: nothing for an empty one, no ``.0`` behind a whole number."""
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    if hasattr(value, "strftime"):
        text = str(value)
        return text[:10] if text.endswith("00:00:00") else text
    return str(value)


def _first(found: list[LayerSummary]) -> str | None:
    """The layer to look at first: one with shapes, and no list that lies beside real layers in an archive."""
    if not found:
        return None
    side = (".csv", ".tsv", ".xlsx", ".xlsm", ".txt")
    best = min(found, key=lambda one: (not one.geometry, one.name.partition("|")[0].lower().endswith(side)))
    return best.name


def _rows(foreign: Foreign, columns: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    head = foreign.frame.iloc[:ROWS]
    cells = [[cell(value) for value in head[name].tolist()] for name in columns]
    return tuple(zip(*cells)) if cells else ()


def _table(path: str, options: ReadOptions) -> dict[str, Any]:
    """Titles, cells, encoding and coordinate columns of a table, whether or not its coordinates can be read."""
    from ..engine.exchange import coordinate_columns, sheet_csv, sheet_xlsx

    file = Path(path)
    with file.open("rb") as stream:
        excel = stream.read(2) == b"PK"
    opened = (sheet_xlsx.open_sheet if excel else sheet_csv.open_csv)(file, options, ROWS, SILENT)
    pieces = opened.pieces
    try:
        frame = next(iter(pieces)).frame.iloc[:ROWS]
    except StopIteration:
        return {"titles": tuple(opened.titles), "encoding": opened.encoding}
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    cells = [[cell(value) for value in frame[name].tolist()] for name in opened.titles]
    try:
        found = coordinate_columns.find(opened.titles, options, file.name)
        columns = {key: value for key in ("east", "north", "pair", "wkt") if (value := getattr(found, key)) is not None}
    except InputError:
        columns = {}
    return {"titles": tuple(opened.titles), "rows": tuple(zip(*cells)), "columns": columns, "encoding": opened.encoding}


def _destroyed(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> list[Note]:
    """Tell in which columns text is that a wrong decoding destroyed."""
    from ..engine.exchange.text import destroyed

    out: list[Note] = []
    for number, name in enumerate(columns):
        why = destroyed(" ".join([name, *(row[number] for row in rows)]))
        if why is not None:
            out.append(Note("error", "text_destroyed", f"“{name}”列:{why[0]}", f"column '{name}': {why[1]}"))
    return out


# --------------------------------------------------------------------------------------------------------
# Where it lies
# --------------------------------------------------------------------------------------------------------


@dataclass
class Ground:
    """What the coordinates are held against: the jurisdiction, and a layer to measure a shift by.

    Take it in the main thread with :func:`ground`; :meth:`read` may then run in any.
    """

    areas: LayerReader | None
    reference: LayerReader | None
    jurisdiction: Any = None
    shapes: Any = None

    def read(self, progress: Progress = SILENT) -> None:
        """Read both, EPSG:4490."""
        import numpy as np

        from ..bridge import snapshot

        if self.areas is not None and self.jurisdiction is None:
            self.jurisdiction = _jurisdiction(snapshot(self.areas, self.areas.name))
            report(progress, 0.3)
        if self.reference is not None and self.shapes is None:
            self.shapes = np.asarray(snapshot(self.reference, self.reference.name).geometry.array, dtype=object)
        report(progress, 1.0)


def ground(areas: QgsVectorLayer | None, reference: QgsVectorLayer | None) -> Ground:
    """Take the layers that coordinates are held against; main thread."""
    from ..bridge import LayerReader

    wanted = (areas, reference)
    readers = [LayerReader(one) if one is not None and one.featureCount() else None for one in wanted]
    return Ground(readers[0], readers[1])


def _jurisdiction(frame: gpd.GeoDataFrame) -> Any:
    """The city's area, else that of its counties, else all areas together."""
    import shapely

    for level in ("city", "county"):
        chosen = frame[frame["level"] == level] if "level" in frame else frame
        if len(chosen):
            frame = chosen
            break
    shapes = [one for one in frame.geometry if one is not None and not one.is_empty]
    return shapely.union_all(shapely.make_valid(shapes)) if shapes else None


def look(foreign: Foreign, against: Ground, progress: Progress = SILENT) -> Reading:
    """Tell what the coordinates look like; any thread may call it."""
    import numpy as np

    from ..engine.exchange.crs_guard import look as guard

    against.read(part(progress, 0.0, 0.5))
    shapes = np.asarray(foreign.frame.geometry.array, dtype=object)
    answer = guard(
        np.empty((0, 2)), declared=foreign.declared, jurisdiction=against.jurisdiction, reference=against.shapes,
        shapes=shapes,
    )  # fmt: skip
    report(progress, 1.0)
    return answer


@dataclass(frozen=True)
class Placed:
    """Features under a reading: `frame` in EPSG:4490 (`row` as in the file), how many of `looked` lie inside."""

    frame: gpd.GeoDataFrame
    looked: int
    inside: int | None


def place(foreign: Foreign, choice: CrsChoice, jurisdiction: Any) -> Placed:
    """Put the first features where a reading says they are.

    Raises
    ------
    InputError
        If they cannot be of that system, or an old datum lacks its parameters.
    """
    import geopandas as gpd
    import numpy as np
    import shapely

    from ..engine.exchange.crs_apply import to_4490

    shapes = np.asarray(foreign.frame.geometry.array[:DRAWN], dtype=object)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    bare = gpd.GeoDataFrame({"row": foreign.rows[:DRAWN][there]}, geometry=shapes[there])
    made = to_4490(bare, choice, name_of(str(foreign.path)))
    inside = None
    if jurisdiction is not None:
        shapely.prepare(jurisdiction)
        inside = int(shapely.intersects(jurisdiction, np.asarray(made.geometry.array, dtype=object)).sum())
    return Placed(made, len(made), inside)
