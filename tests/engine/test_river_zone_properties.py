"""Properties of control zones that hold on any river, and the rule written a second time as their oracle."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from .river_rule import Rule
from .river_world import control_zones_of

STEP = 82.0


def wandering(random, count, x, y, heading, noise):
    """A river that begins at (x, y) and turns by `noise` radians at each vertex."""
    turns = heading + np.cumsum(random.normal(0.0, noise, count))
    steps = STEP * np.column_stack([np.cos(turns), np.sin(turns)])
    return np.vstack([[x, y], np.array([x, y]) + np.cumsum(steps, axis=0)])


def made(seed):
    """A main river that flows about south, tributaries that may cross it, widths, and a section on it."""
    random = np.random.default_rng(seed)
    main = wandering(random, 60, 0.0, 0.0, -np.pi / 2, random.choice([0.05, 0.3, 0.8]))
    lines = [shapely.linestrings(main)]
    for j in random.integers(5, 55, 3):
        side = wandering(random, 20, *main[j], random.uniform(0, 2 * np.pi), random.choice([0.05, 0.4]))
        lines.append(shapely.linestrings(side[::-1]))
    widths = [float(w) for w in random.choice([0.0, 0.0, 60.0, 200.0], len(lines))]
    share = random.uniform(0.1, 0.9)
    return lines, widths, tuple(main[30] * share + main[31] * (1 - share)), random


def places(zones, random, count):
    """Places about a zone, most of them near its cuts, in the metres of its frame."""
    west, south, east, north = shapely.bounds(shapely.buffer(zones.reaches.whole[0], 700.0))
    out = [np.column_stack([random.uniform(west, east, count), random.uniform(south, north, count)])]
    for point in zones.cut_point:
        out.append(point + random.uniform(-650, 650, (count, 2)))
    return np.concatenate(out)


distances = st.sampled_from([(0.0, 300.0), (30.0, 20.0), (300.0, 0.0), (300.0, 200.0), (1500.0, 300.0)])


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), reach=distances, widths=st.booleans())
def test_members_polygon_and_shapes_follow_the_written_rule(seed, reach, widths):
    lines, width, place, random = made(seed)
    columns = {"width_m": width} if widths else {}
    zones = control_zones_of(lines, [place], upstream=reach[0], downstream=reach[1], **columns)
    rule = Rule(zones.reaches)
    xy = places(zones, random, 40)
    k = np.zeros(len(xy), int)
    member, beyond = zones.member(k, xy), zones.beyond_cut(k, xy)
    points = shapely.points(xy)
    drawn = shapely.intersects(zones.polygon[0], points)
    met = zones.meets(k, points)
    near = zones.bank_distance(k, points) <= zones.bank
    off = shapely.distance(shapely.boundary(zones.polygon[0]), points)
    settled = np.array([rule.settled(p, zones.bank) for p in xy], dtype=object)
    for i in np.flatnonzero(settled != np.array(None)):
        assert member[i] == settled[i], (xy[i], settled[i])
        assert met[i] == settled[i], (xy[i], settled[i])
    assert (beyond == (near & ~member)).all()
    assert (drawn == member)[off > 0.1].all(), xy[(drawn != member) & (off > 0.1)]


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), reach=distances, widths=st.booleans())
def test_polygons_are_clean(seed, reach, widths):
    lines, width, place, _ = made(seed)
    columns = {"width_m": width} if widths else {}
    zones = control_zones_of(lines, [place], upstream=reach[0], downstream=reach[1], **columns)
    polygon = zones.polygon[0]
    assert shapely.is_valid(polygon)
    assert shapely.get_type_id(polygon) == 6
    parts = shapely.get_parts(polygon)
    assert (shapely.area(parts) >= 1.0).all()
    rings = shapely.get_rings(parts)
    assert (shapely.area(shapely.polygons(rings)) >= 1.0).all()
    # No spike and no crack: taking 5 mm off and putting it on again changes nothing to speak of.
    opened = shapely.buffer(shapely.buffer(polygon, -0.005, join_style="mitre"), 0.005, join_style="mitre")
    closed = shapely.buffer(shapely.buffer(polygon, 0.005, join_style="mitre"), -0.005, join_style="mitre")
    assert shapely.hausdorff_distance(polygon, opened) < 2.0
    assert shapely.hausdorff_distance(polygon, closed) < 2.0


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    more=st.tuples(st.floats(0, 800), st.floats(0, 300), st.floats(0, 200)),
    widths=st.booleans(),
)
def test_a_larger_request_contains_a_smaller_one_but_beside_its_cuts(seed, more, widths):
    lines, width, place, random = made(seed)
    columns = {"width_m": width} if widths else {}
    small = control_zones_of(lines, [place], upstream=900.0, downstream=200.0, bank=300.0, **columns)
    large = control_zones_of(
        lines, [place], upstream=900.0 + more[0], downstream=200.0 + more[1], bank=300.0 + more[2], **columns
    )
    xy = places(small, random, 60)
    k = np.zeros(len(xy), int)
    lost = small.member(k, xy) & ~large.member(k, xy)
    # What a larger zone may lack lies within its bank of one of its own cuts (or of the smaller one's).
    reach = large.bank + max(width) / 2 + 60.0
    cuts = np.concatenate([small.cut_point, large.cut_point]) if len(large.cut_point) else small.cut_point
    for p in xy[lost]:
        assert np.hypot(*(cuts - p).T).min() <= reach


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), bank=st.floats(50, 490))
def test_a_wider_bank_contains_a_narrower_one(seed, bank):
    """The same trace and the same square lines: a foot that reaches a place reaches it with a wider bank too."""
    lines, _, place, random = made(seed)
    narrow = control_zones_of(lines, [place], upstream=900.0, downstream=200.0, bank=bank)
    wide = control_zones_of(lines, [place], upstream=900.0, downstream=200.0, bank=500.0)
    xy = places(narrow, random, 100)
    k = np.zeros(len(xy), int)
    assert not (narrow.member(k, xy) & ~wide.member(k, xy)).any()
    assert shapely.area(shapely.difference(narrow.polygon[0], wide.polygon[0])) < 1.0


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6))
def test_a_river_that_is_not_traced_changes_nothing(seed):
    lines, _, place, random = made(seed)
    traced = lines[:1]
    alone = control_zones_of(traced, [place], upstream=900.0, downstream=200.0)
    x, y = place
    other = shapely.linestrings(wandering(random, 40, x + 700.0, y + 1500.0, -np.pi / 2, 0.1))
    if shapely.distance(other, traced[0]) < 5.0:
        return
    beside = control_zones_of([*traced, other], [place], upstream=900.0, downstream=200.0)
    assert shapely.area(shapely.symmetric_difference(alone.polygon[0], beside.polygon[0])) < 1e-3
