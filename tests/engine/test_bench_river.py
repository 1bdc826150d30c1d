"""The benchmark's made rivers, small: every section right by a truth of its own, none silently wrong when damaged."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from envzones.benchmarks.river_score import answer_of, damage_on, errors_of, silent, site_errors
from envzones.benchmarks.river_truth import BANK, CHORD, SiteIndex, listed, nearest, rule_of, truth_of, walk
from envzones.benchmarks.rivers_made import GEOD, OFF_M, damage, make
from envzones.plugin.engine.river.section import control_section

FORMS = ("on", "off")


@pytest.fixture(scope="module")
def world():
    return make(0.003, sections=40, sites=1500)


@pytest.fixture(scope="module")
def truth(world):
    starts = {
        "on": list(zip(world.on_reach.tolist(), world.on_at.tolist())),
        "off": nearest(world, world.off),
    }
    return {form: truth_of(world, starts[form], getattr(world, form)) for form in FORMS}


@pytest.fixture(scope="module")
def clean(world):
    """Ours on the clean network."""
    sites = world.sites_layer()
    return {
        form: answer_of(control_section(world.rivers(), world.sections(form), features={"site": sites}))
        for form in FORMS
    }


def test_the_rivers_are_trees_that_never_cross(world):
    assert 200 < len(world) < 400
    assert world.order.max() >= 4
    lower = world.coords[world.start[1:] - 1]
    joined = world.down >= 0
    assert (lower[joined] == world.coords[world.start[world.down[joined]]]).all()
    seen = np.zeros(len(world), dtype=int)
    for i in range(len(world)):
        steps = 0
        while i >= 0:
            seen[i] += 1
            i, steps = int(world.down[i]), steps + 1
            assert steps <= len(world)
    lines = world.lines
    assert shapely.is_simple(lines).all()
    a, b = shapely.STRtree(lines).query(lines, predicate="intersects")
    shared = shapely.intersection(lines[a[a < b]], lines[b[a < b]])
    ends = {tuple(p) for p in np.concatenate([lower, world.coords[world.start[:-1]]])}
    assert {tuple(p) for p in shapely.get_coordinates(shared)} <= ends


def test_the_same_seed_makes_the_same_world(world):
    again = make(0.003, sections=40, sites=1500)
    assert (again.coords == world.coords).all() and (again.sites == world.sites).all()
    other = make(0.003, seed=21, sections=40, sites=1500)
    assert len(other.coords) != len(world.coords) or (other.coords != world.coords).any()


def test_sections_lie_on_the_line_and_beside_it(world):
    for k, (reach, at) in enumerate(zip(world.on_reach, world.on_at)):
        span = slice(world.start[reach], world.start[reach + 1])
        vertex = np.searchsorted(world.measure[span], at)
        before = GEOD.line_length(*np.vstack([world.coords[span][:vertex], world.on[k]]).T)
        assert before == pytest.approx(at, abs=1e-6)
    _, _, away = GEOD.inv(*world.on.T, *world.off.T)
    assert away.max() <= OFF_M and away.max() > 20


def test_damage_is_what_it_says(world):
    spoilt = damage(world, turned=0.1, gaps=0.1, multipart=0.1, duplicates=0.1)
    for i in range(len(world)):
        parts = shapely.get_parts(spoilt.lines[i])
        assert (len(parts) == 2) == spoilt.multipart[i]
        length = GEOD.geometry_length(spoilt.lines[i])
        assert length == pytest.approx(world.length[i] - spoilt.gap[i], abs=1e-3)
        repeats = sum((np.diff(shapely.get_coordinates(p), axis=0) == 0).all(axis=1).sum() for p in parts)
        assert bool(repeats) == spoilt.duplicate[i]
    gaps = spoilt.gap[spoilt.gap > 0]
    assert len(gaps) == round(0.1 * len(world)) and gaps.min() >= 0.29 and gaps.max() <= 30.01


def test_the_truth_holds_by_sampling_the_rule_itself(world, truth):
    """Little squares about a zone's ends, judged by looking for feet on a river of half-metre steps."""
    random = np.random.default_rng(4)
    disagree, decided = 0, 0
    for form_walk, middle in list(zip(truth["on"][0], world.on))[:12]:
        rule = rule_of(world, form_walk, *middle)
        steps = dense(world, form_walk, rule.frame)
        around = rule.cut if len(rule.cut) else rule.vertex[:1]
        places = around[random.integers(0, len(around), 60)] + random.uniform(-620, 620, (60, 2))
        square = 0.001 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
        rings = (places[:, None, :] + square).reshape(-1, 2)
        lon, lat = rule.frame(*rings.T, inverse=True)
        sites = SiteIndex(np.column_stack([lon, lat]).reshape(len(places), -1, 2))
        # What a step of half a metre can get wrong lies this near to an edge.
        sure, maybe = listed(rule, sites, edge=0.5)
        for k, place in enumerate(places):
            if k in maybe and k not in sure:
                continue
            decided += 1
            disagree += by_feet(place, steps) != (k in sure)
    assert decided > 500
    assert disagree == 0


def dense(world, walked, frame, step=0.5):
    """The traced river as places every half metre: coordinates, neighbours, and the cut lines each must not be beyond."""
    place, neighbours, pieces = [], [], []
    for piece in walked.pieces:
        span = slice(world.start[piece.reach], world.start[piece.reach + 1])
        count = max(2, int((piece.high - piece.low) / step) + 1)
        at = np.linspace(piece.low, piece.high, count)
        xy = np.column_stack([np.interp(at, world.measure[span], world.coords[span][:, c]) for c in (0, 1)])
        first = len(place)
        # Away from the section first to last, as a walker goes.
        rows = range(count - 1, -1, -1) if piece.up else range(count)
        place.extend(np.column_stack(frame(*xy[list(rows)].T)))
        neighbours.extend([[n for n in (k - 1, k + 1) if 0 <= n < count] for k in range(count)])
        for k in range(first, first + count):
            neighbours[k] = [first + n for n in neighbours[k]]
        pieces.append((first, first + count - 1))
    for piece, (first, _) in zip(walked.pieces, pieces):
        # Pieces meet at nodes and at the section: each knows the first steps of the others there.
        joined = [f for p, (f, _) in zip(walked.pieces, pieces) if p.back == piece.back]
        if piece.back >= 0:
            end = pieces[piece.back][1]
            neighbours[end].append(first + 1)
            neighbours[first].append(end - 1)
        neighbours[first].extend(f + 1 for f in joined if f != first)
    lines, last = [], [[] for _ in place]
    for c, end in enumerate(walked.cuts):
        k, left = end, CHORD
        cut = place[pieces[end][1]]
        while True:
            first, final = pieces[k]
            piece = walked.pieces[k]
            steps = min(final - first, round(left / ((piece.high - piece.low) / (final - first))))
            for n in range(final - steps, final + 1):
                last[n].append(c)
            left -= steps * (piece.high - piece.low) / (final - first)
            if left < step:
                back = place[final - steps]
                break
            k = piece.back
        lines.append((cut, (cut - back) / np.hypot(*(cut - back))))
    return np.array(place), neighbours, last, lines


def by_feet(point, steps):
    """The rule's sentence, step by step."""
    place, neighbours, last, lines = steps
    away = np.hypot(*(place - point).T)
    beyond = [(point - cut) @ outward > 0 for cut, outward in lines]
    for k in np.flatnonzero(away <= BANK):
        if all(away[k] <= away[n] for n in neighbours[k]) and not any(beyond[c] for c in last[k]):
            return True
    return False


def test_walks_end_at_the_distance(world, truth):
    for walked in truth["on"][0]:
        ends = [p.near + p.high - p.low for k, p in enumerate(walked.pieces) if k in walked.cuts and p.up]
        assert ends == pytest.approx([5000.0] * len(ends), abs=1e-6)
    short = walk(world, int(world.on_reach[0]), float(world.on_at[0]), 10.0, 10.0)
    assert short.length(True) == pytest.approx(10.0) and len(short.pieces) >= 2


@pytest.mark.parametrize("form", FORMS)
def test_every_section_is_right_on_the_clean_network(world, truth, clean, form):
    errors = errors_of(clean[form], truth[form][0])
    assert max(errors) < 0.1


@pytest.mark.parametrize("form", FORMS)
def test_no_site_is_missed_and_none_is_false(truth, clean, form):
    assert sum(len(sure) for sure, _ in truth[form][1]) > 100
    assert site_errors(clean[form], truth[form][1]) == (set(), set())


@pytest.mark.parametrize("form", FORMS)
def test_the_clean_network_raises_no_doubt_but_of_confluences(clean, form):
    assert set().union(*clean[form].told.values()) <= {"unnamed_confluence"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_section_is_silently_wrong_on_the_damaged_network(world, truth, clean, form, seed):
    # Three times the usual damage, so that some of it meets some more.
    spoilt = damage(world, seed, turned=0.06, gaps=0.03, multipart=0.06, duplicates=0.03)
    answer = answer_of(control_section(spoilt.rivers(world), world.sections(form)))
    walks = truth[form][0]
    quiet = silent(answer, clean[form], walks)
    errors = errors_of(answer, walks)
    assert not quiet, [(s, round(errors[s], 2), damage_on(world, spoilt, walks[s])) for s in quiet]
    assert sum(e <= 1 for e in errors) > len(walks) / 3
