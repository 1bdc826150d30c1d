"""Find a facility type by any of its names, and tell which attributes the clauses of some books ask of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .clauses.model import EFFECTS, NATURES, Clause, Rulebook
from .facilities import ANY

if TYPE_CHECKING:
    from .facilities import Attribute, FacilityType, FacilityTypes

_SIGNS = re.compile(r"[\s\-_,.;:()\[\]{}、,。;:()【】《》“”\"'/·]+")
#: A sign between the steps of a path.
_STEP = " › "


@dataclass(frozen=True)
class Asked:
    """One attribute that matters for a type.

    Attributes
    ----------
    attribute : Attribute
    effect : str
        The gravest effect that hangs on it.
    clauses : tuple of (Rulebook, Clause)
        Which ask for it, gravest first.
    exception : bool
        It is asked for exceptions alone: answered or not, the clauses bind.
    """

    attribute: Attribute
    effect: str
    clauses: tuple[tuple[Rulebook, Clause], ...]
    exception: bool


# --------------------------------------------------------------------------------------------------------
# By name
# --------------------------------------------------------------------------------------------------------


def search(text: str, types: FacilityTypes, lang: str) -> list[tuple[str, str, str]]:
    """Find types by what was typed so far: the beginning of a name, words of it, or its characters in order.

    Names and synonyms count in both languages, whatever the user's own.

    Returns
    -------
    list of (id, title, why)
        Best first; nothing typed gives all types in the order of the tree.  `why` is the name that was found where
        it is not the title, and the path of parents.
    """
    wanted = plain(text)
    words = [plain(word) for word in text.split() if plain(word)]
    found = []
    for place, kind in enumerate(tree(types)):
        said = ""
        if wanted:
            rank, said = _rank(wanted, words, kind)
            if rank is None:
                continue
        else:
            rank = (0, 0, 0)
        title = titled(kind, lang)
        said = "" if plain(said) == plain(title) else said
        above = path(kind.id, types, lang)
        found.append((rank, place, (kind.id, title, " · ".join(part for part in (said, above) if part))))
    return [one for _, _, one in sorted(found, key=lambda item: item[:2])]


def titled(kind: FacilityType, lang: str) -> str:
    """Return a type's name in a language."""
    return kind.zh if lang == "zh" else kind.en


def path(name: str, types: FacilityTypes, lang: str) -> str:
    """Return the parents of a type from the root down, empty for a root."""
    above = types.ancestors(name)[1:]
    return _STEP.join(titled(types.types[one], lang) for one in reversed(above))


def tree(types: FacilityTypes) -> list[FacilityType]:
    """Return all types, each parent before its children, else in the order of the file."""
    below: dict[str | None, list[FacilityType]] = {}
    for kind in types.types.values():
        below.setdefault(kind.parent, []).append(kind)
    out: list[FacilityType] = []
    stack = list(reversed(below.get(None, [])))
    while stack:
        kind = stack.pop()
        out.append(kind)
        stack.extend(reversed(below.get(kind.id, [])))
    return out


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return text as it is compared: plain forms of characters, lower case, no blanks and signs."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _rank(wanted: str, words: Sequence[str], kind: FacilityType) -> tuple[tuple[int, int, int] | None, str]:
    """Tell how well a type answers, smaller is better, and by which of its names; None where it does not."""
    best: tuple[int, int, int] | None = None
    said = ""
    for also, name in enumerate((kind.zh, kind.en, *kind.synonyms, kind.id)):
        grade = _grade(wanted, words, name)
        if grade is None:
            continue
        # Of equal answers the type's own names come first, then the shorter ones.
        rank = (grade, 0 if also < 2 else 1, len(plain(name)))
        if best is None or rank < best:
            best, said = rank, name
    return best, said


def _grade(wanted: str, words: Sequence[str], name: str) -> int | None:
    held = plain(name)
    if held == wanted:
        return 0
    if held.startswith(wanted):
        return 1
    if wanted in held:
        return 2 if any(plain(word).startswith(wanted) for word in re.split(r"[\s\-_/]+", name)) else 3
    if len(words) > 1 and all(word in held for word in words):
        return 4
    # Characters left out: 垃圾发电 for 生活垃圾焚烧发电.  Of letters that would find anything.
    if len(wanted) > 1 and not wanted.isascii() and _in_order(wanted, held):
        return 5
    return None


def _in_order(wanted: str, held: str) -> bool:
    rest = iter(held)
    return all(letter in rest for letter in wanted)


# --------------------------------------------------------------------------------------------------------
# What is asked
# --------------------------------------------------------------------------------------------------------


def asked(
    facility_type: str | None, nature: str | None, books: Iterable[Rulebook], types: FacilityTypes
) -> list[Asked]:
    """Return the attributes that siting clauses of these books ask of a type, those that weigh most first.

    A clause counts when it binds the type (of an unknown type only clauses on all types do) and, where the nature is
    known, the nature.

    Raises
    ------
    InputError
        If the type is unknown.
    """
    found: dict[str, list[tuple[Rulebook, Clause, bool]]] = {}
    for book in books:
        for clause in book.of_kind("siting"):
            if not _binds(clause, facility_type, nature, types):
                continue
            conditions = {test.attribute for test in clause.when}
            for name in clause.attributes():
                found.setdefault(name, []).append((book, clause, name not in conditions))
    out = []
    for name, uses in found.items():
        attribute = types.attributes.get(name)
        if attribute is None:
            continue  # a book of the office's own that asks what no file declares; `rules validate` says so
        uses.sort(key=lambda use: EFFECTS.index(use[1].effect))
        out.append(Asked(
            attribute, uses[0][1].effect, tuple((book, clause) for book, clause, _ in uses),
            all(exception for _, _, exception in uses),
        ))  # fmt: skip
    order = {name: place for place, name in enumerate(types.attributes)}
    return sorted(out, key=lambda one: (EFFECTS.index(one.effect), one.exception, order[one.attribute.id]))


def _binds(clause: Clause, facility_type: str | None, nature: str | None, types: FacilityTypes) -> bool:
    if nature and nature not in (clause.nature or NATURES):
        return False
    if not facility_type:
        return ANY in clause.applies_to
    return types.binds(facility_type, clause.applies_to) is True


def answer(attribute: Attribute, value: object) -> object:
    """Return a stored answer as its attribute holds it, None where it is none: a file may say 是, 1 or "true"."""
    if value is None or value != value or str(value).strip() == "":
        return None
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    if attribute.type == "boolean":
        return {"是": True, "true": True, "yes": True, "1": True, "1.0": True,
                "否": False, "false": False, "no": False, "0": False, "0.0": False}.get(text)  # fmt: skip
    if attribute.type == "number":
        try:
            number = float(text.replace(",", ""))
        except ValueError:
            return None
        return number if abs(number) < 1e300 else None
    if attribute.type == "choice":
        for code, names in attribute.choices.items():
            if text in (code.casefold(), *(str(name).casefold() for name in names.values())):
                return code
        return None
    return str(value).strip()
