"""The distances that rulebooks leave to the office (“working distances”), and the profile's own files."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .. import paths
from ..engine.errors import InputError
from .overview import load_all

#: Of a number from memory: to be verified, never to be cited.
_FROM_MEMORY = "MEM"


@dataclass(frozen=True)
class Distance:
    """One distance: its name in rulebooks, what it is about, what the books propose, and which clauses ask for it.

    `verify` tells that a proposed number is from memory.
    """

    name: str
    title: str
    proposed: tuple[float, ...]
    clauses: tuple[str, ...]
    books: tuple[str, ...]
    verify: bool = False


def distances(lang: str, only: Iterable[str] | None = None) -> tuple[list[Distance], list[str]]:
    """Return the distances that rulebooks ask for (of these ids only), and what is wrong with rulebook files.

    Any thread may call it; reading the rulebooks takes a third of a second.
    """
    books, problems = load_all(paths.user_rulebooks())
    wanted = None if only is None else set(only)
    found: dict[str, Distance] = {}
    for book in books:
        if wanted is not None and book.id not in wanted:
            continue
        paper = book.document.number or getattr(book.document, lang)
        for clause in book.clauses:
            verify = clause.basis is not None and clause.basis.mark == _FROM_MEMORY
            for relation in clause.relations():
                for length in relation.lengths.values():
                    if not length.working:
                        continue
                    known = found.get(length.working)
                    said = f"{paper} {clause.clause or clause.id}"
                    found[length.working] = Distance(
                        length.working,
                        known.title if known else getattr(length, lang) or length.working,
                        _with(known.proposed if known else (), length.metres),
                        _with(known.clauses if known else (), said),
                        _with(known.books if known else (), book.id),
                        verify or (known.verify if known else False),
                    )
    return list(found.values()), problems


def _with(values: tuple, one: object) -> tuple:
    return values if one in values else (*values, one)


# --------------------------------------------------------------------------------------------------------
# A profile's own files
# --------------------------------------------------------------------------------------------------------


def shipped_files() -> dict[str, list[Path]]:
    """Return what may be copied and changed: ``rulebooks``, ``layers`` and ``styles``."""
    rulebooks = paths.RESOURCES / "rulebooks"
    layers = paths.ROOT / "layers"
    return {
        "rulebooks": sorted(rulebooks.glob("*.yaml")),
        "layers": sorted(layers.glob("*/*.yaml")),
        "styles": [*sorted(layers.glob("*/*.qml")), *sorted(paths.STYLES.glob("*.qml")),
                   *sorted(paths.LAYOUTS.glob("*.qpt"))],
    }  # fmt: skip


def own_place(shipped: Path) -> Path:
    """Return where the profile's copy of a shipped file takes precedence over it."""
    inside = shipped.relative_to(paths.ROOT)
    if inside.parts[:2] == ("resources", "rulebooks"):
        inside = Path("rulebooks", *inside.parts[2:])
    return paths.user_folder() / inside


def copy_shipped(shipped: Path) -> Path:
    """Copy a shipped file to where changes to it count; return the copy.

    Raises
    ------
    InputError
        If there is a copy already, or it cannot be written.
    """
    target = own_place(shipped)
    if target.exists():
        raise InputError(f"{target} is there already; change that file, or move it away first.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shipped, target)
    except OSError as error:
        raise InputError(f"{target} could not be written ({error}); check the folder's rights.") from error
    return target
