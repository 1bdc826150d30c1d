"""A foreign file into a layer of a map: good rows in, bad rows aside with the reason, and counts that add up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.catalog import Catalog, LayerSpec
from ..engine.conform import Problem, content_uid, examine
from ..engine.errors import Cancelled, InputError
from ..engine.exchange import mapping as mapping_
from ..engine.exchange import read
from ..engine.exchange.crs_apply import to_4490
from ..engine.exchange.mapping import Mapping as FieldMapping
from ..engine.exchange.model import PLAIN, CrsChoice, Foreign, Note, ReadOptions, Reject
from ..engine.progress import SILENT, Progress, part, report
from .load_bulk import Sink, bulk
from .location import Location
from .rejects import RejectsFile, cells_of, reason
from .store import Store, open_store

if TYPE_CHECKING:
    import geopandas as gpd

ON_CONFLICT = ("reject", "skip", "update")
_PIECE = 25_000


@dataclass
class Loaded:
    """What became of a file's rows: ``read == loaded + updated + skipped + rejected``.

    Attributes
    ----------
    layer : str
    read, loaded, updated, skipped, rejected : int
    notes : list of Note
        What the readers and the checks had to say, each kind once.
    outside : dict of (our field, foreign word) to count
        Words that are in no domain; their rows were rejected.
    reasons : dict of str to int
        How often each reason of a rejection occurred, in Chinese, the most frequent first.
    rejects_path : Path or None
        Where the rejected rows are.
    dry_run : bool
        Nothing was written.
    """

    layer: str
    read: int = 0
    loaded: int = 0
    updated: int = 0
    skipped: int = 0
    rejected: int = 0
    notes: list[Note] = field(default_factory=list)
    outside: dict[tuple[str, str], int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)
    rejects_path: Path | None = None
    dry_run: bool = False

    def tell(self, note: Note) -> None:
        """Add a note unless its like is there."""
        if all((one.code, one.en) != (note.code, note.en) for one in self.notes):
            self.notes.append(note)


def load(
    where: str | Path | Location | Store, layer: str, source: str | Path, *, choice: CrsChoice, mapping: FieldMapping,
    options: ReadOptions = PLAIN, who: str | None = None, rejects: Path | None = None, on_conflict: str = "reject",
    catalog: Catalog | None = None, dry_run: bool = False, listed: Path | None = None, progress: Progress = SILENT,
) -> Loaded:  # fmt: skip
    """Import a layer of a foreign file.

    Parameters
    ----------
    where : path, text, Location or Store
        The map.
    layer : str
        The layer that receives the rows.
    source : path or text
        The file, or the address of a PostGIS database.
    choice : CrsChoice
        What its coordinates are in.
    mapping : Mapping
        How its columns become fields.
    options : ReadOptions
    who : str, optional
        Who imports, for the audit trail.
    rejects : Path, optional
        Where to put the rows that fail; they are only counted without it.
    on_conflict : {"reject", "skip", "update"}
        What to do with a row whose id the layer has already: a row without an id of its own gets one from its name and
        place, so that the same file given twice meets itself.
    dry_run : bool
        Do everything but write.
    listed : Path, optional
        Where a dry run lists the rows that would be rejected, for a window to show them.
    progress : Progress

    Returns
    -------
    Loaded

    Raises
    ------
    InputError
        If the map has no such layer, the mapping does not fit, the coordinates cannot be of the system, or the source
        cannot be read; nothing is written then, as when it is cancelled.
    """
    from ..engine.catalog import load_catalog

    if on_conflict not in ON_CONFLICT:
        raise InputError(
            f"'{on_conflict}' is no way to meet rows that are there already; use one of {', '.join(ON_CONFLICT)}."
        )
    catalog = load_catalog() if catalog is None else catalog
    spec = catalog.require(layer, "The import")
    store = open_store(where, catalog) if isinstance(where, (str, Path, Location)) else where
    if layer not in store.tables():
        raise InputError(f"{store.location} has no layer '{layer}'; bring it up to date with: envzones onemap migrate.")
    done = Loaded(layer, dry_run=dry_run)
    aside = RejectsFile(listed if dry_run else rejects)
    try:
        with _sink(store, catalog, spec, who, progress, dry_run) as sink:
            pieces = read.read_chunks(source, options, size=_PIECE, progress=part(progress, 0.0, 0.9))
            for piece in pieces:
                _one(piece, spec, choice, mapping, on_conflict, sink, aside, done, progress)
            report(progress, 0.92, "Writing the audit trail")
        done.rejects_path = aside.keep()
    finally:
        aside.drop()
    done.rejected = aside.count
    done.reasons = dict(sorted(done.reasons.items(), key=lambda one: -one[1]))
    done.tell(Note(
        "info", "coverage_not_declared", "导入不等于声明数据完整:如该图层在辖区内已完整,请另行填写“数据完整范围”",
        "an import does not declare the layer complete; where it is, say so in layer_coverage",
    ))  # fmt: skip
    if done.read != done.loaded + done.updated + done.skipped + done.rejected:
        raise InputError(
            f"{done.read} rows were read but only {done.loaded + done.updated + done.skipped + done.rejected}"
            f" accounted for;"
            f" please report this file."
        )
    report(progress, 1.0)
    return done


class _Nowhere:
    """Takes rows and writes none, but remembers their ids and asks the map for those that are there."""

    def __init__(self, store: Store, layer: str) -> None:
        self._there = set(store.read(layer)["uid"].dropna())
        self._mine: set[str] = set()

    def existing(self, uids: list[str]) -> tuple[set[str], set[str]]:
        wanted = set(uids)
        return wanted & self._there, wanted & self._mine

    def insert(self, frame: gpd.GeoDataFrame) -> None:
        self._mine |= set(frame["uid"])

    def update(self, frame: gpd.GeoDataFrame) -> None:
        return None


@contextlib.contextmanager
def _sink(
    store: Store, catalog: Catalog, spec: LayerSpec, who: str | None, progress: Progress, dry_run: bool
) -> Iterator[Sink]:
    if dry_run:
        yield _Nowhere(store, spec.name)
        return
    with bulk(store, catalog, spec, who, progress) as sink:
        yield sink


def _one(
    piece: Foreign, spec: LayerSpec, choice: CrsChoice, mapping: FieldMapping, on_conflict: str, sink: Sink,
    aside: RejectsFile, done: Loaded, progress: Progress,
) -> None:  # fmt: skip
    """Load one piece of the source; between its steps it may be cancelled."""
    for note in piece.notes:
        done.tell(note)
    columns = [str(name) for name in piece.frame.columns if name != "geometry"]
    done.read += piece.count
    _put_aside(piece.rejects, columns, aside, done)
    if not len(piece.frame):
        mapping_.check(mapping, spec, columns, piece.path.name)
        return
    raw = piece.frame
    piece.frame = to_4490(raw, choice, piece.path.name)
    _go_on(progress)
    mapped = mapping_.apply(piece, mapping, spec)
    _go_on(progress)
    for key, count in mapped.outside.items():
        done.outside[key] = done.outside.get(key, 0) + count
    given = "uid" in mapped.frame.columns and mapped.frame["uid"].notna().to_numpy()
    frame = mapped.frame
    frame["uid"], before, mine = _uids(frame, spec, given, sink)
    _go_on(progress)
    fitted, _, problems = examine(frame, spec, piece.path.name)
    bad: dict[int, list[tuple[str, str]]] = {}
    codes: dict[int, str] = {}
    for problem in problems:
        bad.setdefault(problem.row, []).append(reason(problem, spec))
        codes.setdefault(problem.row, _code(problem))
    taken = np.flatnonzero(fitted["uid"].isin(before | mine).to_numpy())
    meets = [int(row) for row in taken if int(row) not in bad]
    if on_conflict == "reject" or mine:
        for row in meets:
            if on_conflict == "reject" or fitted["uid"].iat[row] in mine:
                bad[row] = [("该要素已在图层中(标识相同,或名称与位置相同)", "the layer has this feature already (the same id, or the"
                             " same name and place)")]  # fmt: skip
                codes[row] = "already_there"
    meets = [row for row in meets if row not in bad]
    if bad:
        told = raw.iloc[sorted(bad)].to_dict("records")
        rows = [
            Reject(int(piece.rows[row]), codes[row], ";".join(zh for zh, _ in bad[row]), "; ".join(en for _,
                en in bad[row]),
                   cells_of(record))
            for row, record in zip(sorted(bad), told)
        ]  # fmt: skip
        _put_aside(rows, [*columns, "geometry"], aside, done)
    keep = np.ones(len(fitted), dtype=bool)
    keep[list(bad) + meets] = False
    good = fitted if keep.all() else fitted[keep].reset_index(drop=True)
    _go_on(progress)
    if len(good):
        sink.insert(good)
        done.loaded += len(good)
    if meets and on_conflict == "update":
        wanted = ["uid", *mapping.fields, *mapping.constants, "geometry"]
        sink.update(
            fitted.iloc[meets][[name for name in dict.fromkeys(wanted) if name in fitted]].reset_index(
                drop=True
            )
        )
        done.updated += len(meets)
    else:
        done.skipped += len(meets)


def _go_on(progress: Progress) -> None:
    if progress.cancelled:
        raise Cancelled("Cancelled; nothing was written.")


def _uids(
    frame: gpd.GeoDataFrame, spec: LayerSpec, given: Any, sink: Sink
) -> tuple[list[Any], set[str], set[str]]:
    """Return the rows' ids, which of them the layer had before, and which of them earlier rows of this file have.

    A row has its own id, else one from layer, name and place, numbered where rows of this file share them.  The number
    goes on over the pieces of a file, so that a file has the same ids however it is cut, and given twice meets itself.
    """
    import shapely

    n = len(frame)
    out: list[Any] = frame["uid"].tolist() if "uid" in frame.columns else [None] * n
    has = np.zeros(n, dtype=bool) if given is False else np.asarray(given, dtype=bool)
    made = np.flatnonzero(~has).tolist()
    shapes = shapely.to_wkb(np.asarray(frame.geometry.array), hex=True).tolist()
    names = frame["name"].tolist() if "name" in frame.columns else [""] * n
    base = {k: f"{spec.name}|{names[k]}|{shapes[k]}" for k in made}
    copies: dict[int, int] = {}
    here: set[str] = {str(uid) for uid, there in zip(out, has) if there}

    def number(k: int, copy: int) -> None:
        while (uid := content_uid(f"{base[k]}|{copy}")) in here:
            copy += 1
        here.add(uid)
        out[k], copies[k] = uid, copy

    for k in made:
        number(k, 0)
    before, mine = sink.existing([uid for uid in out if uid is not None])
    again = [k for k in made if out[k] in mine]
    while again:
        # What an earlier piece of this file brought is another row of the same name and place: it gets the next number.
        for k in again:
            here.discard(out[k])
        for k in again:
            number(k, copies[k] + 1)
        more, taken = sink.existing([out[k] for k in again])
        before |= more
        again = [k for k in again if out[k] in taken]
    return out, before, {str(uid) for uid, there in zip(out, has) if there and uid in mine}


def _put_aside(rejects: list[Reject], columns: list[str], aside: RejectsFile, done: Loaded) -> None:
    aside.write(rejects, columns if "geometry" in columns else [*columns, "geometry"])
    for one in rejects:
        key = (one.zh, one.en)
        if key in done.reasons or len(done.reasons) < 200:
            done.reasons[key] = done.reasons.get(key, 0) + 1


def _code(problem: Problem) -> str:
    said = problem.message
    for word, code in (("domain", "outside_domain"), ("required", "required"), ("layer holds", "wrong_geometry"),
                       ("is empty", "no_geometry"), ("stands twice", "id_twice")):  # fmt: skip
        if word in said:
            return code
    return "bad_value"

