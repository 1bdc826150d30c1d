"""What a layer file may ask of its rows besides the type and range of each field.

Each rule stands in the file's ``checks`` as one key with its settings::

    checks:
      - not_after: [built_on, closed_on]        # the first is never more than the second
      - requires: {when: {status: [closed]}, fields: [closed_on, closed_by]}
      - unique: [problem_no]                    # together, among the rows in force
      - overlap: {same: [source_code, level], tolerance: 1}   # no two rows of a group overlap by more (m2)
      - neighbours: {same: [level], width: 2}   # no gap between neighbours narrower than this (m)
      - nested: {field: level, order: [primary, secondary, quasi], by: source_code}
      - inside: {layer: admin_area, filter: {level: city}, severity: warning}

They are evaluated by :mod:`.quality`; the form shows as a constraint what QGIS can check row by row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .catalog import FieldSpec, LayerSpec
    from .yaml_source import YamlSource

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Requires:
    """Where the fields of `when` have one of the values given, `fields` must be filled."""

    when: Mapping[str, tuple[str, ...]]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Unique:
    """No two rows have the same values in all `fields`."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class Overlap:
    """No two rows in force with equal values in `same` overlap by more than `tolerance` m2."""

    same: tuple[str, ...] = ()
    tolerance: float = 1.0


@dataclass(frozen=True)
class Neighbours:
    """Between rows with equal values in `same` there is no gap narrower than `width` m."""

    same: tuple[str, ...] = ()
    width: float = 2.0


@dataclass(frozen=True)
class Nested:
    """Per value of `by`, rows of a level of `field` lie within those of the next level of `order`."""

    field: str
    order: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Inside:
    """Rows lie within the features of `layer` that meet `filter`."""

    layer: str
    filter: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "warning"


@dataclass(frozen=True)
class Link:
    """A field's value is one that stands in another layer's field."""

    layer: str
    field: str


@dataclass(frozen=True)
class Group:
    """A tab of the attribute form: its title and its fields in order."""

    zh: str
    en: str
    fields: tuple[str, ...]

    def title(self, lang: str = "zh") -> str:
        """Return the tab's title in `lang`."""
        return getattr(self, lang)


Rule = Any
KINDS = ("not_after", "requires", "unique", "overlap", "neighbours", "nested", "inside")


class RuleReader:
    """Reads rules, groups and links of one layer file; each fault names file, line and key."""

    def __init__(self, file: YamlSource, fields: Mapping[str, FieldSpec]) -> None:
        self._file = file
        self._fields = fields

    def rule(self, value: Any, at: tuple[Any, ...]) -> Rule | tuple[str, str]:
        """Read one item of ``checks``; a `not_after` comes back as the pair of its fields."""
        self._file.mapping(value, at, frozenset(KINDS))
        if len(value) != 1:
            raise self._file.fault(at, f"expected one of {', '.join(KINDS)}")
        kind, told = next(iter(value.items()))
        return getattr(self, f"_{kind}")(told, (*at, kind))

    def _not_after(self, value: Any, at: tuple[Any, ...]) -> tuple[str, str]:
        if not isinstance(value, list) or len(value) != 2:
            raise self._file.fault(at, "expected two fields such as [built_on, closed_on]")
        pair = self._names(value, at)
        types = {"number" if self._fields[n].type in ("integer", "real") else self._fields[n].type for n in pair}
        if len(types) != 1 or types - {"number", "date"}:
            raise self._file.fault(at, "expected two dates or two numbers")
        return pair[0], pair[1]

    def _requires(self, value: Any, at: tuple[Any, ...]) -> Requires:
        self._file.mapping(value, at, frozenset({"when", "fields"}))
        here = (*at, "when")
        when: dict[str, tuple[str, ...]] = {}
        for name, codes in self._file.mapping(value.get("when"), here).items():
            self._names([name], here)
            domain = self._fields[name].domain
            if not isinstance(codes, list) or not codes or not domain or not set(codes) <= set(domain):
                raise self._file.fault((*here, name), "expected a list of codes of the field's domain")
            when[name] = tuple(codes)
        return Requires(when, self._names(value.get("fields"), (*at, "fields")))

    def _unique(self, value: Any, at: tuple[Any, ...]) -> Unique:
        return Unique(self._names(value, at))

    def _overlap(self, value: Any, at: tuple[Any, ...]) -> Overlap:
        self._file.mapping(value, at, frozenset({"same", "tolerance"}))
        return Overlap(self._same(value, at), self._positive(value.get("tolerance", 1.0), (*at, "tolerance")))

    def _neighbours(self, value: Any, at: tuple[Any, ...]) -> Neighbours:
        self._file.mapping(value, at, frozenset({"same", "width"}))
        return Neighbours(self._same(value, at), self._positive(value.get("width", 2.0), (*at, "width")))

    def _nested(self, value: Any, at: tuple[Any, ...]) -> Nested:
        self._file.mapping(value, at, frozenset({"field", "order", "by"}))
        (name,) = self._names([value.get("field")], (*at, "field"))
        (by,) = self._names([value.get("by")], (*at, "by"))
        order, domain = value.get("order"), self._fields[name].domain or {}
        if not isinstance(order, list) or len(order) < 2 or not set(order) <= set(domain):
            raise self._file.fault((*at, "order"), f"expected two or more codes of {name}, the innermost first")
        return Nested(name, tuple(order), by)

    def _inside(self, value: Any, at: tuple[Any, ...]) -> Inside:
        self._file.mapping(value, at, frozenset({"layer", "filter", "severity"}))
        severity = value.get("severity", "warning")
        if severity not in SEVERITIES:
            raise self._file.fault((*at, "severity"), f"expected one of {', '.join(SEVERITIES)}")
        tests = value.get("filter", {})
        self._file.mapping(tests, (*at, "filter"))
        return Inside(self._text(value.get("layer"), (*at, "layer")), dict(tests), severity)

    def groups(self, value: Any, at: tuple[Any, ...]) -> tuple[Group, ...]:
        """Read the tabs of the form; a field stands in one of them at most."""
        if not isinstance(value, list):
            raise self._file.fault(at, "expected a list of groups")
        found: list[Group] = []
        taken: set[str] = set()
        for number, one in enumerate(value):
            here = (*at, number)
            self._file.mapping(one, here, frozenset({"zh", "en", "fields"}))
            names = self._names(one.get("fields"), (*here, "fields"))
            if taken & set(names) or len(set(names)) < len(names):
                raise self._file.fault((*here, "fields"), "a field stands in two groups; leave it in one")
            taken |= set(names)
            titles = [self._text(one.get(lang), (*here, lang)) for lang in ("zh", "en")]
            found.append(Group(*titles, names))
        return tuple(found)

    def links(self, value: Any, at: tuple[Any, ...]) -> dict[str, Link]:
        """Read which fields point to which fields of other layers."""
        found = {}
        for name, target in self._file.mapping(value, at).items():
            here = (*at, name)
            self._names([name], here)
            self._file.mapping(target, here, frozenset({"layer", "field"}))
            layer, other = (self._text(target.get(key), (*here, key)) for key in ("layer", "field"))
            found[name] = Link(layer, other)
        return found

    def _same(self, value: Mapping[str, Any], at: tuple[Any, ...]) -> tuple[str, ...]:
        return self._names(value.get("same"), (*at, "same")) if value.get("same") else ()

    def _names(self, value: Any, at: tuple[Any, ...]) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            raise self._file.fault(at, "expected a list of fields")
        for name in value:
            if name not in self._fields:
                raise self._file.fault(at, f"the layer has no field '{name}'; name one that it has")
        return tuple(value)

    def _positive(self, value: Any, at: tuple[Any, ...]) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise self._file.fault(at, f"expected a number above 0, found {value!r}")
        return float(value)

    def _text(self, value: Any, at: tuple[Any, ...]) -> str:
        if not isinstance(value, str) or not value:
            raise self._file.fault(at, f"expected a text, found {value!r}")
        return value


def check_targets(layers: Mapping[str, LayerSpec]) -> list[tuple[str, tuple[str, ...], str]]:
    """Return what links and rules name that no layer has: (layer, key path, what is wrong)."""
    faults = []
    for name, spec in layers.items():
        for own, link in spec.links.items():
            if link.layer not in layers:
                faults.append((name, ("links", own), f"there is no layer '{link.layer}'"))
            elif link.field not in layers[link.layer].field_names:
                faults.append((name, ("links", own), f"layer {link.layer} has no field '{link.field}'"))
        for rule in spec.rules:
            if not isinstance(rule, Inside):
                continue
            if rule.layer not in layers:
                faults.append((name, ("checks",), f"there is no layer '{rule.layer}'"))
            else:
                strange = [key for key in rule.filter if key not in layers[rule.layer].field_names]
                faults += [(name, ("checks",), f"layer {rule.layer} has no field '{key}'") for key in strange]
    return faults
