"""Random networks with braids, forks, cycles and loose parts: a brute-force oracle, and what must not matter."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.trace import BARRIER, CUT, SECTION, trace

from .river_world import GEOD, degrees, metres, rivers

MM = 1e-3
MANY = settings(max_examples=100)
FEW = settings(max_examples=40)


@dataclass
class World:
    """Lines in metres, running downstream, and what is asked of them."""

    lines: list
    names: list
    starts: list  # (line, share of its length)
    upstream: float
    downstream: float
    barriers: list = field(default_factory=list)

    def network(self, lines=None, names=None, reverse=False):
        layer = rivers(*(lines or self.lines), names=names or self.names)
        return build(layer, tolerance=0, repair=(), reverse=reverse)

    def starts_on(self, network):
        return on(network, self.starts)


def on(network, places):
    return [(line, share * float(network.length[line])) for line, share in places]


@st.composite
def worlds(draw, cycles=True, names=False, barriers=False):
    """Up to 14 bent lines between up to 8 places; without cycles all run from a lower to a higher number."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, lines = draw(st.integers(2, 8)), []
    # Places on a grid of 500 m, moved a little: no two ends are close.
    cells = rng.permutation(16)[:count]
    place = np.column_stack([cells % 4, cells // 4]) * 500.0 + rng.uniform(-150, 150, (count, 2))
    for _ in range(draw(st.integers(1, 14))):
        a, b = rng.integers(0, count, 2)
        if not cycles:
            a, b = min(a, b), max(a, b)
            b += a == b
            if b == count:
                continue
        inner = np.linspace(place[a], place[b], rng.integers(4, 6))[1:-1]
        lines.append(shapely.linestrings([place[a], *(inner + rng.uniform(-300, 300, inner.shape)), place[b]]))
    assume(lines)
    share = st.sampled_from([0.0, 1.0, 0.5]) | st.floats(0.01, 0.99)
    spot = st.tuples(st.integers(0, len(lines) - 1), share)
    limit = st.just(0.0) | st.floats(1.0, 6000.0)
    upstream, downstream = draw(limit), draw(limit)
    assume(upstream + downstream > 0)
    return World(
        lines,
        [("沁河", "丹河", None)[k] if names else None for k in rng.integers(0, 3, len(lines))],
        draw(st.lists(spot, min_size=1, max_size=3)),
        upstream,
        downstream,
        draw(st.lists(spot, max_size=3)) if barriers else [],
    )


# --------------------------------------------------------------------------------------------------------
# The oracle: shortest distances between close samples, by going round all steps until nothing changes
# --------------------------------------------------------------------------------------------------------


class Samples:
    """Samples along the lines of a world: every vertex, every asked place, and 12 more on each line."""

    def __init__(self, network, extra):
        self.place, self.edge, self.at = [], [], []
        self.steps = []  # from sample, to sample (downstream), metres
        self.key, number = {}, {}
        for e in range(len(network)):
            xy = network.coords[network.start[e] : network.start[e + 1]]
            _, _, step = GEOD.inv(*xy[:-1].T, *xy[1:].T)
            at = np.concatenate([[0.0], np.cumsum(step)])
            places = [m for line, m in extra if line == e]
            wanted = np.concatenate([at, np.linspace(0, at[-1], 14), np.clip(places, 0, at[-1])])
            wanted = np.unique(wanted)
            # Samples a hair apart are one; the ends stay.
            wanted = wanted[np.concatenate([[True], np.diff(wanted) > 1e-4])]
            wanted[-1] = at[-1]
            before, last = -1, 0.0
            for m in wanted:
                end = None if 0 < m < at[-1] else tuple(xy[0] if m <= 0 else xy[-1])
                if end is None or end not in number:
                    k = len(self.place)
                    self.place.append(end)
                    if end is not None:
                        number[end] = k
                else:
                    k = number[end]
                self.edge.append((e, float(m), k))
                if before >= 0:
                    self.steps.append((before, k, float(m - last)))
                before, last = k, m
        self.count = len(self.place)

    def at_place(self, edge, measure):
        """The sample at a place that was asked for."""
        return min((abs(m - measure), k) for e, m, k in self.edge if e == edge)[1]

    def distances(self, start, up, stops=()):
        a, b, step = (np.array(c) for c in zip(*self.steps))
        if up:
            a, b = b, a
        closed = np.isin(a, [s for s in stops if s != start])
        out = np.full(self.count, np.inf)
        out[start] = 0.0
        while True:
            before = out.copy()
            np.minimum.at(out, b[~closed], (out[a] + step)[~closed])
            if np.array_equal(before, out):
                return out


def covered(traced, k):
    """Pieces of one trace as (edge, low, high, up, near)."""
    mine = slice(traced.pointer[k], traced.pointer[k + 1])
    return list(zip(*(getattr(traced, n)[mine].tolist() for n in ("edge", "low", "high", "up", "near"))))


def check_against_oracle(network, traced, asked, upstream, downstream, stops=()):
    samples = Samples(network, [*asked, *stops])
    closed = {samples.at_place(*s) for s in stops}
    for k, (edge, at) in enumerate(asked):
        start = samples.at_place(edge, at)
        above = samples.distances(start, True, closed) if upstream > 0 else np.full(samples.count, np.inf)
        below = samples.distances(start, False, closed) if downstream > 0 else np.full(samples.count, np.inf)
        above[above > upstream], below[below > downstream] = np.inf, np.inf
        pieces = covered(traced, k)
        ends = [(upstream, above), (downstream, below)]
        for e, m, s in samples.edge:
            if any(abs(d[s] - limit) < MM for limit, d in ends):
                continue
            if not MM < m < network.length[e] - MM:
                continue
            here = [p for p in pieces if p[0] == e and p[1] - MM <= m <= p[2] + MM]
            truth = min(above[s], below[s])
            assert bool(here) == np.isfinite(truth), (k, e, m, truth, here)
            # Where two pieces meet, the nearer one counts.
            chainages = [near + (high - m if up else m - low) for _, low, high, up, near in here]
            assert not here or min(chainages) == pytest.approx(truth, abs=MM)
        check_cuts(network, traced, k, samples, start, above, below, upstream, downstream, closed)


def check_cuts(network, traced, k, samples, start, above, below, upstream, downstream, closed):
    """Every place at the distance, with river going on that the other way does not reach, is a cut."""
    truth = []
    for up, limit, mine, other, upper_limit in (
        (True, upstream, above, below, downstream),
        (False, downstream, below, above, upstream),
    ):
        ways = [(b, a, step) if up else (a, b, step) for a, b, step in samples.steps]
        # What the other way reaches from the far ends of steps: it does not come through a stop.
        other = other.copy()
        other[sorted(closed - {start})] = np.inf
        if limit <= 0:
            beyond = [other[far] + step for near, far, step in ways if near == start]
            if traced.pointer[k] < traced.pointer[k + 1] and max(beyond, default=0.0) > upper_limit:
                truth.append((up, CUT))
            continue
        for near, far, step in ways:
            if not np.isfinite(mine[near]) or (near in closed and near != start):
                continue
            rest = limit - mine[near]
            if MM < rest < step - MM and not other[far] + (step - rest) <= upper_limit:
                truth.append((up, CUT))
            elif abs(rest) <= MM or abs(rest - step) <= MM:
                return  # a distance that ends at a sample is looked at elsewhere
        for stop in closed - {start}:
            beyond = [other[far] + step for near, far, step in ways if near == stop]
            if np.isfinite(mine[stop]) and max(beyond, default=0.0) > upper_limit:
                truth.append((up, BARRIER))
    cut = traced.cuts.trace == k
    found = zip(traced.cuts.up[cut].tolist(), np.minimum(traced.cuts.kind[cut], BARRIER).tolist())
    assert sorted(found) == sorted(truth)


@MANY
@given(worlds())
def test_brute_force_agrees(world):
    network = world.network()
    asked = world.starts_on(network)
    traced = trace(network, asked, upstream=world.upstream, downstream=world.downstream)
    check_against_oracle(network, traced, asked, world.upstream, world.downstream)


@MANY
@given(worlds(barriers=True))
def test_brute_force_agrees_with_barriers(world):
    network = world.network()
    asked, barriers = world.starts_on(network), on(network, world.barriers)
    traced = trace(network, asked, upstream=world.upstream, downstream=world.downstream, barriers=barriers)
    check_against_oracle(network, traced, asked, world.upstream, world.downstream, barriers)


@FEW
@given(worlds())
def test_brute_force_agrees_with_the_next_section(world):
    network = world.network()
    asked = world.starts_on(network)
    traced = trace(
        network, asked, upstream=world.upstream, downstream=world.downstream, stop_at_sections=True
    )
    assert BARRIER not in traced.end
    check_against_oracle(network, traced, asked, world.upstream, world.downstream, asked)


# --------------------------------------------------------------------------------------------------------
# What must not matter
# --------------------------------------------------------------------------------------------------------


def spans(network, traced, k, base=None, flip=False):
    """Covered intervals of a trace by (line, up): joined, metres below the upper end of the whole line."""
    out = {}
    for edge, low, high, up, _ in covered(traced, k):
        line, offset = (edge, 0.0) if base is None else base[edge]
        if flip:
            whole = network.length[edge]
            low, high, up = whole - high, whole - low, not up
        out.setdefault((line, up), []).append((low + offset, high + offset))
    for key, parts in out.items():
        parts.sort()
        joined = [list(parts[0])]
        for low, high in parts[1:]:
            if low <= joined[-1][1] + 1e-6:
                joined[-1][1] = max(joined[-1][1], high)
            else:
                joined.append([low, high])
        out[key] = joined
    return out


def same_spans(one, two):
    one = {key: parts for key, parts in one.items() if sum(b - a for a, b in parts) > MM}
    two = {key: parts for key, parts in two.items() if sum(b - a for a, b in parts) > MM}
    assert one.keys() == two.keys()
    for key in one:
        assert np.ravel(one[key]) == pytest.approx(np.ravel(two[key]), abs=MM)


def spots(network, edge, measure):
    return shapely.get_coordinates(metres(shapely.points(network.locate(edge, measure))))


def same_cuts(one_network, one, two_network, two, back=True):
    rows = []
    for network, traced in ((one_network, one), (two_network, two)):
        cuts = traced.cuts
        columns = [cuts.trace, cuts.up, cuts.kind, spots(network, cuts.edge, cuts.measure)]
        if back:
            columns.append(spots(network, cuts.back_edge, cuts.back_measure))
        table = np.column_stack(columns)
        rows.append(table[np.lexsort(np.round(table, 2).T[::-1])])
    assert rows[0].shape == rows[1].shape
    assert rows[0] == pytest.approx(rows[1], abs=0.01)


def options(world, **more):
    return {"upstream": world.upstream, "downstream": world.downstream, **more}


@FEW
@given(worlds(barriers=True))
def test_no_path_is_longer_than_the_distance(world):
    network = world.network()
    traced = trace(network, world.starts_on(network), **options(world, barriers=on(network, world.barriers)))
    assert (traced.far <= np.where(traced.up, world.upstream, world.downstream) + MM).all()
    assert (traced.far > traced.near).all() and (traced.high > traced.low).all()
    assert (traced.low >= 0).all() and (traced.high <= network.length[traced.edge]).all()
    at_limit = traced.end == CUT
    assert traced.far[at_limit] == pytest.approx(
        np.where(traced.up, world.upstream, world.downstream)[at_limit], abs=MM
    )


@FEW
@given(worlds(barriers=True))
def test_no_place_is_traced_twice(world):
    network = world.network()
    traced = trace(network, world.starts_on(network), **options(world, barriers=on(network, world.barriers)))
    for k in range(len(traced)):
        parts = sorted(p[:3] for p in covered(traced, k))
        for (e, _, high), (f, low, _) in zip(parts, parts[1:]):
            assert e != f or low >= high


@FEW
@given(worlds(barriers=True))
def test_reversing_lines_and_request_changes_nothing(world):
    network = world.network()
    traced = trace(network, world.starts_on(network), **options(world, barriers=on(network, world.barriers)))
    lines = [shapely.reverse(line) for line in world.lines]
    turned = world.network(lines, reverse=True)
    again = trace(turned, world.starts_on(turned), **options(world, barriers=on(turned, world.barriers)))
    other = world.network(lines)
    swapped = trace(
        other, on(other, [(line, 1 - share) for line, share in world.starts]),
        upstream=world.downstream, downstream=world.upstream,
        barriers=on(other, [(line, 1 - share) for line, share in world.barriers]),
    )  # fmt: skip
    for k in range(len(traced)):
        same_spans(spans(network, traced, k), spans(turned, again, k))
        same_spans(spans(network, traced, k), spans(other, swapped, k, flip=True))
    same_cuts(network, traced, turned, again)
    assert sorted(traced.cuts.up) == sorted(~swapped.cuts.up)


def split(lines, rng):
    """Break lines at random vertices; return the parts and the (line, vertex) each begins at."""
    parts, base = [], []
    for k, line in enumerate(lines):
        xy = shapely.get_coordinates(line)
        at = [0, *np.flatnonzero(rng.random(len(xy) - 2) < 0.6) + 1, len(xy) - 1]
        for a, b in zip(at, at[1:]):
            parts.append(shapely.linestrings(xy[a : b + 1]))
            base.append((k, a))
    return parts, base


def check_splitting(world, seed, back=True, **how):
    rng = np.random.default_rng(seed)
    # Vertices at every hundred metres or so, so that there is something to split.
    world.lines = [shapely.segmentize(line, 300.0) for line in world.lines]
    network = world.network()
    parts, origin = split(world.lines, rng)
    pieces = world.network(parts, [world.names[k] for k, _ in origin])
    base = [(k, float(network.measure[network.start[k] + v])) for k, v in origin]

    def moved(places):
        out = []
        for line, at in on(network, places):
            mine = [e for e, (k, low) in enumerate(base) if k == line and low <= at]
            out.append((mine[-1], at - base[mine[-1]][1]))
        return out

    traced = trace(
        network, world.starts_on(network), **options(world, barriers=on(network, world.barriers), **how)
    )
    again = trace(pieces, moved(world.starts), **options(world, barriers=moved(world.barriers), **how))
    for k in range(len(traced)):
        same_spans(spans(network, traced, k), spans(pieces, again, k, base))
    same_cuts(network, traced, pieces, again, back)


@FEW
@given(worlds(barriers=True), st.integers(0, 99))
def test_splitting_lines_changes_nothing(world, seed):
    # How much river lies above a cycle has no one answer, so neither has the main arm to look back along.
    check_splitting(world, seed, back=False)


@FEW
@given(worlds(cycles=False, names=True), st.integers(0, 99), st.sampled_from(["longest", "largest"]))
def test_splitting_lines_does_not_change_the_main_stem(world, seed, by):
    check_splitting(world, seed, main_stem=True, main_by=by, downstream_main=True)


@FEW
@given(worlds(barriers=True, names=True), st.booleans())
def test_an_unconnected_river_changes_nothing(world, main):
    network = world.network()
    far = shapely.linestrings([(9000.0, 0.0), (9500.0, 4000.0), (9000.0, 9000.0)])
    more = world.network([*world.lines, far], [*world.names, "沁河"])
    how = {"main_stem": main, "downstream_main": main}
    one = trace(network, world.starts_on(network), **options(world, barriers=on(network, world.barriers), **how))
    two = trace(more, world.starts_on(more), **options(world, barriers=on(more, world.barriers), **how))
    for name in ("pointer", "edge", "low", "high", "near", "far", "up", "parent", "end"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    same_cuts(network, one, more, two)


@FEW
@given(worlds(barriers=True), st.floats(0.0, 3000.0), st.floats(0.0, 3000.0))
def test_more_distance_never_traces_less(world, more_up, more_down):
    network = world.network()
    starts, barriers = world.starts_on(network), on(network, world.barriers)
    small = trace(network, starts, **options(world, barriers=barriers))
    large = trace(
        network, starts, upstream=world.upstream + more_up, downstream=world.downstream + more_down, barriers=barriers
    )
    for k in range(len(starts)):
        held = [p[:3] for p in covered(large, k)]
        for edge, low, high, _, _ in covered(small, k):
            mine = [(a, b) for e, a, b in held if e == edge]
            inside = sum(max(0.0, min(b, high) - max(a, low)) for a, b in mine)
            assert inside == pytest.approx(high - low, abs=MM)


@FEW
@given(worlds(names=True), st.sampled_from(["longest", "largest"]))
def test_the_main_stem_is_one_way_within_all_tributaries(world, by):
    network = world.network()
    starts = world.starts_on(network)
    everything = trace(network, starts, **options(world))
    stem = trace(network, starts, **options(world, main_stem=True, main_by=by, downstream_main=True))
    for k in range(len(starts)):
        whole, main = everything.one(k), stem.one(k)
        assert set(main.edge.tolist()) <= set(whole.edge.tolist())
        for up in (True, False):
            mine = np.flatnonzero(main.up == up)
            # A chain: every piece but the first begins where the one before it ends.
            assert (np.sum(main.parent[mine] < 0) == 1) if len(mine) else True
            assert len(set(main.parent[mine].tolist())) == len(mine)


def test_the_samples_of_the_oracle_know_a_straight_river():
    line = shapely.linestrings([(0.0, 3000.0), (0.0, 0.0)])
    samples = Samples(build(rivers(line), tolerance=0, repair=()), [(0, 1000.0)])
    start = samples.at_place(0, 1000.0)
    assert samples.distances(start, True)[samples.at_place(0, 0.0)] == pytest.approx(1000.0, abs=1e-6)
    whole = GEOD.geometry_length(degrees(line))
    assert samples.distances(start, False)[samples.at_place(0, whole)] == pytest.approx(whole - 1000.0, abs=1e-6)
    assert SECTION > BARRIER > CUT
