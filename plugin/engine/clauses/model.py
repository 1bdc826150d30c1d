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
#: Whether a book or a rule binds on a day, in zh and en.
STATES = {
    "in_force": ("有效", "in force"),
    "not_yet": ("尚未施行", "not yet in force"),
    "expired": ("已到期", "expired"),
    "superseded": ("已被替代", "superseded"),
}
MEASURES = (
    "count", "share", "sum", "mean", "max", "min", "ratio", "length", "area", "area_share", "area_change",
)  # fmt: skip
DIRECTIONS = ("upstream", "downstream", "both")
MARKS = ("V-LAW", "V-GOV", "V-2ND", "V-CODE", "MEM")
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
        ``upstream_of``, ``coverage``, ``visible_from``, ``anywhere``).
    layer : str or None
    filter : tuple of Test
        On the zone's attributes.
    lengths : mapping of str to Length
        ``distance``, ``upstream``/``downstream``/``bank``, ``observer_height``/``target_height``.
    min_area_m2, min_share : float
        For ``overlap``; `min_share` for ``coverage`` by areas too.
    count : int or None
        For ``coverage``: how many providers a subject needs.
    direction : str
        For ``upstream_of``: ``upstream``, ``downstream`` or ``both``.
    approximate : mapping of str to float
        Metres by which a length of the document is approximate (左右), by the length's key.
    """

    verb: str
    layer: str | None = None
    filter: tuple[Test, ...] = ()
    lengths: Mapping[str, Length] = field(default_factory=dict)
    min_area_m2: float = 0.0
    min_share: float = 0.0
    count: int | None = None
    direction: str = "upstream"
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
class Selection:
    """The features of a layer that a figure counts.

    Attributes
    ----------
    layer : str
    filter : tuple of Test
        On the features' attributes.
    where : Relation or Combination, optional
        Where they lie.
    column : str
        The number that is summed; for `per` of a ratio.
    """

    layer: str
    filter: tuple[Test, ...] = ()
    where: Where | None = None
    column: str = ""


@dataclass(frozen=True)
class Target:
    """What a figure must reach (`minimum`) or not exceed (`maximum`), inclusive, and by which day."""

    by: date | None = None
    words: str = ""
    minimum: float | None = None
    maximum: float | None = None

    def met(self, value: float) -> bool:
        """Tell whether `value` meets the target."""
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )


@dataclass(frozen=True)
class Figure:
    """One figure of an indicator clause: what is measured, of which features, in which unit, against what.

    Attributes
    ----------
    measure : str
        One of :data:`MEASURES`.
    of : Selection
        The features measured; of a share the denominator.
    having : tuple of Test
        What the counted ones have; of a share the numerator.
    column : str
        The number that is summed, averaged or divided.
    per : Selection or None
        The denominator of a ratio (`column`) or of an area share.
    since : date or None
        The earlier day of an ``area_change``.
    group : str
        A column: one figure per value of it, each of which must meet the target.
    """

    id: str
    zh: str
    en: str
    measure: str
    of: Selection
    having: tuple[Test, ...] = ()
    column: str = ""
    per: Selection | None = None
    since: date | None = None
    group: str = ""
    unit: str = ""
    targets: tuple[Target, ...] = ()

    def target(self, day: date) -> Target | None:
        """Return the target that counts on `day`: the next to come, or the last once all days are past."""
        ordered = sorted(self.targets, key=lambda one: one.by or date.max)
        return next((one for one in ordered if one.by is None or one.by >= day), ordered[-1] if ordered else None)

    def selections(self) -> tuple[Selection, ...]:
        """Return `of` and, where there is one, `per`."""
        return (self.of,) if self.per is None else (self.of, self.per)


@dataclass(frozen=True)
class Basis:
    """The statute a rule of law rests on: its title, the article, and how well the wording is known.

    `mark` is V-LAW (statute text), V-GOV (government notice), V-2ND (secondary source), V-CODE (what software
    does) or MEM (from memory, to be verified: 待核实).
    """

    zh: str
    en: str
    article: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Clause:
    """One rule of a plan document.

    `quote` is the document's own words, or, where `verbatim` is false, a statement of the rule in other words
    (摘要) that must never be printed as a quotation.
    """

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
    figures: tuple[Figure, ...] = ()
    basis: Basis | None = None
    period: Period | None = None
    verbatim: bool = True
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
        """Return every relation of `where`, `focus` and the figures, flattened."""
        found: list[Relation] = []
        trees = [self.where, self.focus and self.focus.where]
        trees += [one.where for figure in self.figures for one in figure.selections()]
        stack: list[Where] = [tree for tree in trees if tree]
        while stack:
            tree = stack.pop()
            if isinstance(tree, Combination):
                stack.extend(tree.of)
            else:
                found.append(tree)
        return found

    def layers(self) -> set[str]:
        """Return the layers of the one map that this clause looks at."""
        figured = {one.layer for figure in self.figures for one in figure.selections()}
        return {r.layer for r in self.relations() if r.layer} | set(self.of) | figured


@dataclass(frozen=True)
class Jurisdiction:
    """The area a book binds: administrative code and names."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Superseded:
    """What took a document's place, in words, and from which day."""

    by: str
    start: date


@dataclass(frozen=True)
class Document:
    """The plan document a book encodes; `number` is empty where the document does not print it."""

    number: str
    zh: str
    en: str
    issued: date | None = None
    superseded: Superseded | None = None


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
    extends: str = ""

    def state(self, clause: Clause | None, day: date) -> str:
        """Return what the book, or one rule of it, is on `day`: a key of :data:`STATES`."""
        superseded = self.document.superseded
        if superseded is not None and superseded.start <= day:
            return "superseded"
        for period in (self.period, clause.period if clause else None):
            if period is not None and not period.holds(day):
                return "not_yet" if period.start is not None and day < period.start else "expired"
        return "in_force"

    def of_kind(self, *kinds: str) -> list[Clause]:
        """Return the clauses of the kinds named, in the document's order."""
        return [clause for clause in self.clauses if clause.kind in kinds]
