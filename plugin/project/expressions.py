"""Expression functions for styles, labels and forms: what the latest results say of a site or a feature.

They run in the threads that draw the map, once for each feature.  So they look up what :mod:`.lookup` has put in place
and do nothing else: no import, no layer, no computation; what is not known, or no longer holds, is NULL.
"""

from __future__ import annotations

from typing import Any

from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionFunction

from ..texts import tr
from . import lookup

GROUP = "EnvZones"
#: The fields by which a feature is known in results, the first that it has counts.
_IDS = ("site_id", "uid")


class _Lookup(QgsExpressionFunction):
    """Base: takes the id of a site or feature, by default that of the current one, and what to narrow it to."""

    NAME = ""

    def __init__(self, parameters: list[tuple[str, bool]], help_text: str) -> None:
        listed = [QgsExpressionFunction.Parameter(name, optional) for name, optional in parameters]
        super().__init__(self.NAME, listed, GROUP, help_text)

    def func(self, values: list[Any], context: QgsExpressionContext, _parent: Any, _node: Any) -> Any:
        """Answer for one feature."""
        given = [None if _null(value) else str(value) for value in values]
        name = given[0] if given and given[0] is not None else _own_id(context)
        return None if name is None else self.find(name, given[1] if len(given) > 1 else None)

    def find(self, name: str, of: str | None) -> Any:
        """Return the answer for an id."""
        raise NotImplementedError

    def handlesNull(self) -> bool:  # noqa: N802 - QGIS's name
        """Take NULL as left out."""
        return True

    def usesGeometry(self, _node: Any) -> bool:  # noqa: N802
        """Geometries are not looked at."""
        return False

    def referencedColumns(self, _node: Any) -> set[str]:  # noqa: N802
        """Ask for the columns that may hold the id."""
        return set(_IDS)

    def isStatic(self, _node: Any, _parent: Any, _context: Any) -> bool:  # noqa: N802
        """Another result gives another answer."""
        return False


class Verdict(_Lookup):
    """``envzones_verdict([site_id])``."""

    NAME = "envzones_verdict"

    def find(self, name: str, of: str | None) -> Any:
        """Return the verdict's value."""
        found = lookup.current().verdicts.get(name)
        return None if found is None else found[0]


class Distance(_Lookup):
    """``envzones_distance([site_id, [clause_id or zone_layer]])``."""

    NAME = "envzones_distance"

    def find(self, name: str, of: str | None) -> Any:
        """Return metres."""
        return lookup.current().distances.get((name, of or ""))


class Chainage(_Lookup):
    """``envzones_chainage([uid, [section_id]])``."""

    NAME = "envzones_chainage"

    def find(self, name: str, of: str | None) -> Any:
        """Return metres, upstream positive."""
        return lookup.current().chainages.get((name, of or ""))


def _null(value: Any) -> bool:
    return value is None or (hasattr(value, "isNull") and value.isNull())


def _own_id(context: QgsExpressionContext) -> str | None:
    if context is None or not context.hasFeature():
        return None
    feature = context.feature()
    fields = feature.fields()
    for name in _IDS:
        index = fields.lookupField(name)
        if index >= 0 and not _null(feature.attribute(index)):
            return str(feature.attribute(index))
    return None


class Expressions:
    """Registers the functions; :meth:`release` takes them away again."""

    def __init__(self) -> None:
        again = tr("NULL where there is no such result, or where the map, the day or the rulebooks have changed since.")
        site = ("site_id", True)
        self._functions = [
            Verdict([site], _help(
                "envzones_verdict([site_id])",
                tr("Returns the verdict of a siting check: 'fail', 'restricted', 'conditional', 'note', 'undecided' or"
                   " 'pass'. Without an argument it is that of the current feature."), again,
                ["envzones_verdict()", "envzones_verdict('C1')"])),
            Distance([site, ("clause_or_layer", True)], _help(
                "envzones_distance([site_id, [clause_or_layer]])",
                tr("Returns the least distance in metres between a checked site and the zones that clauses name; with a"
                   " clause's number or a layer's name, to the zones of that clause or layer."), again,
                ["envzones_distance()", "envzones_distance(site_id, 'drinking_water_zone')"])),
            Chainage([("uid", True), ("section_id", True)], _help(
                "envzones_chainage([uid, [section_id]])",
                tr("Returns how far along the river a feature lies from a section, in metres, upstream positive; from"
                   " the nearest of the sections computed unless one is named."), again,
                ["envzones_chainage()", "envzones_chainage(uid, 'MS-01')"])),
        ]  # fmt: skip
        for function in self._functions:
            QgsExpression.registerFunction(function)

    def release(self) -> None:
        """Take the functions out of QGIS."""
        for function in self._functions:
            QgsExpression.unregisterFunction(function.name())
        self._functions = []
        lookup.clear()


def _help(signature: str, text: str, null: str, examples: list[str]) -> str:
    from html import escape

    listed = "".join(f"<li><code>{escape(one)}</code></li>" for one in examples)
    return f"<h3>{escape(signature)}</h3><p>{escape(text)}</p><p>{escape(null)}</p><ul>{listed}</ul>"
