"""Rulebook files: find them, load them, and refuse what is wrong by file, line and key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..yaml_source import YamlSource
from .model import (
    DIRECTIONS,
    EFFECTS,
    KINDS,
    MARKS,
    MEASURES,
    NATURES,
    OPERATIVE_EFFECTS,
    Basis,
    Clause,
    Combination,
    Document,
    Due,
    Exemption,
    Figure,
    Focus,
    Jurisdiction,
    Length,
    Period,
    Relation,
    Responsible,
    Rulebook,
    Selection,
    Superseded,
    Target,
    Test,
    Where,
)
from .shelf import SHIPPED, available

_LENGTH_UNITS = {"m": 1.0, "km": 1000.0, "米": 1.0, "公里": 1000.0}
_AREA_UNITS = {"m2": 1.0, "m²": 1.0, "ha": 1e4, "mu": 2000.0 / 3.0, "km2": 1e6, "km²": 1e6}
#: Relation -> (keys it needs, keys it may have).  `layer` and `filter` are handled for all.
VOCABULARY: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "inside": (frozenset({"layer"}), frozenset({"filter"})),
    "outside": (frozenset({"layer"}), frozenset({"filter"})),
    "overlap": (frozenset({"layer"}), frozenset({"filter", "min_area", "min_share"})),
    "within": (frozenset({"layer", "distance"}), frozenset({"filter"})),
    "river_section": (frozenset({"layer", "upstream", "downstream", "bank"}), frozenset({"filter"})),
    "upstream_of": (frozenset({"layer", "bank"}), frozenset({"filter", "distance", "direction"})),
    "coverage": (frozenset({"layer"}), frozenset({"filter", "count", "distance", "min_share"})),
    "visible_from": (
        frozenset({"layer", "distance"}),
        frozenset({"filter", "observer_height", "target_height"}),
    ),
    "anywhere": (frozenset(), frozenset()),
}
_LENGTH_KEYS = ("distance", "upstream", "downstream", "bank", "observer_height", "target_height")
#: How a ``coverage`` says what serves a subject: exactly one of these.
_COVERAGE_KEYS = ("count", "distance", "min_share")
_COMBINATIONS = ("all", "any", "none")
_TEST_KEYS = {"min", "max", "in", "not_in", "is"}
_CLAUSE_KEYS = {
    "id", "row", "clause", "zh", "en", "quote", "operative", "kind", "applies_to", "nature", "of", "when",
    "where", "unless", "scope", "focus", "approximate", "effect", "due", "responsible", "note", "figures",
    "paraphrase", "basis", "period",
}  # fmt: skip
_BOOK_KEYS = {"schema", "id", "jurisdiction", "document", "period", "clauses"}
_OPTIONAL_BOOK_KEYS = {"extends"}


class _Reader(YamlSource):
    """A rulebook file: the parts a clause is made of, each checked."""

    def text(self, value: Any, at: tuple[Any, ...]) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.fault(at, f"expected text, found {value!r}; put it in quotes.")
        return value

    def texts(self, value: Any, at: tuple[Any, ...]) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.fault(at, "expected a list such as [a, b].")
        return tuple(self.text(item, (*at, i)) for i, item in enumerate(value))

    def day(self, value: Any, at: tuple[Any, ...]) -> date | None:
        if value is None or (isinstance(value, date) and not hasattr(value, "hour")):
            return value
        raise self.fault(at, f"expected a date such as 2020-12-31, found {value!r}.")

    def quantity(self, value: Any, at: tuple[Any, ...], units: Mapping[str, float]) -> float:
        match = (
            re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(\S+)\s*", value) if isinstance(value, str) else None
        )
        if not match or match[2] not in units:
            raise self.fault(at, f"expected a number with a unit ({', '.join(units)}), found {value!r}.")
        return float(match[1]) * units[match[2]]

    def length(self, value: Any, at: tuple[Any, ...]) -> Length:
        if isinstance(value, dict):
            self.mapping(value, at, {"working", "default", "zh", "en"}, {"working", "default"})
            return Length(
                self.quantity(value["default"], (*at, "default"), _LENGTH_UNITS),
                self.text(value["working"], (*at, "working")),
                self.text(value.get("zh"), (*at, "zh")),
                self.text(value.get("en"), (*at, "en")),
            )
        return Length(self.quantity(value, at, _LENGTH_UNITS))

    def tests(self, value: Any, at: tuple[Any, ...]) -> tuple[Test, ...]:
        if value is None:
            return ()
        if not isinstance(value, dict):
            raise self.fault(at, "expected attribute: {min|max|in|not_in|is: value}.")
        found = []
        for attribute, conditions in value.items():
            here = (*at, attribute)
            self.mapping(conditions, here, _TEST_KEYS)
            if not conditions:
                raise self.fault(here, "give at least one of min, max, in, not_in, is.")
            for key in ("min", "max"):
                if key in conditions and (
                    isinstance(conditions[key], bool) or not isinstance(conditions[key], (int, float))
                ):
                    raise self.fault((*here, key), f"expected a number, found {conditions[key]!r}.")
            for key in ("in", "not_in"):
                if key in conditions and not isinstance(conditions[key], list):
                    raise self.fault((*here, key), "expected a list such as [a, b].")
            if isinstance(conditions.get("is"), (list, dict)) or (
                "is" in conditions and conditions["is"] is None
            ):
                raise self.fault((*here, "is"), "expected one value; use 'in' for several.")
            found.append(
                Test(
                    str(attribute),
                    conditions.get("min"),
                    conditions.get("max"),
                    tuple(conditions["in"]) if "in" in conditions else None,
                    tuple(conditions["not_in"]) if "not_in" in conditions else None,
                    conditions.get("is"),
                )
            )
        return tuple(found)

    def where(self, value: Any, at: tuple[Any, ...]) -> Where:
        if not isinstance(value, dict) or len(value) != 1:
            raise self.fault(at, f"expected exactly one of {', '.join((*VOCABULARY, *_COMBINATIONS))}.")
        ((verb, body),) = value.items()
        here = (*at, verb)
        if verb in _COMBINATIONS:
            if not isinstance(body, list) or not body:
                raise self.fault(here, "expected a list of relations.")
            return Combination(verb, tuple(self.where(item, (*here, i)) for i, item in enumerate(body)))
        if verb not in VOCABULARY:
            raise self.fault(
                here, f"unknown relation; use one of {', '.join((*VOCABULARY, *_COMBINATIONS))}."
            )
        needed, optional = VOCABULARY[verb]
        body = self.mapping(body or {}, here, needed | optional, needed)
        share = body.get("min_share", 0.0)
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise self.fault((*here, "min_share"), f"expected a share between 0 and 1, found {share!r}.")
        if verb == "coverage" and sum(key in body for key in _COVERAGE_KEYS) != 1:
            raise self.fault(here, f"give exactly one of {', '.join(_COVERAGE_KEYS)}.")
        count, direction = body.get("count"), body.get("direction", DIRECTIONS[0])
        if "count" in body and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise self.fault((*here, "count"), f"expected a whole number from 1, found {count!r}.")
        if direction not in DIRECTIONS:
            raise self.fault((*here, "direction"), f"use one of {', '.join(DIRECTIONS)}, not {direction!r}.")
        return Relation(
            verb,
            self.text(body.get("layer"), (*here, "layer")) or None,
            self.tests(body.get("filter"), (*here, "filter")),
            {key: self.length(body[key], (*here, key)) for key in _LENGTH_KEYS if key in body},
            self.quantity(body["min_area"], (*here, "min_area"), _AREA_UNITS) if "min_area" in body else 0.0,
            float(share),
            count,
            direction,
        )

    def selection(self, value: Any, at: tuple[Any, ...], column: bool = False) -> Selection:
        """A set of features: `of` of a figure, or `per`, which may name a column."""
        self.mapping(value, at, {"layer", "filter", "where"} | ({"column"} if column else set()), {"layer"})
        return Selection(
            self.text(value["layer"], (*at, "layer")),
            self.tests(value.get("filter"), (*at, "filter")),
            self.where(value["where"], (*at, "where")) if "where" in value else None,
            self.text(value.get("column"), (*at, "column")),
        )

    def figures(self, value: Any, at: tuple[Any, ...]) -> tuple[Figure, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not value:
            raise self.fault(at, "expected a list of figures.")
        found = tuple(self.figure(item, (*at, i)) for i, item in enumerate(value))
        names = [figure.id for figure in found]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise self.fault((*at, i, "id"), f"figure id '{name}' is used twice in this clause.")
        return found

    def figure(self, value: Any, at: tuple[Any, ...]) -> Figure:
        keys = {
            "id", "zh", "en", "measure", "of", "having", "column", "per", "since", "group", "unit", "targets",
        }  # fmt: skip
        self.mapping(value, at, keys, {"id", "zh", "en", "measure", "of"})
        if "unit" not in value:  # an empty text is a unit: that of a plain quotient
            raise self.fault(at, "'unit' is missing; add it, '' for a plain number.")
        measure = value["measure"]
        if measure not in MEASURES:
            raise self.fault((*at, "measure"), f"unknown measure {measure!r}; use {', '.join(MEASURES)}.")
        needed = {
            "share": ("having",), "sum": ("column",), "mean": ("column",), "max": ("column",), "min": ("column",),
            "ratio": ("column", "per"), "area_share": ("per",), "area_change": ("since",),
        }  # fmt: skip
        for key in needed.get(measure, ()):
            if key not in value:
                raise self.fault((*at, key), f"a figure of measure {measure} needs '{key}'.")
        of = self.selection(value["of"], (*at, "of"))
        per = None
        if "per" in value:
            # A ratio of two columns of the same features need not name them again.
            body = value["per"]
            if isinstance(body, dict) and "layer" not in body and measure == "ratio":
                self.mapping(body, (*at, "per"), {"column"}, {"column"})
                per = Selection(of.layer, of.filter, of.where, self.text(body["column"], (*at, "per", "column")))
            else:
                per = self.selection(body, (*at, "per"), column=measure == "ratio")
            if measure == "ratio" and not per.column:
                raise self.fault((*at, "per", "column"), "a ratio needs the column to divide by.")
        targets = []
        for i, item in enumerate(value.get("targets") or []):
            here = (*at, "targets", i)
            self.mapping(item, here, {"by", "words", "min", "max"})
            for key in ("min", "max"):
                if key in item and (isinstance(item[key], bool) or not isinstance(item[key], (int, float))):
                    raise self.fault((*here, key), f"expected a number, found {item[key]!r}.")
            if not {"min", "max"} & set(item):
                raise self.fault(here, "give min or max.")
            targets.append(
                Target(
                    self.day(item.get("by"), (*here, "by")),
                    self.text(item.get("words"), (*here, "words")),
                    item.get("min"),
                    item.get("max"),
                )
            )
        return Figure(
            self.text(value["id"], (*at, "id")),
            self.text(value["zh"], (*at, "zh")),
            self.text(value["en"], (*at, "en")),
            measure,
            of,
            self.tests(value.get("having"), (*at, "having")),
            self.text(value.get("column"), (*at, "column")),
            per,
            self.day(value.get("since"), (*at, "since")),
            self.text(value.get("group"), (*at, "group")),
            self.text(value["unit"], (*at, "unit")),
            tuple(targets),
        )

    def basis(self, value: Any, at: tuple[Any, ...]) -> Basis | None:
        if value is None:
            return None
        self.mapping(value, at, {"zh", "en", "article", "mark"}, {"zh", "en", "mark"})
        if value["mark"] not in MARKS:
            raise self.fault((*at, "mark"), f"use one of {', '.join(MARKS)}, not {value['mark']!r}.")
        return Basis(*(self.text(value.get(key), (*at, key)) for key in ("zh", "en", "article", "mark")))

    def period(self, value: Any, at: tuple[Any, ...]) -> Period:
        self.mapping(value, at, {"from", "to"})
        return Period(self.day(value.get("from"), (*at, "from")), self.day(value.get("to"), (*at, "to")))

    def dues(self, value: Any, at: tuple[Any, ...]) -> tuple[Due, ...]:
        if value is None:
            return ()
        items = (
            [(item, (*at, i)) for i, item in enumerate(value)] if isinstance(value, list) else [(value, at)]
        )
        found = []
        for item, here in items:
            self.mapping(item, here, {"words", "date"}, {"words"})
            found.append(
                Due(self.text(item["words"], (*here, "words")), self.day(item.get("date"), (*here, "date")))
            )
        return tuple(found)

    def clause(self, value: Any, at: tuple[Any, ...]) -> Clause:
        self.mapping(value, at, _CLAUSE_KEYS, {"id", "clause", "zh", "en", "kind", "effect"})
        if ("quote" in value) == ("paraphrase" in value):
            raise self.fault(at, "give either 'quote' (the words themselves) or 'paraphrase'.")
        words = "quote" if "quote" in value else "paraphrase"
        kind, effect = value["kind"], value["effect"]
        if kind not in KINDS:
            raise self.fault((*at, "kind"), f"unknown kind {kind!r}; use one of {', '.join(KINDS)}.")
        if effect not in EFFECTS:
            raise self.fault((*at, "effect"), f"unknown effect {effect!r}; use one of {', '.join(EFFECTS)}.")
        quote, operative = (
            self.text(value[words], (*at, words)),
            self.text(value.get("operative"), (*at, "operative")),
        )
        if operative and operative not in quote:
            said = "quotation" if words == "quote" else words
            raise self.fault(
                (*at, "operative"), f"'{operative}' does not stand in the {said}; quote it to the letter."
            )
        if effect in OPERATIVE_EFFECTS and not operative:
            raise self.fault(
                (*at, "effect"),
                f"'{effect}' needs an operative phrase (禁止/不得/关停…) inside the quotation; without one use attend.",
            )
        nature = self.texts(value.get("nature"), (*at, "nature"))
        applies_to = self.texts(value.get("applies_to"), (*at, "applies_to"))
        of = self.texts(value.get("of"), (*at, "of"))
        for word in nature:
            if word not in NATURES:
                raise self.fault((*at, "nature"), f"unknown nature {word!r}; use {', '.join(NATURES)}.")
        if kind == "siting" and not (nature and applies_to):
            raise self.fault(
                at, "a siting clause needs 'applies_to' and 'nature' (new, rebuild, expand, existing)."
            )
        if kind == "inventory" and not of:
            raise self.fault(at, "an inventory clause needs 'of': the layers that it lists.")
        if kind == "coverage" and not of:
            raise self.fault(at, "a coverage clause needs 'of': the layers whose features must be served.")
        if kind in ("siting", "inventory", "coverage") and "where" not in value:
            raise self.fault(
                at, f"a clause of kind {kind} needs 'where'; for the whole city use anywhere: {{}}."
            )
        if (kind == "indicator") != ("figures" in value):
            raise self.fault(at, "an indicator clause, and no other, needs 'figures'.")
        scope = self.mapping(value.get("scope") or {}, (*at, "scope"), {"words"})
        note = self.mapping(value.get("note") or {}, (*at, "note"), {"zh", "en"})
        focus = None
        if value.get("focus"):
            body = self.mapping(value["focus"], (*at, "focus"), {"words", "where"}, {"words"})
            tree = self.where(body["where"], (*at, "focus", "where")) if "where" in body else None
            focus = Focus(self.text(body["words"], (*at, "focus", "words")), tree)
        exemptions = []
        for i, item in enumerate(value.get("unless") or []):
            here = (*at, "unless", i)
            self.mapping(item, here, {"words", "when"}, {"words"})
            exemptions.append(
                Exemption(
                    self.text(item["words"], (*here, "words")), self.tests(item.get("when"), (*here, "when"))
                )
            )
        approximate = self.mapping(value.get("approximate") or {}, (*at, "approximate"), set(_LENGTH_KEYS))
        blur = {
            key: self.quantity(v, (*at, "approximate", key), _LENGTH_UNITS) for key, v in approximate.items()
        }
        where = _approximated(self.where(value["where"], (*at, "where")), blur) if "where" in value else None
        if kind == "coverage" and not any(one.verb == "coverage" for one in _relations(where)):
            raise self.fault((*at, "where"), "a coverage clause needs a 'coverage' relation.")
        who = self.mapping(value.get("responsible") or {}, (*at, "responsible"), {"lead", "support", "local"})
        return Clause(
            id=self.text(value["id"], (*at, "id")),
            row=self.text(value.get("row", value["id"]), (*at, "row")),
            clause=self.text(value["clause"], (*at, "clause")),
            zh=self.text(value["zh"], (*at, "zh")),
            en=self.text(value["en"], (*at, "en")),
            quote=quote,
            kind=kind,
            effect=effect,
            operative=operative,
            applies_to=applies_to,
            nature=nature,
            of=of,
            when=self.tests(value.get("when"), (*at, "when")),
            where=where,
            unless=tuple(exemptions),
            scope=self.text(scope.get("words"), (*at, "scope", "words")),
            focus=focus,
            approximate=blur,
            due=self.dues(value.get("due"), (*at, "due")),
            responsible=Responsible(
                self.text(who.get("lead"), (*at, "responsible", "lead")),
                self.texts(who.get("support"), (*at, "responsible", "support")),
                self.texts(who.get("local"), (*at, "responsible", "local")),
            ),
            figures=self.figures(value.get("figures"), (*at, "figures")),
            basis=self.basis(value.get("basis"), (*at, "basis")),
            period=self.period(value["period"], (*at, "period")) if "period" in value else None,
            verbatim=words == "quote",
            note_zh=self.text(note.get("zh"), (*at, "note", "zh")),
            note_en=self.text(note.get("en"), (*at, "note", "en")),
            line=self.line(at),
        )


def _approximated(where: Where, blur: Mapping[str, float]) -> Where:
    """Tell each relation of a clause which of its lengths the document calls approximate."""
    if isinstance(where, Combination):
        return Combination(where.verb, tuple(_approximated(branch, blur) for branch in where.of))
    return replace(where, approximate={key: metres for key, metres in blur.items() if key in where.lengths})


def _relations(where: Where | None) -> list[Relation]:
    if isinstance(where, Combination):
        return [one for branch in where.of for one in _relations(branch)]
    return [where] if where else []


def load_book(path: str | Path) -> Rulebook:
    """Load one rulebook.

    Raises
    ------
    InputError
        Naming file, line and key, if the file cannot be read or breaks a rule of the format: an unknown key,
        a distance without a unit, an operative phrase that is not in the quotation, two clauses of one id.
    """
    path = Path(path)
    read = _Reader(path, "Rulebook")
    data = read.data
    read.mapping(data, (), _BOOK_KEYS | _OPTIONAL_BOOK_KEYS, _BOOK_KEYS - {"schema"})
    if data.get("schema", 1) != 1:
        raise read.fault(("schema",), f"format {data['schema']!r} is unknown; this version reads format 1.")
    area = read.mapping(data["jurisdiction"], ("jurisdiction",), {"code", "zh", "en"}, {"code", "zh", "en"})
    paper = read.mapping(
        data["document"], ("document",), {"number", "zh", "en", "issued", "issuer", "superseded"}, {"zh", "en"}
    )
    superseded = None
    if "superseded" in paper:
        at = ("document", "superseded")
        body = read.mapping(paper["superseded"], at, {"by", "from"}, {"by", "from"})
        superseded = Superseded(read.text(body["by"], (*at, "by")), read.day(body["from"], (*at, "from")))
    if not isinstance(data["clauses"], list):
        raise read.fault(("clauses",), "expected a list of clauses.")
    clauses = tuple(read.clause(item, ("clauses", i)) for i, item in enumerate(data["clauses"]))
    seen: set[str] = set()
    for i, clause in enumerate(clauses):
        if clause.id in seen:
            raise read.fault(
                ("clauses", i, "id"), f"clause id '{clause.id}' is used twice; give each rule its own."
            )
        seen.add(clause.id)
    return Rulebook(
        id=read.text(data["id"], ("id",)),
        jurisdiction=Jurisdiction(
            *(read.text(area[key], ("jurisdiction", key)) for key in ("code", "zh", "en"))
        ),
        document=Document(
            read.text(paper.get("number"), ("document", "number")),
            read.text(paper["zh"], ("document", "zh")),
            read.text(paper["en"], ("document", "en")),
            read.day(paper.get("issued"), ("document", "issued")),
            superseded,
        ),
        period=read.period(data["period"], ("period",)),
        clauses=clauses,
        path=str(path),
        extends=read.text(data.get("extends"), ("extends",)),
    )


def load_books(ids: Iterable[str], user_dir: str | Path | None = None) -> list[Rulebook]:
    """Load rulebooks by id, or by path where the id names an existing ``.yaml`` file; each once.

    A book that ``extends`` another has all rules of that one, its own taking the place of those with the same id.

    Raises
    ------
    InputError
        For an id that is not there, with the ids that are; for books that extend each other in a circle.
    """
    books = available(user_dir)
    loaded: dict[str, Rulebook] = {}
    for name in ids:
        path = Path(name) if name.endswith((".yaml", ".yml")) else books.get(name)
        if path is None or not path.is_file():
            raise InputError(f"Rulebook '{name}' does not exist; there are: {', '.join(books) or 'none'}.")
        book = _extended(load_book(path), books, ())
        loaded.setdefault(book.id, book)
    return list(loaded.values())


def _extended(book: Rulebook, books: Mapping[str, Path], seen: tuple[str, ...]) -> Rulebook:
    if not book.extends:
        return book
    if book.path in seen:
        raise InputError(f"{Path(book.path).name}: the books extend each other in a circle; break it.")
    # A book may extend the shipped one of its own id: a user's corrections to it.
    own = book.extends == book.id
    base_path = SHIPPED / f"{book.extends}.yaml" if own else books.get(book.extends)
    if base_path is None or not base_path.is_file():
        raise InputError(
            f"{Path(book.path).name}: it extends '{book.extends}', which does not exist; there are: {', '.join(books)}."
        )
    base = _extended(load_book(base_path), books, (*seen, book.path))
    mine = {clause.id: clause for clause in book.clauses}
    kept = [mine.pop(clause.id, clause) for clause in base.clauses]
    return replace(book, clauses=(*kept, *mine.values()))
