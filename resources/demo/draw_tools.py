"""Tools to draw demonstration layers: metres, shapes, places, and a record of features that checks itself.

Everything random comes from generators seeded by name, so that a change to one layer leaves the others alone.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry import mapping
from shapely.geometry.polygon import orient

from envzones.plugin.engine.catalog import Catalog
from envzones.plugin.engine.geodesy import LocalFrame

FRAME = LocalFrame(112.4)
SEED = 419001
NOTE = "示意:为演示绘制,不代表实际"
SOURCE = "EnvZones 演示数据(示意)"
#: How the departments sign their papers, for document numbers of the demonstration.
SIGNS = {
    "市环境保护局": "济环", "市水利局": "济水", "市住房和城乡建设局": "济建", "市国土资源局": "济国土",
    "市农牧局": "济农", "市发展和改革委员会": "济发改", "市工业和信息化委员会": "济工信",
    "市交通运输局": "济交", "市林业局": "济林", "市民政局": "济民", "市城乡规划局": "济规",
    "市食品药品监督管理局": "济食药监", "市安全生产监督管理局": "济安监",
}  # fmt: skip
WORDS = (
    "隆昌", "永泰", "瑞丰", "广源", "盛和", "顺达", "同兴", "宏盛", "佳和", "德润", "丰源", "昌盛",
    "兴达", "百川", "恒业", "金辉", "安顺", "东升", "裕民", "鸿运", "天合", "信达", "利民", "福源",
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林"


def rng(name: str) -> np.random.Generator:
    """Return the random generator of one layer or theme."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def metres(shape: Any) -> Any:
    """Bring a lon/lat geometry, or a list of lon/lat pairs, to metres about 112.4°E."""
    return FRAME.forward(LineString(shape) if isinstance(shape, (list, np.ndarray)) else shape, densify=False)


def degrees(shape: Any) -> Any:
    """Bring a geometry in metres back to lon/lat."""
    return FRAME.inverse(shape)


def spot(lon: float, lat: float) -> Any:
    """Return a place as a Point in metres."""
    return metres(Point(lon, lat))


def smooth(points: Sequence[Sequence[float]], rounds: int = 3, closed: bool = False) -> np.ndarray:
    """Round a polyline's corners by Chaikin's cutting; the ends of an open one stay."""
    curve = np.asarray(points, dtype=float)
    for _ in range(rounds):
        after = np.roll(curve, -1, axis=0) if closed else curve[1:]
        before = curve if closed else curve[:-1]
        cut = np.empty((2 * len(before), 2))
        cut[0::2], cut[1::2] = 0.75 * before + 0.25 * after, 0.25 * before + 0.75 * after
        curve = cut if closed else np.vstack([curve[:1], cut, curve[-1:]])
    return curve


def stream(points: Sequence[Sequence[float]], name: str, sway: float = 0.09) -> LineString:
    """Draw a bending stream through lon/lat places; its two ends stay exactly where they are given."""
    curve, dice = np.asarray(points, dtype=float), rng(name)
    for _ in range(3):
        step = curve[1:] - curve[:-1]
        middle = (curve[1:] + curve[:-1]) / 2 + np.column_stack([-step[:, 1], step[:, 0]]) * dice.uniform(
            -sway, sway, (len(step), 1)
        )
        bent = np.empty((len(curve) + len(middle), 2))
        bent[0::2], bent[1::2] = curve, middle
        curve = bent
    return LineString(np.round(smooth(curve, 1), 7))


def ring(points: Sequence[Sequence[float]]) -> Polygon:
    """Draw a rounded polygon through lon/lat corners."""
    return Polygon(smooth(points, 2, closed=True))


def blob(lon: float, lat: float, rx: float, ry: float, name: str, turn: float = 0.0, n: int = 30) -> Polygon:
    """Draw a soft irregular polygon about a lon/lat place, `rx` by `ry` metres from its middle."""
    dice, angle = rng(f"blob {name}"), np.linspace(0, 2 * np.pi, n, endpoint=False)
    r = np.ones(n)
    for k in (2, 3, 5):
        r += dice.uniform(0.02, 0.16 / k**0.5) * np.sin(k * angle + dice.uniform(0, 2 * np.pi))
    x, y = rx * r * np.cos(angle), ry * r * np.sin(angle)
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    middle = shapely.get_coordinates(spot(lon, lat))[0]
    return degrees(Polygon(np.column_stack([x * cos - y * sin, x * sin + y * cos]) + middle))


def plot(lon: float, lat: float, width: float, depth: float, turn: float = 8.0) -> Polygon:
    """Draw a rectangular parcel of land about a lon/lat place, sides in metres."""
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, depth / 2]
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    turned = half @ np.array([[cos, sin], [-sin, cos]])
    return degrees(Polygon(turned + shapely.get_coordinates(spot(lon, lat))[0]))


def along(line: Any, distance: float, left: float = 0.0) -> Point:
    """Return the lon/lat place `distance` metres down a line in metres and `left` metres to its left."""
    a, b = shapely.get_coordinates(shapely.line_interpolate_point(line, [distance - 15, distance + 15]))
    ux, uy = (b - a) / np.hypot(*(b - a))
    x, y = shapely.get_coordinates(shapely.line_interpolate_point(line, distance))[0]
    return degrees(Point(x - uy * left, y + ux * left))


def where(line: Any, lon: float, lat: float) -> float:
    """Return how far down a line in metres a lon/lat place lies."""
    return float(shapely.line_locate_point(line, spot(lon, lat)))


def tidy(shape: Any, tolerance: float) -> Any:
    """Simplify a polygon, each ring begun at one place: where GEOS begins one differs with its version."""
    return shapely.simplify(shapely.normalize(shape), tolerance)


def only(shape: Any) -> Any:
    """Return the largest polygon of a geometry: cutting with a border can leave crumbs."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return max(parts, key=shapely.area)


class Places:
    """Random places in areas, away from what is already there and from each other (all in metres)."""

    def __init__(self, name: str, apart: float, avoid: Sequence[Any] = ()) -> None:
        self.dice, self.apart = rng(f"places {name}"), apart
        self.avoid = shapely.union_all(list(avoid)) if len(avoid) else Point()
        shapely.prepare(self.avoid)
        self.taken: list[tuple[float, float]] = []

    def take(self, area: Any, inset: float = 0.0) -> Point:
        """Return the next place inside `area` as a lon/lat Point."""
        area = area.buffer(-inset) if inset else area
        low_x, low_y, high_x, high_y = area.bounds
        apart = self.apart
        for attempt in range(4000):
            x, y = self.dice.uniform(low_x, high_x), self.dice.uniform(low_y, high_y)
            place = Point(x, y)
            # A crowded area lets places stand closer rather than none at all.
            apart = self.apart * (1.0 if attempt < 2000 else 0.5)
            if not area.contains(place) or self.avoid.intersects(place):
                continue
            if any(np.hypot(x - u, y - v) < apart for u, v in self.taken):
                continue
            self.taken.append((x, y))
            return degrees(place)
        raise SystemExit("no free place left in an area; make it larger or the spacing smaller")


class Names:
    """Names of people and firms, and dates, one stream per layer."""

    def __init__(self, name: str) -> None:
        self.dice, self.order = rng(f"names {name}"), rng(f"order {name}").permutation(len(WORDS))
        self.count = 0
        self.used: set[str] = set()

    def word(self) -> str:
        """Return the next word for a firm's name; words come back only after all have been used."""
        self.count += 1
        return WORDS[self.order[(self.count - 1) % len(WORDS)]]

    def fresh(self, what: str) -> str:
        """Return the next word with `what` behind it that this stream has not given yet, while there is one."""
        name = f"{self.word()}{what}"
        for _ in WORDS:
            if name not in self.used:
                break
            name = f"{self.word()}{what}"
        self.used.add(name)
        return name

    def firm(self, trade: str) -> str:
        """Return the full name of a made-up firm."""
        return f"济源市{self.fresh(trade)}有限公司(示意)"

    def person(self) -> str:
        """Return an anonymous person."""
        return f"{SURNAMES[int(self.dice.integers(len(SURNAMES)))]}某(示意)"

    def day(self, first: str, last: str) -> str:
        """Return a random day between two ISO dates."""
        low, high = date.fromisoformat(first), date.fromisoformat(last)
        return (low + timedelta(days=int(self.dice.integers((high - low).days + 1)))).isoformat()

    def number(self, low: float, high: float, digits: int = 1) -> float:
        """Return a random number with so many digits."""
        return round(float(self.dice.uniform(low, high)), digits)

    def whole(self, low: int, high: int) -> int:
        """Return a random whole number."""
        return int(self.dice.integers(low, high + 1))

    def pick(self, options: Sequence[Any], weights: Sequence[float] | None = None) -> Any:
        """Return one of the options."""
        p = None if weights is None else np.asarray(weights, dtype=float) / sum(weights)
        return options[int(self.dice.choice(len(options), p=p))]


def geojson(shape: Any) -> dict[str, Any]:
    """Return a geometry as GeoJSON (RFC 7946), 7 decimals (1 cm), rings in one order on every GEOS."""
    if shape.geom_type in ("Point", "LineString"):  # a river keeps its direction
        made = shapely.transform(shape, lambda c: np.round(c, 7) + 0.0)
    else:
        made = shapely.set_precision(shape, 1e-7)
    if not made.is_valid or made.is_empty:
        raise SystemExit(f"an invalid shape was drawn: {shapely.is_valid_reason(made)}")
    if made.geom_type in ("Point", "LineString"):
        return {"type": made.geom_type, "coordinates": _lists(mapping(made)["coordinates"])}
    parts = sorted(_rings(part) for part in shapely.get_parts(made))
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _rings(part: Any) -> list[list[list[float]]]:
    part = orient(part)  # shells counter-clockwise, holes clockwise
    shell, *holes = [_ring(r) for r in (part.exterior, *part.interiors)]
    return [shell, *sorted(holes)]


def _ring(line: Any) -> list[list[float]]:
    places = [[round(x, 7) + 0.0, round(y, 7) + 0.0] for x, y in line.coords[:-1]]
    first = places.index(min(places))
    return [*places[first:], *places[:first], places[first]]


def _lists(value: Any) -> Any:
    return float(value) if isinstance(value, (float, int)) else [_lists(one) for one in value]


class Record:
    """The features drawn so far, by layer; refuses attributes unknown, not in the domain, or given to some alone."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.layers: dict[str, list[dict[str, Any]]] = {}
        self.prefixes: dict[str, str] = {}

    def __getitem__(self, layer: str) -> list[dict[str, Any]]:
        return self.layers.get(layer, [])

    def _uid(self, layer: str) -> str:
        if layer not in self.prefixes:
            initials = "".join(word[0] for word in layer.split("_")).upper()
            if len(initials) == 1 or initials in self.prefixes.values():
                initials = "".join(word[:2] for word in layer.split("_")).upper()
            if initials in self.prefixes.values():
                raise SystemExit(f"layer {layer} needs an identifier prefix of its own")
            self.prefixes[layer] = initials
        return f"{self.prefixes[layer]}-{len(self[layer]) + 1:03d}"

    def add(self, layer: str, shape: Any, name: str, **given: Any) -> str:
        """Add a feature and return its uid; a field of the layer is given to all its features or to none."""
        spec = self.catalog[layer]
        number = len(self[layer]) + 1
        paper = zlib.crc32(layer.encode()) % 40 + 1
        signed = date(2018, 1, 8) + timedelta(days=zlib.crc32(layer.encode()) % 60 + number // 12)
        base = {
            "uid": self._uid(layer), "name": name,
            "document_no": f"{SIGNS.get(spec.department, '济')}示意〔2018〕{paper}号",
            "document_date": signed.isoformat(), "valid_from": (signed + timedelta(days=20)).isoformat(),
            "valid_to": None, "life_state": "delineated", "accuracy_m": 5.0, "provenance": "illustrative",
            "source": SOURCE, "remark": NOTE,
        }  # fmt: skip
        values: dict[str, Any] = {}
        for field in spec.fields:
            if field.name not in given and field.name not in base:
                continue
            value = given.get(field.name, base.get(field.name))
            if field.domain and value is not None and value not in field.domain:
                raise SystemExit(f"{layer} '{name}': {value!r} is no value of {field.name}")
            values[field.name] = value
        if left := sorted(set(given) - set(values)):
            raise SystemExit(f"{layer}: no fields {left}")
        if self[layer] and set(values) != set(self[layer][0]["properties"]):
            odd = set(values) ^ set(self[layer][0]["properties"])
            raise SystemExit(f"{layer} '{name}': {', '.join(sorted(odd))} is given to some features only")
        feature = {"type": "Feature", "geometry": geojson(shape), "properties": values}
        self.layers.setdefault(layer, []).append(feature)
        return str(values["uid"])

    def shapes(self, *layers: str) -> Iterator[Any]:
        """Yield the geometries of layers in metres."""
        for layer in layers:
            for feature in self[layer]:
                yield metres(shapely.from_geojson(json.dumps(feature["geometry"])))


def write(folder: Path, name: str, features: Sequence[Mapping[str, Any]]) -> None:
    """Write one GeoJSON file, a feature per line."""
    body = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ": ")) for f in features)
    text = f'{{"type": "FeatureCollection", "name": "{name}", "features": [\n{body}\n]}}\n'
    (folder / f"{name}.geojson").write_bytes(text.encode("utf-8"))
