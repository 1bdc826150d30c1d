"""What can be found by name: sections, zones and features of the one map, clauses of the project's rulebooks.

The index is plain Python and never changed once it is built, so that any thread may search it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import paths
from ..engine.progress import SILENT, Progress, report

if TYPE_CHECKING:
    from ..engine.clauses.model import Rulebook
    from ..engine.onemap import OneMap

SECTION, ZONE, CLAUSE = "section", "zone", "clause"
GROUPS = (SECTION, ZONE, CLAUSE)
#: The layer whose features are sections.
_SECTIONS = "monitoring_section"
#: So many of a group at most.
LIMIT = 30
#: After so many entries it is asked whether the search was given up.
_STEP = 2000


@dataclass(frozen=True)
class Entry:
    """One thing that can be found.

    Attributes
    ----------
    group : str
        ``section``, ``zone`` or ``clause``.
    title, detail : str
        As shown: its name; its layer and id, or its document and words.
    table, uid : str
        Of a feature.
    box : tuple of float
        West, south, east, north in EPSG:4490; empty for a clause.
    book, clause : str
        Of a clause.
    words : tuple of str
        What is searched, folded; the first is the name.
    """

    group: str
    title: str
    detail: str
    table: str = ""
    uid: str = ""
    box: tuple[float, ...] = ()
    book: str = ""
    clause: str = ""
    words: tuple[str, ...] = field(default=(), compare=False)


def folded(text: Any) -> str:
    """Return a text as it is compared: full width, upper case and doubled spaces count for nothing."""
    return " ".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


def build(onemap: OneMap, books: Sequence[Rulebook], lang: str, progress: Progress = SILENT) -> tuple[Entry, ...]:
    """Index a map and rulebooks; any thread may call it.

    Raises
    ------
    Cancelled
        If the progress says so.
    """
    found: list[Entry] = []
    names = onemap.layers()
    for number, name in enumerate(names):
        report(progress, number / max(len(names), 1), name)
        found += _features(onemap, name, lang)
    found += [entry for book in books for entry in _clauses(book, lang)]
    report(progress, 1.0)
    return tuple(found)


def load(onemap: OneMap, books: Sequence[str], lang: str, progress: Progress = SILENT) -> tuple[Entry, ...]:
    """Index a map and the rulebooks of these ids, the profile's own before ours; see :func:`build`."""
    from ..engine.clauses.book import load_books
    from ..engine.clauses.shelf import available

    folder = paths.user_rulebooks()
    known = available(folder)
    return build(onemap, load_books([one for one in books if one in known], folder), lang, progress)


def _features(onemap: OneMap, name: str, lang: str) -> Iterator[Entry]:
    frame = onemap.layer(name)
    if frame is None or not len(frame) or "uid" not in frame:
        return
    title = onemap.title(name, lang)
    other = onemap.title(name, "en" if lang == "zh" else "zh")
    boxes = frame.geometry.bounds.to_numpy()
    label = next((one for one in ("name", "source_name", "road_name") if one in frame), None)
    names = frame[label].tolist() if label else [None] * len(frame)
    group = SECTION if name == _SECTIONS else ZONE
    common = (folded(title), folded(other), folded(name))
    for uid, said, box in zip(frame["uid"].tolist(), names, boxes.tolist()):
        if uid is None or uid != uid or any(edge != edge for edge in box):
            continue
        shown = str(said) if said is not None and said == said and str(said).strip() else str(uid)
        yield Entry(
            group, shown, f"{title} · {uid}", name, str(uid), tuple(box), words=(folded(shown), folded(uid), *common)
        )


def _clauses(book: Rulebook, lang: str) -> Iterator[Entry]:
    document = book.document.number or (book.document.zh if lang == "zh" else book.document.en)
    for clause in book.clauses:
        title = clause.zh if lang == "zh" else clause.en or clause.zh
        words = (clause.id, clause.zh, clause.en, clause.clause, document, book.document.zh, book.id, clause.quote)
        number = " ".join(one for one in (clause.id, clause.clause) if one)
        yield Entry(
            CLAUSE, f"{number} {title}", f"{document}: {clause.quote}", book=book.id, clause=clause.id,
            words=tuple(folded(one) for one in words if one),
        )  # fmt: skip


def search(
    entries: Sequence[Entry], text: str, cancelled: Callable[[], bool] = lambda: False, limit: int = LIMIT
) -> list[tuple[Entry, float]]:
    """Return what has every word of `text` in it, best first in each group, with a score from 0 to 1.

    A name that is the text itself comes before one that begins with it, that before an id or another word that does,
    and that before one that has it inside.
    """
    asked = folded(text).split()
    if not asked:
        return []
    hits: dict[str, list[tuple[int, int, Entry]]] = {group: [] for group in GROUPS}
    for number, entry in enumerate(entries):
        if number % _STEP == 0 and cancelled():
            return []
        rank = max(_rank(entry.words, word) for word in asked)
        if rank < _NONE:
            hits[entry.group].append((rank, number, entry))
    found = []
    for group in GROUPS:
        best = sorted(hits[group], key=lambda hit: (hit[0], len(hit[2].title), hit[1]))[:limit]
        found += [(entry, 1.0 - rank / _NONE) for rank, _, entry in best]
    return found


_NONE = 6


def _rank(words: tuple[str, ...], word: str) -> int:
    if words[0] == word:
        return 0
    if words[0].startswith(word):
        return 1
    rest = words[1:]
    if word in rest:
        return 2
    if any(one.startswith(word) for one in rest):
        return 3
    if word in words[0]:
        return 4
    return 5 if any(word in one for one in rest) else _NONE
