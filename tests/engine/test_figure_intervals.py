"""Bounds of figures against every completion of what is not known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.clauses import intervals as iv
from envzones.plugin.engine.clauses.conditions import NO, UNKNOWN, YES

STATES = st.sampled_from([YES, YES, NO, UNKNOWN])
QUICK = settings(max_examples=200)


def array(states):
    return np.array(states, dtype=np.int8)


def ways(state):
    """Every way to settle the unknown states of a list."""
    return itertools.product(*[[True, False] if s == UNKNOWN else [s == YES] for s in state])


def extremes(values):
    return (min(values), max(values)) if values else (math.nan, math.nan)


def same(found, truth, rel=1e-12):
    assert found == pytest.approx(truth, rel=rel, abs=1e-12, nan_ok=True)


@st.composite
def measured(draw, least=-20, most=6):
    """States, and bounds of a value for each: equal where it is known."""
    state = draw(st.lists(STATES, max_size=most))
    low, high = [], []
    for _ in state:
        a = draw(st.integers(least, 20))
        low.append(float(a))
        high.append(float(a if draw(st.booleans()) else draw(st.integers(a, 30))))
    return state, low, high


@QUICK
@given(st.lists(st.tuples(STATES, STATES), max_size=6))
def test_share_is_the_extreme_of_all_completions(features):
    member, having = [f[0] for f in features], [f[1] for f in features]
    shares = [
        sum(h for m, h in zip(members, has) if m) / sum(members)
        for members in ways(member)
        for has in ways(having)
        if sum(members)
    ]
    same(iv.share(array(member), array(having), False), extremes(shares))
    assert iv.share(array(member), array(having), True) == (0.0, 1.0)


@QUICK
@given(st.lists(STATES, max_size=8))
def test_count(state):
    same(iv.count(array(state), False), extremes([float(sum(one)) for one in ways(state)]))
    assert iv.count(array(state), True) == (state.count(YES), math.inf)


@QUICK
@given(measured())
def test_values_are_the_extremes_of_all_completions(data):
    state, low, high = data
    totals, means, most, least = [], [], [], []
    for members in ways(state):
        for corner in itertools.product(*[{a, b} for a, b in zip(low, high)]):
            values = [v for v, m in zip(corner, members) if m]
            totals.append(sum(values))
            if values:
                means.append(sum(values) / len(values))
                most.append(max(values))
                least.append(min(values))
    given_ = (array(state), np.array(low), np.array(high), False, (-math.inf, math.inf))
    same(iv.total(*given_), extremes(totals))
    same(iv.mean(*given_), extremes(means))
    same(iv.greatest(*given_), extremes(most))
    same(iv.smallest(*given_), extremes(least))


@QUICK
@given(measured(), st.lists(st.floats(0, 100), min_size=1, max_size=4))
def test_unseen_features_stay_within_the_bounds(data, unseen):
    state, low, high = data
    values = [v for v, s in zip(low, state) if s == YES] + unseen
    given_ = (array(state), np.array(low), np.array(high), True, (0.0, 100.0))
    truths = {
        iv.total: sum(values), iv.mean: sum(values) / len(values), iv.greatest: max(values), iv.smallest: min(values),
    }  # fmt: skip
    for function, truth in truths.items():
        least, most = function(*given_)
        assert least - 1e-9 <= truth <= most + 1e-9, function.__name__


@st.composite
def pairs(draw, least):
    state, low, high = draw(measured(least, 4))
    other = [(float(a), float(a + draw(st.integers(0, 9)))) for a in draw(
        st.lists(st.integers(least, 9), min_size=len(state), max_size=len(state)))]  # fmt: skip
    return state, low, high, [a for a, _ in other], [b for _, b in other]


@QUICK
@given(pairs(0))
def test_quotient_of_the_same_features_is_the_extreme(data):
    state, low, high, base_low, base_high = data
    quotients = []
    for members in ways(state):
        for above in itertools.product(*[{a, b} for a, b in zip(low, high)]):
            for below in itertools.product(*[{a, b} for a, b in zip(base_low, base_high)]):
                a = sum(v for v, m in zip(above, members) if m)
                b = sum(v for v, m in zip(below, members) if m)
                if b > 0:
                    quotients.append(a / b)
    found = iv.quotient_of_same(
        array(state), (np.array(low), np.array(high)), (np.array(base_low), np.array(base_high)), False,
        ((0.0, math.inf), (0.0, math.inf)),
    )  # fmt: skip
    truth = extremes(quotients)
    if quotients and math.isinf(found[1]):
        # A divisor that may be as small as one likes: no corner shows it.
        assert any(b == 0 for b, s in zip(base_low, state) if s != NO) or UNKNOWN in state
        truth = (truth[0], math.inf)
    same(found, truth)


@QUICK
@given(pairs(-9), st.randoms(use_true_random=False))
def test_quotients_never_exclude_a_completion(data, random):
    state, low, high, base_low, base_high = data
    members = [s == YES or (s == UNKNOWN and random.random() < 0.5) for s in state]
    a = sum(random.uniform(x, y) for x, y, m in zip(low, high, members) if m)
    b = sum(random.uniform(x, y) for x, y, m in zip(base_low, base_high, members) if m)
    if b == 0:
        return
    bounds = ((-math.inf, math.inf), (-math.inf, math.inf))
    above, below = (np.array(low), np.array(high)), (np.array(base_low), np.array(base_high))
    least, most = iv.quotient_of_same(array(state), above, below, False, bounds)
    assert least - 1e-9 <= a / b <= most + 1e-9
    least, most = iv.quotient(
        iv.total(array(state), *above, False, bounds[0]), iv.total(array(state), *below, False, bounds[1])
    )
    assert least - 1e-9 <= a / b <= most + 1e-9


def test_a_divisor_that_may_be_nothing_leaves_the_quotient_open():
    assert iv.quotient((2.0, 3.0), (0.0, 4.0)) == (0.5, math.inf)
    assert iv.quotient((0.0, 0.0), (0.0, 4.0)) == (0.0, 0.0)
    assert all(map(math.isnan, iv.quotient((1.0, 1.0), (0.0, 0.0))))
    assert iv.quotient((1.0, math.inf), (2.0, math.inf)) == (0.0, math.inf)
