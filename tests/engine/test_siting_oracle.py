"""Whole answers for 10,000 random sites twice over, against oracles that share nothing with the engine.

Points against points are measured by PostGIS; lines and polygons by ``pyproj.Geod`` on edges with a point every
100 m.  Half of the sites are put within centimetres of where an answer turns.  An answer may differ only where the
oracle lies within a millimetre of it.
"""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine import siting
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import load_book
from envzones.plugin.engine.facilities import FacilityType, FacilityTypes
from envzones.plugin.engine.findings import verdict
from envzones.plugin.engine.onemap import OneMap

from .postgres import Database
from .siting_world import (
    area,
    box,
    clipped,
    crossing,
    densified,
    feet,
    forward,
    grid,
    inverse,
    on_edge,
    star,
    winding,
    within_ring,
)  # fmt: skip

COUNT = 10_000
MM = 0.001
EVERYWHERE = shapely.box(110, 32, 118, 39)
TYPES = FacilityTypes({"plant": FacilityType("plant", "工厂", "Plant")}, {})
HEAD = """
id: oracle
jurisdiction: {code: "410000", zh: 河南省, en: Henan}
document: {number: 测〔2018〕1号, zh: 测试, en: Test}
period: {from: 2018-01-01}
clauses:
"""
CLAUSE = """
  - {{id: {id}, clause: {id}, zh: 测试, en: Test, quote: 禁止限制, operative: {operative}, kind: siting,
     applies_to: [plant], nature: [new], effect: {effect}, where: {where}}}
"""
OPERATIVE = {"prohibit": "禁止", "restrict": "限制"}


def book(folder, rules):
    """A rulebook of {id: (effect, where)}."""
    text = HEAD + "".join(
        CLAUSE.format(id=name, effect=effect, where=where, operative=OPERATIVE.get(effect, "''"))
        for name, (effect, where) in rules.items()
    )
    path = folder / "oracle.yaml"
    path.write_text(text, encoding="utf-8")
    return load_book(path)


def frame(geometry, **columns):
    return gpd.GeoDataFrame({"uid": [f"z{n}" for n in range(len(geometry))], **columns}, geometry=geometry, crs=4490)


def checked(folder, sites, layers, rules):
    """Run the check; return its findings, its verdicts and the status of each site under each rule."""
    coverage = gpd.GeoDataFrame(
        {"layer": list(layers), "complete_as_of": "2018-01-01", "valid_until": "2030-01-01"},
        geometry=[EVERYWHERE] * len(layers), crs=4490,
    )  # fmt: skip
    the_map = OneMap.from_frames(layers, coverage, catalog=load_catalog())
    rows = gpd.GeoDataFrame({"site_id": [str(n) for n in range(len(sites))]}, geometry=sites, crs=4490)
    result = siting.check(
        rows, the_map, [book(folder, rules)], as_of=date(2019, 6, 30), facility_type="plant", nature="new",
        facilities=TYPES,
    )  # fmt: skip
    found = result.findings
    assert not found["tentative"].any()
    found = found.assign(site=found["site_id"].astype(int))
    hit = found[found["status"] == "hit"]
    answer = {}
    for name in rules:
        states = np.full(len(sites), "clear", dtype=object)
        states[found.loc[(found["clause_id"] == name) & (found["status"] == "not_assessed"), "site"]] = "not_assessed"
        states[hit.loc[hit["clause_id"] == name, "site"]] = "hit"
        answer[name] = states
    verdicts = result.verdicts.set_index(result.verdicts["site_id"].astype(int)).sort_index()
    return found, verdicts, answer


def agree(answer, verdicts, rules, expected, sure):
    """Compare each rule where the oracle is sure, and the verdict where it is sure of all rules.

    `expected` and `sure` are {rule: (n,) bool}.
    """
    for name in rules:
        mine = sure[name]
        wrong = np.flatnonzero(mine & ((answer[name] == "hit") != expected[name]))
        assert not len(wrong), f"{name}: {len(wrong)} sites differ, the first {wrong[:5]}"
        assert (answer[name][mine] != "not_assessed").all()
    whole = np.logical_and.reduce([sure[name] for name in rules])
    for k in np.flatnonzero(whole):
        effects = [rules[name][0] for name in rules if expected[name][k]]
        assert verdicts["known"].iloc[k] == verdict(effects)
    assert (verdicts["pending"][whole] == 0).all()
    assert whole.mean() > 0.9


def nearest_of(found, rule, count):
    """The least distance that the findings of a rule name for each site."""
    rows = found[found["clause_id"] == rule]
    return rows.groupby("site")["distance_m"].min().reindex(range(count)).to_numpy(dtype=float)


def near_turns(rng, count, limits):
    """Signed metres from something: half within centimetres of one of `limits`, half anywhere about them."""
    limit = rng.choice(limits, count)
    close = rng.choice([-1.0, 1.0], count) * 10 ** rng.uniform(-3.5, -1.0, count)
    return np.where(rng.random(count) < 0.5, limit + close, rng.uniform(-0.5, 1.5, count) * max(limits))


# --------------------------------------------------------------------------------------------------------
# Points against points
# --------------------------------------------------------------------------------------------------------

POINT_RULES = {
    "one": ("prohibit", "{within: {layer: one, distance: 1000 m}}"),
    "two": ("restrict", "{within: {layer: two, distance: 2500 m}}"),
    "any": ("attend", "{any: [{within: {layer: one, distance: 1200 m}}, {within: {layer: two, distance: 800 m}}]}"),
    "all": ("require", "{all: [{within: {layer: one, distance: 12 km}}, {within: {layer: two, distance: 12 km}}]}"),
    "none": ("require", "{none: [{within: {layer: one, distance: 1000 m}}, {within: {layer: two, distance: 2500 m}}]}"),
}
LIMITS = {"one": (1000.0, 1200.0, 12000.0), "two": (2500.0, 800.0, 12000.0)}
_SQL = """
CREATE EXTENSION postgis;

CREATE TABLE site (id int, place geography(Point, 4490));

COPY site FROM '@site.csv' CSV;

CREATE TABLE one (id int, place geography(Point, 4490));

COPY one FROM '@one.csv' CSV;

CREATE TABLE two (id int, place geography(Point, 4490));

COPY two FROM '@two.csv' CSV;

CREATE INDEX ON one USING gist (place);

CREATE INDEX ON two USING gist (place);

COPY (SELECT site.id, min(ST_Distance(site.place, one.place)), bool_or(ST_DWithin(site.place, one.place, 1000))::int
    FROM site JOIN one ON ST_DWithin(site.place, one.place, 40000) GROUP BY 1 ORDER BY 1) TO '@to_one.out' CSV;

COPY (SELECT site.id, min(ST_Distance(site.place, two.place)), bool_or(ST_DWithin(site.place, two.place, 2500))::int
    FROM site JOIN two ON ST_DWithin(site.place, two.place, 40000) GROUP BY 1 ORDER BY 1) TO '@to_two.out' CSV
"""


def table(places):
    return pd.DataFrame({
        "id": range(len(places)), "place": [f"SRID=4490;POINT({lon:.15f} {lat:.15f})" for lon, lat in places],
    })  # fmt: skip


def test_points_against_points_as_postgis_measures_them(tmp_path):
    rng = np.random.default_rng(20260101)
    layers = {"one": grid((0, 0)), "two": grid((1, 1))}
    sites = []
    for name, middles in layers.items():
        count = COUNT // 2
        away = np.abs(near_turns(rng, count, LIMITS[name]))
        sites.append(forward(middles[rng.integers(len(middles), size=count)], rng.uniform(0, 360, count), away))
    sites = np.vstack(sites)
    with Database() as database:
        for name, places in (("site", sites), *layers.items()):
            database.table(name, table(places))
        truth = database.answers(
            *_SQL.split(";\n\n"), to_one=["id", "metres", "within"], to_two=["id", "metres", "within"]
        )
    assert all(len(rows) == COUNT for rows in truth)
    metres = {name: rows["metres"].to_numpy() for name, rows in zip(layers, truth)}
    for name, rows in zip(layers, truth):
        limit = LIMITS[name][0]
        clear = np.abs(metres[name] - limit) > MM
        assert ((metres[name] <= limit) == rows["within"].astype(bool))[clear].all()
    found, verdicts, answer = checked(
        tmp_path, shapely.points(sites), {name: frame(shapely.points(places)) for name, places in layers.items()},
        POINT_RULES,
    )  # fmt: skip

    def near(name, limit):
        return metres[name] <= limit, np.abs(metres[name] - limit) > MM

    one, two = near("one", 1000), near("two", 2500)
    wide, close = near("one", 1200), near("two", 800)
    far_one, far_two = near("one", 12000), near("two", 12000)
    expected = {
        "one": one[0], "two": two[0], "any": wide[0] | close[0], "all": far_one[0] & far_two[0],
        "none": ~(one[0] | two[0]),
    }  # fmt: skip
    sure = {
        "one": one[1], "two": two[1], "any": wide[1] & close[1], "all": far_one[1] & far_two[1],
        "none": one[1] & two[1],
    }  # fmt: skip
    agree(answer, verdicts, POINT_RULES, expected, sure)
    for name in layers:
        assert np.nanmax(np.abs(nearest_of(found, name, COUNT) - metres[name])) < MM
        turning = np.abs(metres[name] - LIMITS[name][0]) < 0.05
        assert turning.sum() > 300 and 0 < (metres[name] <= LIMITS[name][0])[turning].mean() < 1
    assert all(expected[name].sum() > 100 and (~expected[name]).sum() > 100 for name in POINT_RULES)


# --------------------------------------------------------------------------------------------------------
# Lines and polygons
# --------------------------------------------------------------------------------------------------------

SHAPE_RULES = {
    "inside": ("prohibit", "{inside: {layer: star}}"),
    "near": ("restrict", "{within: {layer: star, distance: 1000 m}}"),
    "outside": ("require", "{outside: {layer: star}}"),
    "ring": ("attend", "{all: [{within: {layer: star, distance: 1000 m}}, {none: [{inside: {layer: star}}]}]}"),
    "road": ("restrict", "{within: {layer: road, distance: 1000 m}}"),
    "either": ("prohibit", "{any: [{within: {layer: road, distance: 300 m}}, {inside: {layer: star}}]}"),
    "half": ("require", "{overlap: {layer: lot, min_share: 0.5}}"),
}
#: How many sites lie about each layer.
ABOUT = {"star": 4000, "road": 4000, "lot": 2000}


def site_about(rng, line, away, kind):
    """A site whose first corner lies `away` metres to the right of a place on a line, the rest of it farther out."""
    place, azimuth = on_edge(rng, line)
    corner = forward(place[None], azimuth, away)
    if kind == "point":
        return corner
    turns = (-35.0, 20.0) if kind == "line" else (-30.0, 5.0, 40.0)
    out = azimuth if away > -100 or rng.random() < 0.5 else azimuth + 180
    rest = [forward(corner, out + turn, rng.uniform(80, 300)) for turn in turns]
    return np.vstack([corner, *rest, *([corner] if kind == "area" else [])])


def square_on(rng, ring):
    """A square whose middle lies within centimetres of a ring's edge, or anywhere about it."""
    place, azimuth = on_edge(rng, ring)
    away = rng.choice([-1, 1]) * 10 ** rng.uniform(-3, -1) if rng.random() < 0.6 else rng.uniform(-250, 250)
    middle = forward(place[None], azimuth, away)
    half = rng.uniform(60, 150)
    corners = forward(np.tile(middle, (4, 1)), azimuth - 45 - 90 * np.arange(4), np.full(4, half * 2**0.5))
    return np.vstack([corners, corners[:1]])


def drawn(coords):
    if len(coords) == 1:
        return shapely.Point(coords[0])
    return shapely.Polygon(coords) if (coords[0] == coords[-1]).all() else shapely.LineString(coords)


def is_ring(coords):
    return len(coords) > 3 and bool((coords[0] == coords[-1]).all())


class Truth:
    """What the oracle says about site i and zone i, row by row: metres, in all, in part, and by how much."""

    def __init__(self, sites, zones):
        rings = np.array([is_ring(z) for z in zones])
        to_zone, to_site = feet(sites, zones), feet(zones, sites)
        many = np.array([len(s) > 1 for s in sites])
        cross = np.zeros(len(sites), dtype=bool)
        rows = np.flatnonzero(many)
        cross[rows] = crossing([sites[k] for k in rows], [zones[k] for k in rows])
        inside = [within_ring(s, z) if ring else np.zeros(len(s), bool) for s, z, ring in zip(sites, zones, rings)]
        holds = np.array([is_ring(s) and within_ring(z, s).any() for s, z in zip(sites, zones)])
        #: From the zone's outline or line, 0 where they cross.
        edge = np.array([min(a.min(), b.min()) for a, b in zip(to_zone, to_site)])
        self.edge = np.where(cross, 0.0, edge)
        self.part = cross | holds | np.array([x.any() for x in inside])
        self.whole = np.array([x.all() for x in inside]) & ~cross
        self.metres = np.where(self.part, 0.0, edge)
        # How deep the deepest corner lies in the zone, and how far out the outermost.
        depth = np.array([np.where(x, d, 0.0).max() for x, d in zip(inside, to_zone)])
        out = np.array([np.where(x, 0.0, d).max() for x, d in zip(inside, to_zone)])
        self.part_sure = np.where(self.part, depth > MM, self.metres > MM)
        self.whole_sure = np.where(self.whole, edge > MM, out > MM)

    def within(self, limit):
        return self.metres <= limit, np.abs(self.metres - limit) > MM


@pytest.fixture(scope="module")
def world():
    """Zones and sites: {layer: [coords]}, sites, the layer and the zone that each site lies about."""
    rng = np.random.default_rng(20260102)
    zones = {
        "star": [star(rng, m) for m in grid((0, 0))],
        "road": [winding(rng, m) for m in grid((1, 0))],
        "lot": [box(rng, m) for m in grid((0, 1))],
    }
    sites, zone = [], []
    for name, count in ABOUT.items():
        which = rng.integers(len(zones[name]), size=count)
        turns = near_turns(rng, count, (0.0, 1000.0) if name == "star" else (300.0, 1000.0))
        kinds = rng.choice(["point", "line", "area"], count)
        for k, away, kind in zip(which, turns, kinds):
            ring = zones[name][k]
            if name == "lot":
                sites.append(square_on(rng, ring))
            else:
                # A star's ring runs counter-clockwise: its right is outside.
                sites.append(site_about(rng, ring, away, kind))
        zone.append(which)
    return zones, sites, np.repeat(list(ABOUT), list(ABOUT.values())), np.concatenate(zone)


def test_lines_and_polygons_as_pyproj_measures_them(tmp_path, world):
    zones, sites, about, zone = world
    found, verdicts, answer = checked(
        tmp_path, np.array([drawn(s) for s in sites], dtype=object),
        {name: frame([drawn(z) for z in shapes]) for name, shapes in zones.items()}, SHAPE_RULES,
    )  # fmt: skip
    n = len(sites)
    expected = {name: np.zeros(n, dtype=bool) for name in SHAPE_RULES}
    sure = {name: np.ones(n, dtype=bool) for name in SHAPE_RULES}
    # Layers lie so far apart that a site is near none but its own.
    expected["outside"][:] = True
    truths = {}
    for name in ("star", "road"):
        rows = np.flatnonzero(about == name)
        truths[name] = rows, Truth([sites[k] for k in rows], [zones[name][zone[k]] for k in rows])
    rows, t = truths["star"]
    near = t.within(1000.0)
    expected["inside"][rows], sure["inside"][rows] = t.part, t.part_sure
    expected["near"][rows], sure["near"][rows] = near
    expected["outside"][rows], sure["outside"][rows] = ~t.whole, t.whole_sure
    expected["ring"][rows], sure["ring"][rows] = near[0] & ~t.part, near[1] & t.part_sure
    expected["either"][rows], sure["either"][rows] = t.part, t.part_sure
    rows, t = truths["road"]
    expected["road"][rows], sure["road"][rows] = t.within(1000.0)
    expected["either"][rows], sure["either"][rows] = t.within(300.0)
    rows = np.flatnonzero(about == "lot")
    whole = np.array([area(sites[k][:-1]) for k in rows])
    part = np.array([area(clipped(sites[k], zones["lot"][zone[k]])) for k in rows])
    expected["half"][rows], sure["half"][rows] = part / whole >= 0.5, np.abs(part / whole - 0.5) > 1e-6
    agree(answer, verdicts, SHAPE_RULES, expected, sure)
    # The distances themselves, hit or missed, and the areas.
    for name, rule in (("star", "near"), ("road", "road")):
        rows, t = truths[name]
        assert np.abs(nearest_of(found, rule, n)[rows] - t.metres).max() < MM
    named = found[(found["clause_id"] == "half") & found["overlap_m2"].notna()].set_index("site")["overlap_m2"]
    rows = np.flatnonzero(about == "lot")
    ours = named.reindex(rows).fillna(0.0).to_numpy()
    # An edge of 300 m, straight in degrees, may take 0.03 m² more or less from one way of summing to the other.
    assert np.abs(ours - part).max() < 0.05
    for name in SHAPE_RULES:
        assert expected[name].sum() > 300 and (~expected[name]).sum() > 300
    close = [
        (np.abs(t.metres - 1000) < 0.05).sum() for _, t in truths.values()
    ] + [(np.abs(truths["road"][1].metres - 300) < 0.05).sum(), (truths["star"][1].edge < 0.05).sum()]  # fmt: skip
    assert min(close) > 200, close
    assert (np.abs(part / whole - 0.5) < 1e-3).sum() > 200


_SHAPES_SQL = """
CREATE EXTENSION postgis;

CREATE TABLE pair (id int, site geography, zone geography);

COPY pair FROM '@pair.csv' CSV;

COPY (SELECT id, ST_Distance(site, zone) FROM pair ORDER BY 1) TO '@apart.out' CSV
"""


def test_lines_and_polygons_as_postgis_measures_them(tmp_path, world):
    """PostGIS bends edges along the geodesic and seeks the foot on a sphere, so it is held to 2e-5 of the distance."""
    zones, sites, about, zone = world
    rows = np.flatnonzero(about != "lot")[::4]

    def sent(coords):
        shape = drawn(densified(coords) if len(coords) > 1 else coords)
        return shapely.to_wkb(shapely.set_srid(shape, 4490), hex=True, include_srid=True)

    pairs = pd.DataFrame({
        "id": rows, "site": [sent(sites[k]) for k in rows], "zone": [sent(zones[about[k]][zone[k]]) for k in rows],
    })  # fmt: skip
    with Database() as database:
        database.table("pair", pairs)
        (apart,) = database.answers(*_SHAPES_SQL.split(";\n\n"), apart=["id", "metres"])
    found, _, _ = checked(
        tmp_path, np.array([drawn(sites[k]) for k in rows], dtype=object),
        {name: frame([drawn(z) for z in zones[name]]) for name in ("star", "road")},
        {name: SHAPE_RULES[name] for name in ("near", "road")},
    )  # fmt: skip
    theirs = apart["metres"].to_numpy()
    for name, rule in (("star", "near"), ("road", "road")):
        mine = about[rows] == name
        ours = nearest_of(found, rule, len(rows))
        off = (ours - theirs)[mine]
        same = np.abs(off) <= 2e-5 * theirs[mine] + MM
        # Of two places about as far away PostGIS may take the one that is nearer on the sphere: never a shorter way,
        # and longer by no more than the two radii of curvature differ here (0.45 %).
        assert same.mean() > 0.99
        assert ((off < 0) & (off > -0.0045 * theirs[mine]))[~same].all()


def test_the_oracle_is_as_exact_as_it_must_be():
    """What is sought between points every 100 m finds the foot that a fine walk along the edge finds."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        line = winding(rng, np.array([112.6, 35.1]))
        point = forward(line[2:3], rng.uniform(0, 360), rng.uniform(10, 900))
        shares = np.linspace(0, 1, 20001)
        walk = np.vstack([a + shares[:, None] * (b - a) for a, b in zip(line[:-1], line[1:])])
        fine = inverse(np.tile(point, (len(walk), 1)), walk).min()
        (ours,) = feet([point], [line])
        assert 0 <= fine - ours[0] + 1e-9 < 1e-4
