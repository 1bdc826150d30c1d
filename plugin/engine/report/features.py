"""What the one map knows about the features that a ledger lists: place, town, owner, state of follow-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import text
from .rows import Row, Words, records

_TYPE_SUFFIXES = ("_type", "_kind")


class Features:
    """What the one map knows about the features that a ledger lists.

    Parameters
    ----------
    onemap : OneMap or mapping of str to GeoDataFrame, optional
        Anything with ``.layer(name)`` or a mapping of layer names to frames with a column ``uid``.
    words : Words
    """

    def __init__(self, onemap: Any, words: Words) -> None:
        self._onemap = onemap
        self._words = words
        self._layers: dict[str, dict[str, Row]] = {}
        self._items: dict[tuple[str, str], Row] | None = None
        self._areas: list[tuple[str, str, Any]] | None = None

    def _frame(self, name: str) -> Any:
        if self._onemap is None or not name:
            return None
        return self._onemap.layer(name) if hasattr(self._onemap, "layer") else self._onemap.get(name)

    def feature(self, row: Mapping[str, Any]) -> Row:
        """Return the attributes of the feature a finding is about; empty if the map does not have it."""
        name = str(row.get("site_layer") or "")
        if name not in self._layers:
            self._layers[name] = {str(one.get("uid")): one for one in records(self._frame(name))}
        return self._layers[name].get(str(row.get("site_id")), {})

    def item(self, row: Mapping[str, Any]) -> Row:
        """Return the rectification item of a feature and clause, or the feature's only one."""
        if self._items is None:
            self._items = {}
            for one in records(self._frame("rectification_item")):
                uid = str(one.get("feature_uid") or "")
                self._items[uid, str(one.get("clause") or "")] = one
                self._items.setdefault((uid, ""), one)
        uid = str(row.get("site_id"))
        for clause in (row.get("clause_id"), row.get("clause"), ""):
            found = self._items.get((uid, str(clause or "")))
            if found is not None:
                return found
        return {}

    def place(self, row: Mapping[str, Any]) -> Any:
        """Return the feature's own point (lon, lat), or None.

        The finding's geometry shows the evidence: a shortest line starts at the site, an overlap lies in it.
        """
        if row.get("lon") is not None and row.get("lat") is not None:
            return float(row["lon"]), float(row["lat"])
        shape = self.feature(row).get("geometry") or row.get("geometry")
        if shape is None:
            return None
        if shape.geom_type == "Point":
            return shape.x, shape.y
        if shape.geom_type == "LineString" and row.get("geometry") is shape:
            return shape.coords[0][:2]
        inner = shape.representative_point()
        return inner.x, inner.y

    def areas_at(self, place: Any) -> dict[str, str]:
        """Return the names of county and town at a point, from the layer admin_area."""
        if self._areas is None:
            self._areas = [
                (str(one.get("level")), text.plain(one.get("name")), one["geometry"])
                for one in records(self._frame("admin_area"))
                if one.get("geometry") is not None
            ]
        if place is None or not self._areas:
            return {}
        import shapely

        point = shapely.Point(place)
        return {level: name for level, name, shape in self._areas if shape.covers(point)}

    def kind(self, row: Mapping[str, Any]) -> str:
        """Return the type column: the layer, and the feature's own type where it has one."""
        layer = self._words.layer(row.get("site_layer"))
        for name, value in self.feature(row).items():
            if value is not None and name.endswith(_TYPE_SUFFIXES):
                own = self._words.value(row.get("site_layer"), name, value)
                return f"{layer}({own})" if self._words.lang == "zh" else f"{layer} ({own})"
        return layer

    def state(self, row: Mapping[str, Any]) -> int | None:
        """Return the place in `text.STATES` of the follow-up on record, None where there is none."""
        code = self.item(row).get("status") or row.get("state") or self.feature(row).get("status")
        return text.STATE_OF_CODE.get(str(code)) if code is not None else None
