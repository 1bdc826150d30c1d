"""More than memory holds, or more than one machine: the siting check over partitions of the sites.

Every relation answers each site by itself, so the rows of all partitions are the rows of one check of all sites.
They come in the order of the sites, and for each site in that of the books and clauses; issues of sites first, then
those of the map by their codes.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import batch_parts, pg
from .batch_manifest import Manifest, digest, versions
from .batch_parquet import parquet
from .batch_sites import Piece, Sites, Survey, read_piece, sha256, survey
from .batch_table import table_mark
from .errors import Cancelled, InputError
from .facilities import load_facility_types
from .location import parse
from .onemap import OneMap
from .progress import SILENT, Progress, part, report
from .siting import CheckResult, check, working_distances

if TYPE_CHECKING:
    import geopandas as gpd

    from .clauses.context import Context
    from .clauses.model import Rulebook

CHUNK = 20_000
#: Rows of findings that one partition is to have at most where nobody says how many sites it has.
_ROWS = 200_000
#: Partitions after which the time left can be told.
_ENOUGH = 0.2
#: Findings may be left out by their status; verdicts count them all the same.
STATUSES = ("hit", "clear", "not_applicable", "not_assessed")


@dataclass(frozen=True)
class Job:
    """Everything that a partition is checked by; it is sent to other processes.

    Attributes
    ----------
    sites : Sites
    survey : Survey
    onemap : str
        Path of a GeoPackage or address of a schema, the same for every worker.
    dem : str, optional
        Elevation model beside the map.
    books : tuple of Rulebook
    as_of : date
    facility_type, nature : str, optional
    working : mapping
        The office's own distances, metres by name.
    omit : tuple of str
        Statuses of findings that are not written.
    folder : str
        Where partitions are written.
    kind : {"parquet", "pieces"}
    inputs : mapping
        What identifies all of these.
    run : str
        Of this run alone: what a process works out of the map is kept as long.
    """

    sites: Sites
    survey: Survey
    onemap: str
    dem: str | None
    books: tuple[Rulebook, ...]
    as_of: date
    facility_type: str | None
    nature: str | None
    working: Mapping[str, float]
    omit: tuple[str, ...]
    folder: str
    kind: str
    inputs: Mapping[str, Any]
    run: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class BatchResult:
    """A finished run.

    Attributes
    ----------
    folder : Path
        Of the partitions.
    manifest : Manifest
    working : dict
        The office's own distances that were used, by name.
    kept : int
        Partitions that an earlier run had finished.
    """

    folder: Path
    manifest: Manifest
    kind: str
    as_of: date
    books: tuple[Rulebook, ...]
    working: dict[str, float]
    kept: int

    @property
    def known(self) -> dict[str, int]:
        """How many sites have which verdict."""
        out: dict[str, int] = {}
        for one in self.manifest.parts():
            for name, count in one["known"].items():
                out[name] = out.get(name, 0) + count
        return out

    @property
    def pending(self) -> int:
        """How many sites have something that is to be verified."""
        return sum(one["pending"] for one in self.manifest.parts())

    @property
    def fingerprints(self) -> list[dict[str, Any]]:
        """What identifies the data of every layer used."""
        return list(self.manifest.said["layers"])

    def issues(self) -> gpd.GeoDataFrame:
        """Return the issues of all partitions, each once."""
        if self.kind == "parquet" and self.manifest.finished:
            return batch_parts.read_part(self.folder, self.kind, "issue", 0)
        files = [name for one in self.manifest.parts() for name in one["files"]]
        names = [name for name in files if name.startswith(batch_parts.GATHERED)]
        return batch_parts.gathered_issues(self.folder, names)

    def read(self, name: str) -> Iterator[gpd.GeoDataFrame]:
        """Yield a table (``finding``, ``verdict``, ``unit``) partition by partition, in order."""
        for number in sorted(map(int, self.manifest.said["parts"])):
            yield batch_parts.read_part(self.folder, self.kind, name, number)


def chunk_of(books: Sequence[Rulebook]) -> int:
    """Return how many sites a partition has unless somebody says so: fewer where there are many clauses."""
    clauses = sum(len(book.of_kind("siting")) for book in books)
    return int(np.clip(_ROWS // max(clauses, 1), 500, CHUNK))


def check_in_parts(
    sites: Sites,
    onemap: str | Path,
    books: Sequence[Rulebook],
    folder: str | Path,
    *,
    as_of: date,
    kind: str = "parquet",
    chunk: int | None = None,
    facility_type: str | None = None,
    nature: str | None = None,
    working: Mapping[str, float] | None = None,
    dem: str | Path | None = None,
    omit: Sequence[str] = (),
    engine: str = "chunks",
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> BatchResult:
    """Check sites partition by partition, each written when it is done.

    Parameters
    ----------
    sites : Sites
        Of :func:`.batch_sites.open_sites`.
    onemap : str or path
        Where the map is; every worker reads it from there, whole.
    books : sequence of Rulebook
    folder : path
        Where the partitions are written: a new folder, or that of a run of the same inputs which is taken up again.
    as_of, facility_type, nature, working
        As for :func:`.siting.check`.
    kind : {"parquet", "pieces"}
        GeoParquet, or pieces of a GeoPackage.
    chunk : int, optional
        Sites in a partition (:func:`chunk_of`).
    dem : path, optional
        Elevation model.
    omit : sequence of str
        Statuses of findings that are not written.
    engine : {"chunks", "dask"}
        One partition after the other in this process, or many at a time on dask.distributed.
    scheduler : str, optional
        Address of a running scheduler; else processes are started here.
    workers : int, optional
        How many processes are started (default: as many as there are cores).
    progress : Progress

    Raises
    ------
    InputError
        For what :func:`.siting.check` refuses; a folder of another run; inputs that change meanwhile; no dask.
    Cancelled
        If the progress says so, or at Ctrl-C: what is finished is kept.
    """
    folder = Path(folder).absolute()
    books = tuple(books)
    size = chunk or chunk_of(books)
    if size < 1:
        raise InputError(f"A partition of {size} sites is none; give --chunk a number above zero.")
    if kind == "parquet":
        parquet()
    if engine == "dask":
        from .batch_dask import distributed

        distributed()
    facilities = load_facility_types()
    where = str(onemap) if parse(onemap).path is None else str(Path(onemap).absolute())
    # Whatever is wrong with the map is said before hours of work.
    OneMap.open(where)
    inputs = {
        **_marks(sites, where, dem), "books": {book.id: digest(book) for book in books},
        "facilities": digest(facilities), "chunk": size, "kind": kind, "versions": versions(),
        "asked": {
            "as_of": as_of.isoformat(), "facility_type": facility_type, "nature": nature,
            "working": dict(working or {}), "omit": sorted(omit),
        },
    }  # fmt: skip
    seen = survey(sites, facility_type, nature, facilities, part(progress, 0.0, 0.02))
    pieces = sites.pieces(seen.rows, size) or [Piece(0, 0, 0)]
    manifest = Manifest.begin(folder, inputs, pieces)
    done = manifest.done()
    job = Job(
        sites, seen, where, None if dem is None else str(Path(dem).absolute()), books, as_of, facility_type, nature,
        dict(working or {}), tuple(sorted(omit)), str(folder), kind, inputs,
    )  # fmt: skip
    left = [one for one in pieces if one.number not in done]
    with _telling_what_is_done(manifest, len(pieces)):
        watch = _Watch(manifest, len(pieces), len(done), part(progress, 0.02, 0.98))
        if left and engine == "dask":
            from .batch_dask import over_dask

            over_dask(job, left, watch, scheduler, workers)
        elif left:
            _one_by_one(job, left, watch)
        if left and _marks(sites, where, dem) != {name: inputs[name] for name in ("sites", "map", "dem")}:
            # Which partitions had seen which state nobody knows.
            manifest.said["parts"].clear()
            manifest.save()
            raise InputError("The sites or the map changed while they were checked; run again, from the beginning.")
        result = BatchResult(
            folder, manifest, kind, as_of, books,
            working_distances([one for book in books for one in book.of_kind("siting")], job.working), len(done),
        )  # fmt: skip
        if kind == "parquet" and not manifest.finished:
            _finish(result)
        _swept(folder)
        report(progress, 1.0, "done")
    return result


def _marks(sites: Sites, onemap: str, dem: str | Path | None) -> dict[str, Any]:
    return {"sites": sites.mark(), "map": map_mark(onemap), "dem": None if dem is None else sha256([Path(dem)])}


def map_mark(where: str) -> dict[str, Any]:
    """Return what identifies the content of a map: its file's SHA-256, or the server's digest of every table."""
    location = parse(where)
    if location.path is None:
        with pg.session(location) as connection:
            names = pg.tables(connection, location.schema)
            return {name: table_mark(connection, location.schema, name) for name in sorted(names)}
    log = location.path.with_name(location.path.name + "-wal")
    return {"sha256": sha256([location.path, *([log] if log.is_file() and log.stat().st_size else [])])}


def _finish(result: BatchResult) -> None:
    """Write the issues of all partitions as one table, and say that everything is there."""
    path = batch_parts.part_name(result.folder, "parquet", "issue", 0)
    with batch_parts.replacing(path) as temporary:
        batch_parts.write_parquet(temporary, result.issues(), batch_parts.TABLES["issue"])
    result.manifest.finish(working=result.working)
    shutil.rmtree(result.folder / batch_parts.GATHERED, ignore_errors=True)


def _swept(folder: Path) -> None:
    """Remove what a worker that was killed has left half written."""
    for path in folder.rglob(".*.part*"):
        path.unlink(missing_ok=True)


# --------------------------------------------------------------------------------------------------------
# One partition
# --------------------------------------------------------------------------------------------------------


class _Ground:
    """What a process keeps of one run: the map, and what has been worked out of it."""

    def __init__(self, job: Job) -> None:
        self.run = job.run
        self.lock = threading.Lock()
        self.onemap = OneMap.open(job.onemap, dem=job.dem)
        self.context: Context | None = None
        self.issues: dict[tuple[str, ...], dict[str, Any]] = {}

    def check(self, job: Job, sites: gpd.GeoDataFrame, progress: Progress) -> CheckResult:
        """Check sites on this ground; a context serves one check at a time."""
        result = check(
            sites, self.onemap, job.books, as_of=job.as_of, facility_type=job.facility_type, nature=job.nature,
            working=job.working, ground=self.context, progress=progress,
        )  # fmt: skip
        self.context = result.ground
        return result


_grounds: dict[str, _Ground] = {}
_opening = threading.Lock()


def ground_of(job: Job) -> _Ground:
    """Return what this process keeps for a run; of other runs it keeps nothing.

    Raises
    ------
    InputError
        If sites or map here are not those that the run began with, or the software is another.
    """
    with _opening:
        if job.run not in _grounds:
            _grounds.clear()
            mine = versions()
            if differ := [name for name, said in job.inputs["versions"].items() if mine.get(name) != said]:
                raise InputError(
                    f"A worker has another version of {' and '.join(differ)} than the run began with; give all the"
                    " same."
                )
            if parse(job.onemap).path is not None and map_mark(job.onemap) != job.inputs["map"]:
                raise InputError(f"A worker finds another map at {job.onemap}; give all machines the same file.")
            if hasattr(job.sites, "path") and job.sites.mark() != job.inputs["sites"]:
                raise InputError(f"A worker finds other sites at {job.sites.path}; give all machines the same files.")
            _grounds[job.run] = _Ground(job)
        return _grounds[job.run]


def forget(job: Job) -> None:
    """Let go of what this process keeps for a run."""
    with _opening:
        _grounds.pop(job.run, None)


def check_part(job: Job, piece: Piece, progress: Progress = SILENT) -> dict[str, Any]:
    """Check one partition and write it; return what the manifest says of it, with the layers used.

    Raises
    ------
    InputError
        As :func:`.siting.check`; if a file cannot be written.
    """
    started = time.monotonic()
    ground = ground_of(job)
    with ground.lock:
        result = ground.check(job, read_piece(job.sites, piece, job.survey), progress)
        told = batch_parts.told(result.issues)
        # A process that has told an issue of the map does not tell it again, and a partition may be lost with the
        # process that had it: so every partition tells all that its process knows.
        ground.issues.update((batch_parts.issue_key(row), row) for row in told if row["site_id"] is None)
        common = [ground.issues[key] for key in sorted(ground.issues)]
    frames = _ordered(result, job.omit)
    folder = Path(job.folder)
    files = batch_parts.write_part(folder, job.kind, piece.number, frames)
    files |= batch_parts.write_issues(folder, piece.number, [row for row in told if row["site_id"] is not None], common)
    verdicts = result.verdicts
    return {
        "start": piece.start,
        "sites": piece.count,
        "rows": {name: len(frame) for name, frame in frames.items()},
        "geometries": {
            name: sorted(batch_parts.geometry_kinds(frame.geometry.array)) for name, frame in frames.items()
        },
        "known": {str(name): int(count) for name, count in verdicts["known"].value_counts().items()},
        "pending": int((verdicts["pending"] > 0).sum()),
        "seconds": round(time.monotonic() - started, 3),
        "files": files,
        "layers": [_said(mark) for mark in result.fingerprints],
    }


def _said(mark: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.item() if hasattr(value, "item") else value for name, value in mark.items()}


def _ordered(result: CheckResult, omit: Sequence[str]) -> dict[str, gpd.GeoDataFrame]:
    """Return the tables with the rows of one site together, in the order of the sites; without findings left out."""
    import pandas as pd

    place = pd.Index(result.verdicts["site_id"])
    findings = result.findings
    if omit:
        findings = findings[~findings["status"].isin(omit).to_numpy()]
    out = {"verdict": result.verdicts}
    for name, frame in (("finding", findings), ("unit", result.units)):
        order = np.argsort(place.get_indexer(frame["site_id"]), kind="stable")
        out[name] = frame.iloc[order].reset_index(drop=True)
    return out


# --------------------------------------------------------------------------------------------------------
# All partitions
# --------------------------------------------------------------------------------------------------------


class _Watch:
    """Records partitions as they are finished, and says how far the run is and how long it will take."""

    def __init__(self, manifest: Manifest, count: int, kept: int, progress: Progress) -> None:
        self.manifest, self.count, self.kept, self.progress = manifest, count, kept, progress
        self._began = time.monotonic()
        self._done = kept

    def __call__(self, number: int, found: dict[str, Any]) -> None:
        """Record a partition."""
        self.manifest.add(number, found)
        self._done += 1
        self.tell()

    def tell(self, within: float = 0.0) -> None:
        """Say how far it is; `within` is the share of the next partition.  Raises Cancelled where that is asked."""
        fresh = self._done - self.kept + within
        spent = time.monotonic() - self._began
        rest = (self.count - self._done - within) * spent / fresh if fresh > 0 else 0.0
        left = f", {_clock(rest)} left" if fresh > _ENOUGH and rest > 0 else ""
        report(self.progress, (self._done + within) / self.count, f"{self._done} of {self.count} partitions{left}")


class _Inside:
    """The progress of one partition as that of the run."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch

    @property
    def cancelled(self) -> bool:
        return self._watch.progress.cancelled

    def __call__(self, fraction: float, message: str = "") -> None:
        del message
        self._watch.tell(min(max(fraction, 0.0), 0.999))


def _clock(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _one_by_one(job: Job, pieces: Sequence[Piece], watch: _Watch) -> None:
    try:
        for piece in pieces:
            watch(piece.number, check_part(job, piece, _Inside(watch)))
    finally:
        forget(job)


@contextlib.contextmanager
def _telling_what_is_done(manifest: Manifest, count: int) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, Cancelled) as stop:
        raise Cancelled(
            f"Cancelled; {len(manifest.said['parts'])} of {count} partitions are finished and kept in"
            f" {manifest.folder}: the same command goes on from there."
        ) from stop
