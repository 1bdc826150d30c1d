"""What a rulebook is made of.  Plain immutable data: nothing here reads a file or a geometry.

A clause is declarative.  Its conditions are mappings of ``min/max/in/not_in/is`` and a tree of geometry
relations; no expression is ever evaluated, so a rulebook from a stranger is safe to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Union

KINDS = ("siting", "inventory", "coverage", "indicator", "register")
NATURES = ("new", "rebuild", "expand", "existing")
#: Effects from the gravest to the mildest, and the verdict each leads to.
EFFECTS = ("prohibit", "close", "restrict", "rectify", "require", "attend", "encourage")
OPERATIVE_EFFECTS = ("prohibit", "restrict", "close")
VERDICTS = ("fail", "restricted", "conditional", "note", "pass")
VERDICT_OF_EFFECT = {
    "prohibit": "fail",
    "close": "fail",
    "restrict": "restricted",
    "require": "conditional",
    "rectify": "conditional",
    "attend": "note",
    "encourage": "note",
}


@dataclass(frozen=True)
class Test:
    """One test of one attribute, e.g. ``capacity_tph: {max: 35}``.  All conditions given must hold."""

    attribute: str
    minimum: float | None = None
    maximum: float | None = None
    among: tuple[Any, ...] | None = None
    not_among: tuple[Any, ...] | None = None
    equals: Any = None


@dataclass(frozen=True)
class Length:
    """A distance in metres and whose number it is.

    Attributes
    ----------
    metres : float
    working : str or None
        Name of the office's working distance; None when the document states the number.
    zh, en : str
        What a working distance is about, for the question and the report.
    """

    metres: float
    working: str | None = None
    zh: str = ""
    en: str = ""

    def resolve(self, working: Mapping[str, float]) -> float:
        """Return the metres that hold, the office's own where it has set them."""
        return float(working.get(self.working, self.metres)) if self.working else self.metres


@dataclass(frozen=True)
class Relation:
    """One geometry test against one layer.

    Attributes
    ----------
    verb : str
        A name of the vocabulary (``inside``, ``outside``, ``overlap``, ``within``, ``river_section``,
        ``anywhere``).
    layer : str or None
    filter : tuple of Test
        On the zone's attributes.
    lengths : mapping of str to Length
        ``distance`` or ``upstream``/``downstream``/``bank``.
    min_area_m2, min_share : float
        For ``overlap``.
    approximate : mapping of str to float
        Metres by which a length of the document is approximate (左右), by the length's key.
    """

    verb: str
    layer: str | None = None
    filter: tuple[Test, ...] = ()
    lengths: Mapping[str, Length] = field(default_factory=dict)
    min_area_m2: float = 0.0
    min_share: float = 0.0
    approximate: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Combination:
    """``all``, ``any`` or ``none`` of several relations."""

    verb: str
    of: tuple[Where, ...]


Where = Union[Relation, Combination]


@dataclass(frozen=True)
class Exemption:
    """An exception that the document itself makes (原则上, 除…外, 确需保留)."""

    words: str
    when: tuple[Test, ...] = ()


@dataclass(frozen=True)
class Due:
    """A deadline: the document's words, and the ISO date where the words give one."""

    words: str
    date: date | None = None


@dataclass(frozen=True)
class Responsible:
    """Who answers for the clause, verbatim."""

    lead: str = ""
    support: tuple[str, ...] = ()
    local: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "、".join(part for part in (self.lead, *self.support, *self.local) if part)


@dataclass(frozen=True)
class Focus:
    """What comes first inside the scope (重点); missing it never makes a clause clear."""

    words: str
    where: Where | None = None


@dataclass(frozen=True)
class Clause:
    """One rule of a plan document."""

    id: str
    row: str
    clause: str
    zh: str
    en: str
    quote: str
    kind: str
    effect: str
    operative: str = ""
    applies_to: tuple[str, ...] = ()
    nature: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    when: tuple[Test, ...] = ()
    where: Where | None = None
    unless: tuple[Exemption, ...] = ()
    scope: str = ""
    focus: Focus | None = None
    approximate: Mapping[str, float] = field(default_factory=dict)
    due: tuple[Due, ...] = ()
    responsible: Responsible = Responsible()
    note_zh: str = ""
    note_en: str = ""
    line: int = 0

    @property
    def deadline(self) -> date | None:
        """The last date the clause names: when all of it must be done."""
        dates = [due.date for due in self.due if due.date]
        return max(dates) if dates else None

    @property
    def deadline_words(self) -> str:
        """The deadlines in the document's own words."""
        return ";".join(due.words for due in self.due)

    def attributes(self) -> set[str]:
        """Return the subject's attributes that this clause asks for."""
        tests = [*self.when, *(test for exemption in self.unless for test in exemption.when)]
        return {test.attribute for test in tests}

    def relations(self) -> list[Relation]:
        """Return every relation of `where` and `focus`, flattened."""
        found: list[Relation] = []
        stack: list[Where] = [tree for tree in (self.where, self.focus and self.focus.where) if tree]
        while stack:
            tree = stack.pop()
            if isinstance(tree, Combination):
                stack.extend(tree.of)
            else:
                found.append(tree)
        return found

    def layers(self) -> set[str]:
        """Return the layers of the one map that this clause looks at."""
        return {r.layer for r in self.relations() if r.layer} | set(self.of)


@dataclass(frozen=True)
class Jurisdiction:
    """The area a book binds: administrative code and names."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Document:
    """The plan document a book encodes."""

    number: str
    zh: str
    en: str
    issued: date | None = None


@dataclass(frozen=True)
class Period:
    """The days on which a document is in force, both included; None is open."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether `day` lies in the period."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Rulebook:
    """All encoded clauses of one document."""

    id: str
    jurisdiction: Jurisdiction
    document: Document
    period: Period
    clauses: tuple[Clause, ...]
    path: str = ""

    def of_kind(self, *kinds: str) -> list[Clause]:
        """Return the clauses of the kinds named, in the document's order."""
        return [clause for clause in self.clauses if clause.kind in kinds]
