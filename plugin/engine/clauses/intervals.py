"""Bounds of a figure when not everything is known.

What is not known is completed in every way that is possible: a feature of unknown membership may or may not
count, an unknown number may be anything its field allows, and where the layer is not complete there may be any
number of further features (`unseen`).  Each function returns the smallest and the greatest value that such a
completion gives, NaN where none gives a value (a share of nothing), infinite where nothing bounds it.  Bounds
may be a little too wide where the text says so, never too narrow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .conditions import NO, UNKNOWN, YES

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bounds = tuple[float, float]
NOTHING: Bounds = (math.nan, math.nan)


def both(first: NDArray[np.int8], second: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the three-valued AND of two arrays of states."""
    no = (first == NO) | (second == NO)
    unknown = (first == UNKNOWN) | (second == UNKNOWN)
    return np.where(no, NO, np.where(unknown, UNKNOWN, YES)).astype(np.int8)


def count(state: NDArray[np.int8], unseen: bool) -> Bounds:
    """Return how many there are."""
    return float((state == YES).sum()), math.inf if unseen else float((state != NO).sum())


def share(member: NDArray[np.int8], having: NDArray[np.int8], unseen: bool) -> Bounds:
    """Return which share (0 to 1) of the members have what is asked."""
    if unseen:
        return 0.0, 1.0
    low = _least_share(member, having == YES)
    # What is not the numerator is the numerator of the opposite share.
    high = _least_share(member, having == NO)
    return low, 1.0 - high


def _least_share(member: NDArray[np.int8], counts: NDArray[np.bool_]) -> float:
    """Return the smallest share of those that surely count: uncertain members join unless they count."""
    sure, maybe = member == YES, member == UNKNOWN
    n = int(sure.sum() + (maybe & ~counts).sum())
    if n:
        return int((sure & counts).sum()) / n
    return 1.0 if maybe.any() else math.nan


def total(
    state: NDArray[np.int8], low: NDArray[np.float64], high: NDArray[np.float64], unseen: bool, field: Bounds
) -> Bounds:
    """Return the sum of values that lie between `low` and `high`; `field` bounds the values of unseen features."""
    sure, maybe = state == YES, state == UNKNOWN
    least = _sum([*low[sure], *np.minimum(low[maybe], 0.0)])
    most = _sum([*high[sure], *np.maximum(high[maybe], 0.0)])
    if unseen:
        least = -math.inf if field[0] < 0 else least
        most = math.inf if field[1] > 0 else most
    return least, most


def _sum(values: list[float]) -> float:
    """Return the exact sum; fsum refuses to add up what is infinite."""
    finite = math.fsum(v for v in values if math.isfinite(v))
    return finite + sum(v for v in values if not math.isfinite(v))


def mean(
    state: NDArray[np.int8], low: NDArray[np.float64], high: NDArray[np.float64], unseen: bool, field: Bounds
) -> Bounds:
    """Return the arithmetic mean of values that lie between `low` and `high`."""
    least = _least_mean(state, low)
    most = -_least_mean(state, -high)
    if unseen:
        # However many unseen features draw the mean as near to their own bound as one likes.
        least, most = np.fmin(least, field[0]), np.fmax(most, field[1])
    return float(least), float(most)


def _least_mean(state: NDArray[np.int8], values: NDArray[np.float64]) -> float:
    sure = values[state == YES]
    taken, n = list(sure), len(sure)
    for value in np.sort(values[state == UNKNOWN]):
        if n and value >= _sum(taken) / n:
            break
        taken.append(value)
        n += 1
    return _sum(taken) / n if n else math.nan


def greatest(
    state: NDArray[np.int8], low: NDArray[np.float64], high: NDArray[np.float64], unseen: bool, field: Bounds
) -> Bounds:
    """Return the greatest of values that lie between `low` and `high`."""
    sure, maybe = state == YES, state == UNKNOWN
    least = low[sure].max() if sure.any() else low[maybe].min() if maybe.any() else math.nan
    most = high[sure | maybe].max() if (sure | maybe).any() else math.nan
    if unseen:
        least = least if sure.any() else np.fmin(least, field[0])
        most = np.fmax(most, field[1])
    return float(least), float(most)


def smallest(
    state: NDArray[np.int8], low: NDArray[np.float64], high: NDArray[np.float64], unseen: bool, field: Bounds
) -> Bounds:
    """Return the smallest of values that lie between `low` and `high`."""
    least, most = greatest(state, -high, -low, unseen, (-field[1], -field[0]))
    return -most, -least


def quotient(above: Bounds, below: Bounds) -> Bounds:
    """Return one number divided by another that has nothing to do with it; NaN if that is surely 0.

    A divisor that can be negative leaves the quotient unbounded.
    """
    if any(map(math.isnan, (*above, *below))) or below[1] == 0 == below[0]:
        return NOTHING
    if below[0] < 0:
        return -math.inf, math.inf
    corners = []
    for a in above:
        for b in below:
            if b == 0:
                corners.append(0.0 if a == 0 else math.copysign(math.inf, a))
            elif math.isinf(a) and math.isinf(b):
                corners.append(0.0)  # any quotient between this and the other corners
            else:
                corners.append(a / b)
    return min(corners), max(corners)


def quotient_of_same(
    member: NDArray[np.int8],
    above: tuple[NDArray[np.float64], NDArray[np.float64]],
    below: tuple[NDArray[np.float64], NDArray[np.float64]],
    unseen: bool,
    fields: tuple[Bounds, Bounds],
) -> Bounds:
    """Return the quotient of two sums over the same features; `above` and `below` are their low and high values.

    The bounds are tight where no value can be negative; elsewhere those of :func:`quotient`.
    """
    counted = member != NO
    least = min((array[counted].min() for array in (above[0], below[0]) if counted.any()), default=0.0)
    if least < 0 or (unseen and min(fields[0][0], fields[1][0]) < 0):
        return quotient(
            total(member, above[0], above[1], unseen, fields[0]),
            total(member, below[0], below[1], unseen, fields[1]),
        )
    if unseen:
        return 0.0, math.inf
    sure, maybe = member == YES, member == UNKNOWN
    if not (below[1][counted] > 0).any():
        return NOTHING
    low = _extreme_quotient(sure, maybe, above[0], below[1], 1.0)
    high = _extreme_quotient(sure, maybe, above[1], below[0], -1.0)
    return low, low if math.isnan(high) else high


def _extreme_quotient(
    sure: NDArray[np.bool_], maybe: NDArray[np.bool_], a: NDArray[np.float64], b: NDArray[np.float64], sign: float
) -> float:
    """Return the least (`sign` 1) or greatest (-1) quotient: an uncertain pair joins while it draws that way."""

    def divided(x: float, y: float) -> float:
        if y == 0:
            return math.inf if x > 0 else math.nan
        return 0.0 if math.isinf(y) else x / y

    taken_a, taken_b = [*a[sure]], [*b[sure]]
    own = sorted(
        (sign * quotient_, x, y)
        for x, y in zip(a[maybe], b[maybe])
        if not math.isnan(quotient_ := divided(x, y))
    )
    now = divided(_sum(taken_a), _sum(taken_b))
    for wanted, x, y in own:
        if not math.isnan(now) and wanted >= sign * now:
            break
        taken_a.append(x)
        taken_b.append(y)
        now = divided(_sum(taken_a), _sum(taken_b))
    return now
