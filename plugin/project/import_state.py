"""What a user has said so far of one file to be imported, and the import itself."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.exchange.model import CrsChoice, Foreign, ReadOptions
from ..engine.location import Location
from . import editing, import_source, source

if TYPE_CHECKING:
    from ..engine.catalog import Catalog, LayerSpec
    from ..engine.exchange.crs_guard import Reading
    from ..engine.exchange.mapping import Mapping
    from ..engine.progress import Progress
    from ..store.load import Loaded

#: What becomes of a row whose uid the map has already.
ON_CONFLICT = ("reject", "skip", "update")
#: Rejected rows that a list shows; all are in the file.
_SHOWN = 500
#: Rows by which columns are matched to fields.
_WEIGHED = 1000


@dataclass
class State:
    """What is known and decided.

    Attributes
    ----------
    where : Path or Location
        The one map.
    path : str
        The file, folder or table; empty while there is none.
    peek, sample : Peek, Foreign or None
        Its beginning, and the rows that are weighed.
    reading : Reading or None
        What the coordinates look like.
    choice : CrsChoice or None
        What they are in: only what the user chose, or saw chosen because it is certain.
    mapping : Mapping or None
        Which column becomes which field of which layer.
    words : dict of our field to {foreign word: count}
        Words outside their domain that only the whole file showed.
    """

    where: Path | Location
    catalog: Catalog
    path: str = ""
    options: ReadOptions = field(default_factory=ReadOptions)
    peek: import_source.Peek | None = None
    sample: Foreign | None = None
    ground: import_source.Ground | None = None
    reading: Reading | None = None
    choice: CrsChoice | None = None
    mapping: Mapping | None = None
    words: dict[str, dict[str, int]] = field(default_factory=dict)
    on_conflict: str = ON_CONFLICT[0]
    rejects: Path | None = None

    @property
    def name(self) -> str:
        """How the file is called."""
        return import_source.name_of(self.path)

    @property
    def spec(self) -> LayerSpec | None:
        """The layer that the rows go into."""
        return None if self.mapping is None else self.catalog[self.mapping.layer]

    def forget(self, *, keep_mapping: bool = True) -> None:
        """Forget what was found out of a file, because another is chosen or it is read in another way."""
        self.peek = self.sample = self.reading = self.choice = None
        self.words = {}
        if not keep_mapping:
            self.mapping = None


def proposal(sample: Foreign, spec: LayerSpec) -> Mapping:
    """Propose a mapping quickly enough for a window: columns by their first rows, words of domains by all that
    were read."""
    from ..engine.exchange import map_values, mapping

    known = mapping.aliases()
    head = replace(sample, frame=sample.frame.head(_WEIGHED))
    found = mapping.propose(head, spec, known=known)
    words = {
        name: replace(one, values=map_values.propose(sample.frame[one.source], spec.field(name), known))
        for name, one in found.fields.items()
        if spec.field(name).domain
    }
    return found.using(**words)


@dataclass(frozen=True)
class Job:
    """An import as it was confirmed; made in the main thread, run in any.  `where` is the map's place or its store."""

    where: Any
    layer: str
    path: str
    options: ReadOptions
    choice: CrsChoice
    mapping: Mapping
    catalog: Catalog
    who: str
    on_conflict: str

    def run(self, rejects: Path | None, progress: Progress, *, dry_run: bool = False) -> Loaded:
        """Import, or only try to; `rejects` is where the rejected rows go, or are listed."""
        from ..store.load import load

        return load(
            self.where, self.layer, self.path, options=self.options, choice=self.choice, mapping=self.mapping,
            who=self.who, rejects=rejects, listed=rejects, progress=progress, catalog=self.catalog, dry_run=dry_run,
            on_conflict=self.on_conflict,
        )  # fmt: skip


def job(state: State) -> Job:
    """Take what was confirmed; main thread, because QGIS's authentication is asked here.

    Raises
    ------
    InputError
        If the map's credentials cannot be had.
    """
    if state.mapping is None or state.choice is None:
        raise ValueError("the reading and the mapping are not confirmed")
    _warm(state.choice)
    place = source.location(state.where)
    return Job(
        place if place.path is not None else source.store(place), state.mapping.layer, state.path,
        replace(state.options, limit=None), state.choice, state.mapping, state.catalog, editing.user_name(),
        state.on_conflict,
    )  # fmt: skip


def _warm(choice: CrsChoice) -> None:
    """Let PROJ open its database in the main thread before a worker asks it for the same system."""
    from ..engine.exchange.crs_systems import BD09, GCJ02

    if choice.crs.lower() not in (GCJ02, BD09):
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            CRS.from_user_input(choice.crs)
        except CRSError:  # told in words where it is used
            return


@dataclass(frozen=True)
class Rejected:
    """One row of a rejects file: its number in the source, why, its cells, and its shape in the file's numbers."""

    row: int
    zh: str
    en: str
    cells: dict[str, str]
    wkt: str = ""

    @property
    def label(self) -> str:
        """The first cell that says anything."""
        return next((value for value in self.cells.values() if value.strip()), "")


def read_rejects(path: Path | None, limit: int = _SHOWN) -> list[Rejected]:
    """Read the beginning of a rejects file; nothing where there is none."""
    if path is None or not path.is_file():
        return []
    out: list[Rejected] = []
    csv.field_size_limit(1 << 27)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for record in csv.DictReader(stream):
            if len(out) == limit:
                break
            cells = {key: value or "" for key, value in record.items() if key is not None}
            row, zh, en = (cells.pop(name, "") for name in ("row", "reason_zh", "reason_en"))
            cells.pop("code", None)
            wkt = cells.pop("geometry", "")
            out.append(Rejected(int(row) if row.isdigit() else 0, zh, en, cells, wkt))
    return out


def rejects_beside(where: Path | Location, path: str) -> Path:
    """Propose a file for the rejected rows that is not there yet: beside the source, else beside the map."""
    name = Path(import_source.name_of(path)).stem or "import"
    if not path or "://" in path or path.startswith("service="):
        place = source.location(where).path
        folder, name = (place.parent if place is not None else Path.home()), "import"
    else:
        folder = Path(path).parent
    made = folder / f"{name}_rejects.csv"
    number = 2
    while made.exists():
        made, number = folder / f"{name}_rejects_{number}.csv", number + 1
    return made
