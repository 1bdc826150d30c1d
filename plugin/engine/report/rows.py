"""What a finding says, row by row, shared by the ledger and the report.

The writers take frames as the engine makes them; here they become plain dictionaries in which an unknown
value is None, and sentences in the reader's language.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from . import text

Row = dict[str, Any]
_IDENTIFIER = re.compile(r"(?<![A-Za-z0-9_])[a-z][a-z0-9_]{2,}(?![A-Za-z0-9_])")
_FIGURE = re.compile(r"\d[\d,.]*")
#: From the first to be read to the last.
_STATUS_ORDER = {"hit": 0, "not_assessed": 1, "clear": 2, "not_applicable": 3}
_EFFECT_ORDER = {name: i for i, name in enumerate(text.EFFECT)}


def _split(reasons: Any) -> list[str]:
    """Return the single reasons of a joined text."""
    return [part.strip() for part in re.split("[;；]", text.plain(reasons)) if part.strip()]


def records(frame: Any) -> list[Row]:
    """Return a frame's rows as dictionaries: unknown cells are None, the geometry is under ``geometry``.

    Accepts None (no row), a DataFrame, a GeoDataFrame or a list of dictionaries.
    """
    if frame is None:
        return []
    if not hasattr(frame, "columns"):
        return [dict(row) for row in frame]
    if not len(frame):
        return []
    import pandas as pd

    shapes = None
    name = getattr(frame, "_geometry_column_name", None)
    if name is not None and name in frame.columns:
        shapes = list(frame[name])
        frame = frame.drop(columns=[name])
    table = pd.DataFrame(frame).astype(object)
    table = table.where(table.notna(), None)
    rows: list[Row] = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    if shapes is not None:
        for row, shape in zip(rows, shapes):
            row["geometry"] = None if shape is None or shape.is_empty else shape
    return rows


def truth(row: Mapping[str, Any], key: str) -> bool:
    """Return a boolean column's value, False where it is unknown or missing."""
    value = row.get(key)
    return value is not None and bool(value)


@dataclass
class Words:
    """Names for the codes in a result: layers, clauses, documents, facility types.

    Attributes
    ----------
    lang : str
    books : list
        Rulebooks; anything with ``id``, ``document`` and ``period``.
    as_of : date
    """

    lang: str
    as_of: date
    books: list[Any] = field(default_factory=list)
    _catalog: Any = None
    _types: Any = None
    _fields: dict[str, str] | None = None
    _clauses: dict[tuple[str, str], Any] | None = None

    def zh_en(self, zh: str, en: str) -> str:
        """Return the text of the language in use."""
        return zh if self.lang == "zh" else en

    @property
    def catalog(self) -> Any:
        """The layer catalog, read when first asked for."""
        if self._catalog is None:
            from ..catalog import load_catalog

            self._catalog = load_catalog()
        return self._catalog

    def layer(self, name: Any) -> str:
        """Return a layer's title, several of them for a list separated by commas or bars."""
        if not name:
            return ""
        parts = [part.strip() for part in str(name).replace("|", ",").split(",") if part.strip()]
        titles = [self.catalog[part].title(self.lang) if part in self.catalog else part for part in parts]
        return self.zh_en("、", ", ").join(titles)

    def department(self, row: Mapping[str, Any]) -> str:
        """Return who keeps the layer that a finding could not be assessed for."""
        if row.get("department"):
            return text.plain(row["department"])
        layer = row.get("zone_layer")
        if layer and layer in self.catalog:
            return self.catalog[layer].department
        return self.applicant

    @property
    def applicant(self) -> str:
        """Who is asked for facts about the project itself."""
        return self.zh_en("申请单位(补充项目资料)", "The applicant (facts about the project)")

    def questions(self, row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Return whom to ask for what and why: (department, layer, reason), one or two of them."""
        zh = self.lang == "zh"
        parts = [_split(row.get(name)) for name in (("why", "question") if zh else ("why_en", "question_en"))]
        own = parts[1]
        rest = [part for part in parts[0] if part not in own]
        joint = self.zh_en("；", "; ")
        asked = []
        if rest or not own:
            asked.append(
                (
                    self.department(row),
                    self.layer(row.get("zone_layer")),
                    self.told(joint.join(rest)) if rest else self.why(row),
                )
            )
        if own:
            asked.append((self.applicant, "", self.told(joint.join(own))))
        return asked

    def value(self, layer: Any, name: str, code: Any) -> str:
        """Return what a user reads for a value of a layer's field."""
        if code is None:
            return ""
        if layer in self.catalog and name in self.catalog[layer].field_names:
            from ..catalog import label

            return label(self.catalog[layer].field(name), code, self.lang)
        return text.plain(code)

    def facility(self, code: Any) -> str:
        """Return a facility type's title."""
        if not code:
            return ""
        types = self._facilities().types
        return getattr(types[code], self.lang) if code in types else str(code)

    def book(self, book_id: Any) -> Any:
        """Return the rulebook of this id, or None."""
        return next((book for book in self.books if book.id == book_id), None)

    def document(self, book_id: Any) -> str:
        """Return the number of a book's document, else its title, else the id."""
        book = self.book(book_id)
        if book is None:
            return text.plain(book_id)
        title = (
            book.document.zh if self.lang == "zh" else getattr(book.document, "en", "") or book.document.zh
        )
        return getattr(book.document, "number", "") or title

    def quoted(self, row: Mapping[str, Any]) -> str:
        """Return the rule's words: in quotation marks where they are the document's own, else named a summary."""
        quote = text.plain(row.get("quote"))
        if not quote:
            return self.clause_title(row)
        return self.zh_en(f"摘要:{quote}", f"Summary: {quote}") if row.get("verbatim") is False else f"“{quote}”"

    def in_force(self, book: Any) -> bool:
        """Tell whether a book binds on the check's date."""
        return book.state(None, self.as_of) == "in_force"

    def clause(self, row: Mapping[str, Any]) -> Any:
        """Return the clause that a finding stems from, or None."""
        if self._clauses is None:
            self._clauses = {
                (book.id, clause.id): clause for book in self.books for clause in getattr(book, "clauses", ())
            }
        return self._clauses.get((row.get("rulebook"), row.get("clause_id")))

    def clause_title(self, row: Mapping[str, Any]) -> str:
        """Return a clause's short title."""
        clause = self.clause(row)
        if self.lang == "en" and clause is not None and clause.en:
            return clause.en
        return text.plain(
            row.get("clause_zh") or (clause.zh if clause is not None else "") or row.get("clause_id")
        )

    def basis(self, row: Mapping[str, Any]) -> str:
        """Return the basis of a finding: document number and clause, or the statute and its article."""
        if row.get("basis"):
            return text.plain(row["basis"])
        where = text.plain(row.get("clause"))
        document = self.document(row.get("rulebook"))
        return " ".join(part for part in (document, where) if part)

    def why(self, row: Mapping[str, Any]) -> str:
        """Return the reason given with a finding."""
        first, second = ("why", "why_en") if self.lang == "zh" else ("why_en", "why")
        return self.told(row.get(first) or row.get(second))

    def told(self, said: Any) -> str:
        """Return a sentence of the engine's with the names of attributes and layers in place of their ids."""
        said = text.plain(said)
        # In an English sentence an id without an underscore is an ordinary word.
        said = _IDENTIFIER.sub(
            lambda match: (
                self._attribute(match.group(0))
                if self.lang == "zh" or "_" in match.group(0)
                else match.group(0)
            ),
            said,
        )
        return text.prose(said) if self.lang == "zh" else said

    def _attribute(self, name: str) -> str:
        known = self._facilities().attributes
        if name in known:
            return getattr(known[name], self.lang)
        if name in self.catalog:
            return self.catalog[name].title(self.lang)
        if self._fields is None:
            # A field that several layers have is called the same, or nearly, in all of them.
            every = (one for spec in self.catalog.values() for one in spec.fields)
            self._fields = {one.name: one.title(self.lang, unit=False) for one in every}
        return self._fields.get(name, name)

    def _facilities(self) -> Any:
        if self._types is None:
            from ..facilities import load_facility_types

            self._types = load_facility_types()
        return self._types


def conformity(row: Mapping[str, Any], words: Words) -> str:
    """Return the third column of the siting table (符合性)."""
    status, lang = row.get("status"), words.lang
    if status == "not_applicable":
        answer = words.zh_en("不适用", "Not applicable")
    elif status == "clear":
        answer = words.zh_en("符合(未涉及)", "Conforms (not concerned)")
    elif status == "hit" and not truth(row, "tentative"):
        answer = text.word(text.CONFORMITY, row.get("effect"), lang) or text.word(text.STATUS, "hit", lang)
    else:
        answer = words.zh_en("待核实", "To be verified")
    if truth(row, "reference"):
        answer = words.zh_en("参考：", "Reference: ") + answer
    return answer


def situation(row: Mapping[str, Any], words: Words) -> str:
    """Return the second column of the siting table (本项目情况): where the site lies, in one or two sentences."""
    zh = words.lang == "zh"
    zone = zone_name(row, words)
    status, relation = row.get("status"), str(row.get("relation") or "")
    gap, limit = row.get("distance_m"), row.get("threshold_m")
    parts: list[str] = []
    if status in ("not_assessed", "not_applicable"):
        said = (words.why(row) or text.word(text.STATUS, status, words.lang)).rstrip("。.")
        if (
            status == "not_assessed"
            and row.get("zone_name")
            and gap is not None
            and math.isfinite(float(gap))
        ):
            # What is known is said, so that the reader sees how much hangs on the answer.
            size = text.separation(gap, limit, words.lang)
            said += f"；已知最近的{zone}距{size}" if zh else f"; the nearest known is {zone}, {size} away"
        return said
    if relation == "river_section" and (
        row.get("section_id") is not None or row.get("chainage_m") is not None
    ):
        parts.append(_along_river(row, words))
    elif gap is not None and float(gap) > 0:
        toward = text.compass(row.get("bearing_deg"), words.lang)
        size = text.separation(gap, limit, words.lang)
        if zh:
            parts.append(f"距{zone or '最近要素'}{size}" + (f"({toward}方向)" if toward else ""))
        else:
            parts.append(
                f"{size} from {zone or 'the nearest feature'}" + (f" (to the {toward})" if toward else "")
            )
    elif relation == "outside" and status == "hit":
        parts.append(f"不在{zone or '划定范围'}内" if zh else f"Outside {zone or 'the area'}")
    elif relation == "anywhere":
        parts.append("条款适用于全行政区" if zh else "The clause holds in the whole jurisdiction")
    elif status == "hit":
        parts.append(f"位于{zone or '管控范围'}内" if zh else f"Inside {zone or 'the zone'}")
    elif zone:
        parts.append(f"不涉及{zone}" if zh else f"Not concerned by {zone}")
    else:
        parts.append("管控范围内无此要素" if zh else "No such zone here")
    if limit is not None and relation != "river_section":
        owner = text.word(text.OWNER, row.get("threshold_owner"), words.lang)
        size = text.distance(limit, words.lang)
        parts.append(f"控制距离{size}" + (f"({owner})" if owner else "") if zh
                     else f"threshold {size}" + (f" ({owner.lower()})" if owner else ""))  # fmt: skip
    if row.get("overlap_m2") is not None and float(row["overlap_m2"]) > 0:
        extent = text.area(row["overlap_m2"], words.lang)
        part = text.share(row.get("overlap_share"))
        parts.append(f"重叠{extent}" + (f",占用地{part}" if part else "") if zh
                     else f"overlap {extent}" + (f", {part} of the site" if part else ""))  # fmt: skip
    if truth(row, "near_boundary") and not words.why(row):
        parts.append("距边界在定位精度以内" if zh else "within positional accuracy of the boundary")
    if words.why(row):
        parts.append(words.why(row).rstrip("。."))
    return ("；" if zh else "; ").join(parts)


def zone_name(row: Mapping[str, Any], words: Words) -> str:
    """Return a zone as layer and name: 饮用水水源保护区“小浪底”."""
    layer, name = words.layer(row.get("zone_layer")), text.plain(row.get("zone_name"))
    if not name or name == layer:
        return layer
    return f"{layer}“{name}”" if words.lang == "zh" else (f"{layer} “{name}”" if layer else f"“{name}”")


def _along_river(row: Mapping[str, Any], words: Words) -> str:
    section = text.plain(row.get("zone_name") or row.get("section_id"))
    place = text.chainage(row.get("chainage_m"), row.get("direction"), words.lang)
    bank = text.word(text.BANK, row.get("bank"), words.lang)
    offset = row.get("offset_m")
    away = text.separation(offset, row.get("threshold_m"), words.lang) if offset is not None else ""
    if words.lang == "zh":
        words_in = [f"断面“{section}”{place}", bank, f"距岸{away}" if away and float(offset or 0) > 0 else ""]
        return "，".join(part for part in words_in if part)
    parts = [f"Section “{section}”, {place}", bank.lower(), f"{away} from the bank" if away else ""]
    return ", ".join(part for part in parts if part)


def sorted_findings(rows: Iterable[Row], sites: Mapping[Any, int] | None = None) -> list[Row]:
    """Sort findings for reading: by site, gravest first, then what is to be verified, then the clear ones."""

    def key(row: Row) -> tuple[Any, ...]:
        status = _STATUS_ORDER.get(row.get("status") or "", 9)
        if status == 0 and truth(row, "tentative"):
            status = 1
        return (
            (sites or {}).get(row.get("site_id"), 1 << 30),
            str(row.get("site_id") or ""),
            truth(row, "reference"),
            status,
            _EFFECT_ORDER.get(row.get("effect") or "", 99),
            str(row.get("rulebook") or ""),
            str(row.get("clause_id") or ""),
            _number(row.get("distance_m")),
            str(row.get("zone_id") or ""),
        )

    return sorted(rows, key=key)


def sorted_ledger(rows: Iterable[Row]) -> list[Row]:
    """Sort rows of a ledger by standing, overdue first."""
    return sorted(
        rows,
        key=lambda row: (
            standing(row),
            not truth(row, "overdue"),
            str(row.get("section_id") or row.get("zone_name") or ""),
            str(row.get("site_layer") or ""),
            -_number(row.get("chainage_m"), 0.0),
            _number(row.get("distance_m")),
            str(row.get("site_id") or ""),
        ),
    )


def one_per_feature(rows: Iterable[Row], words: Words) -> list[Row]:
    """Return one row per feature: its nearest evidence, with the other zones it touches named in ``also``.

    A ledger counts problems; a boiler within reach of two plants is one boiler.
    """
    found: dict[tuple[Any, Any], list[Row]] = {}
    for row in rows:
        found.setdefault((row.get("site_layer"), row.get("site_id")), []).append(row)
    kept = []
    for group in found.values():
        best = min(
            group, key=lambda row: (standing(row), _number(row.get("distance_m")), str(row.get("zone_id")))
        )
        others = sorted({zone_name(row, words) for row in group} - {zone_name(best, words), ""})
        kept.append({**best, "also": others})
    return kept


def standing(row: Mapping[str, Any]) -> int:
    """Return 0 inside, 1 to be verified, 2 in the approximate band, 3 outside the jurisdiction."""
    if truth(row, "outside_jurisdiction"):
        return 3
    if row.get("band") == "approximate":
        return 2
    return 1 if truth(row, "tentative") or row.get("status") == "not_assessed" else 0


def standing_words(row: Mapping[str, Any], words: Words) -> str:
    """Return the title of a row's standing."""
    return standings(words)[standing(row)]


def standings(words: Words) -> tuple[str, ...]:
    """Return the titles of all standings."""
    return (
        words.zh_en("范围内", "Inside"),
        words.zh_en("待核实", "To be verified"),
        words.zh_en("左右带(现场核定)", "Approximate band (settle on site)"),
        words.zh_en("界外(函告)", "Outside the jurisdiction (notify)"),
    )


def _number(value: Any, default: float = 1e18) -> float:
    return default if value is None else float(value)


@dataclass
class Inquiry:
    """One line of the letter of inquiry: what one department is asked for."""

    department: str
    layer: str
    why: str
    clauses: list[str]
    sites: list[str]


def inquiries(rows: Iterable[Row], words: Words) -> list[Inquiry]:
    """Group what could not be assessed by the department that can answer it, then by layer and reason."""
    found: dict[tuple[str, str, str], Inquiry] = {}
    told: dict[tuple[str, str, str], set[str]] = {}
    for row in rows:
        if row.get("status") != "not_assessed":
            continue
        for department, layer, why in words.questions(row):
            # Reasons that differ in their metres alone are one question to one department.
            key = (department, layer, _FIGURE.sub("0", why))
            line = found.setdefault(key, Inquiry(department, layer, why, clauses=[], sites=[]))
            told.setdefault(key, set()).add(why)
            for values, value in (
                (
                    line.clauses,
                    " ".join(p for p in (text.plain(row.get("clause")), words.clause_title(row)) if p),
                ),
                (line.sites, text.plain(row.get("site_name") or row.get("site_id"))),
            ):
                if value and value not in values:
                    values.append(value)
    for key, reasons in told.items():
        if len(reasons) > 1:
            found[key].why += words.zh_en(f"(等{len(reasons)}处)", f" (and {len(reasons) - 1} alike)")
    return [found[key] for key in sorted(found)]


def working_distances(
    rows: Iterable[Row], words: Words, working: Mapping[str, float] | None = None
) -> list[tuple[str, str, str]]:
    """Return the office's own distances behind `rows`: what each is about, how far, and for which clauses.

    `working` are the distances that the check used, by name.  For a name that it lacks the threshold that a
    finding of the clause states holds, then the clause's proposal.
    """
    found: dict[tuple[str, float], list[str]] = {}
    for clause_rows in by_clause(row for row in rows if row.get("status") != "not_applicable").values():
        first = clause_rows[0]
        clause, basis = words.clause(first), words.basis(first)
        stated = {
            row.get("zone_layer"): float(row["threshold_m"])
            for row in clause_rows
            if row.get("threshold_owner") == "working" and row.get("threshold_m") is not None
        }
        own = [
            (relation.layer, length)
            for relation in (clause.relations() if clause is not None else ())
            for length in relation.lengths.values()
            if length.working
        ]
        for layer, length in own:
            metres = (working or {}).get(length.working, stated.get(layer, length.metres))
            title = (length.zh if words.lang == "zh" else length.en) or length.working
            _append(found, (title, float(metres)), basis)
        if not own:
            for layer, metres in stated.items():
                _append(found, (words.layer(layer) or words.clause_title(first), metres), basis)
    joint = words.zh_en("；", "; ")
    return [
        (title, text.distance(metres, words.lang), joint.join(sorted(of)))
        for (title, metres), of in sorted(found.items())
    ]


def distinct_issues(frames: Iterable[Any]) -> list[Row]:
    """Return the issues of several results, gravest first, each once: verbs that share a step repeat them."""
    rank = {"error": 0, "warning": 1, "info": 2}
    found: dict[tuple[Any, ...], Row] = {}
    for frame in frames:
        for row in records(frame):
            shape = row.get("geometry")
            told = tuple(row.get(name) for name in ("severity", "code", "section_id", "site_id", "plant_id"))
            key = (*told, row.get("message_zh"), row.get("message_en"),
                shape.wkb if shape is not None else None)
            found.setdefault(key, row)
    return sorted(found.values(),
        key=lambda row: (rank.get(str(row.get("severity")), 3), str(row.get("code"))))


def distinct_marks(*lists: Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """Return the fingerprints of several results, each layer's once."""
    found: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for marks in lists:
        for mark in marks or ():
            found.setdefault((mark.get("layer"), mark.get("sha256")), mark)
    return list(found.values())


def _append(found: dict[tuple[str, float], list[str]], key: tuple[str, float], value: str) -> None:
    values = found.setdefault(key, [])
    if value and value not in values:
        values.append(value)


def by_clause(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Group findings by rulebook and clause, in the order in which they come."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((str(row.get("rulebook") or ""), str(row.get("clause_id") or "")), []).append(row)
    return groups
