"""What the one map knows about the features that a ledger lists: place, town, owner, state of follow-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import text
from .rows import Row, Words, records

_TYPE_SUFFIXES = ("_type", "_kind")
_LEVELS = ("level", "grade", "class", "target_class")


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
        self._areas: _Areas | None = None

    def _frame(self, name: str) -> Any:
        if self._onemap is None or not name:
            return None
        return self._onemap.layer(name) if hasattr(self._onemap, "layer") else self._onemap.get(name)

    def feature(self, row: Mapping[str, Any]) -> Row:
        """Return the attributes of the feature a finding is about; empty if the map does not have it."""
        return self._uids(str(row.get("site_layer") or "")).get(str(row.get("site_id")), {})

    def _uids(self, layer: str) -> dict[str, Row]:
        if layer not in self._layers:
            self._layers[layer] = {str(one.get("uid")): one for one in records(self._frame(layer))}
        return self._layers[layer]

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
        return self._admin().at(place)

    def area_names(self, *levels: str) -> tuple[str, ...]:
        """Return the names of the administrative areas of some levels, each once."""
        return self._admin().names(levels)

    def _admin(self) -> _Areas:
        if self._areas is None:
            self._areas = _Areas(records(self._frame("admin_area")))
        return self._areas

    def zone(self, row: Mapping[str, Any]) -> Row:
        """Return the attributes of the zone that a finding names."""
        return self._uids(str(row.get("zone_layer") or "")).get(str(row.get("zone_id")), {})

    def level(self, row: Mapping[str, Any]) -> str:
        """Return the level (级别) of the zone, else of the feature; empty where neither has one."""
        for layer, feature in ((row.get("zone_layer"), self.zone(row)), (row.get("site_layer"), self.feature(row))):
            for name in _LEVELS:
                if feature.get(name) is not None:
                    return self._words.value(layer, name, feature[name])
        return ""

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


class _Areas:
    """The administrative areas of the map, by place; the same place is looked up once."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = [
            (str(one.get("level")), text.plain(one.get("name")), one["geometry"])
            for one in rows
            if one.get("geometry") is not None
        ]
        self._tree: Any = None
        self._known: dict[tuple[float, float], dict[str, str]] = {}

    def names(self, levels: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for level, name, _ in self._rows if level in levels and name))

    def at(self, place: Any) -> dict[str, str]:
        if place is None or not self._rows:
            return {}
        key = (float(place[0]), float(place[1]))
        if key not in self._known:
            import shapely

            if self._tree is None:
                shapes = [shape for _, _, shape in self._rows]
                shapely.prepare(shapes)
                self._tree = shapely.STRtree(shapes)
            point = shapely.Point(key)
            near = sorted(self._tree.query(point).tolist())
            self._known[key] = {
                self._rows[i][0]: self._rows[i][1] for i in near if shapely.covers(self._rows[i][2], point)
            }
        return self._known[key]
