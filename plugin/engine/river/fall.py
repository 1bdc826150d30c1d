"""Direction of flow from an elevation model: the fall along whole paths, never that of one reach.

Heights of a coarse model scatter by tens of metres in a gorge and by a few in a plain, so that the two ends of a
reach say little.  Here

1. heights are read along all reaches (:mod:`.elevation`) and a profile, continuous over the whole connected river,
   is fitted to them by least squares, each stretch weighing by its length and by the relief around it;
2. every connected part drains to its lowest dead end, and its reaches are directed towards it;
3. the fall of each unbranched path, and of each stem from its source to where it joins a greater one, is tested
   against the scatter of the heights about it.

A reach is turned only where one of these falls, or the height of everything above it, is beyond doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..progress import SILENT, Progress, report
from .elevation import Dem, open_dem
from .orientation import Orientation
from .potential import Chains, bridges, chains, flow_rank, parts, solve

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .network import Network

# A fall counts from this many standard errors on.
SURE = 2.0
# Samples to a cell of the model, and cells over which neighbouring heights err alike.
_PER_CELL, _ALIKE = 2.0, 2.0
# The fitted profile is straight over this many cells.
_STRAIGHT = 8.0
# A river lies up to this share of the relief of the four cells around away from what they say; metres at least.
_OFF_RELIEF, _LEAST = 0.4, 0.5
# Residuals beyond this many standard errors lose weight (Huber); fits made.
_HUBER, _FITS = 1.5, 3


@dataclass(frozen=True)
class _Profile:
    """Samples of height along the chains.

    Attributes
    ----------
    chain : (m,) int
    at : (m,) float
        Metres from the chain's first end.
    height, error, weight : (m,) float
        Metres, standard error of the height in metres, metres of river that the sample stands for.
    """

    chain: NDArray[np.int64]
    at: NDArray[np.float64]
    height: NDArray[np.float64]
    error: NDArray[np.float64]
    weight: NDArray[np.float64]


def down_dem(
    network: Network, dem: str | Path, *, sure: float = SURE, progress: Progress = SILENT
) -> Orientation:
    """Direct every reach down an elevation model.

    Parameters
    ----------
    network : Network
        Canals are left as they are.
    dem : path
        Any raster that rasterio reads, in any declared reference system; its first band.
    sure : float
        Standard errors from which on a fall counts.
    progress : Progress

    Returns
    -------
    Orientation
        Issues ``direction_turned``, ``fall_unsure`` (the fall is not beyond the scatter of the model; left as
        digitised) and ``fall_contradicts`` (a whole path rises towards the outlet of its river; left as digitised).

    Raises
    ------
    InputError
        No rasterio, an unreadable model, or one that does not cover the rivers.
    """
    use = ~np.asarray(network.canal, dtype=bool)
    if not use.any():
        return Orientation(np.zeros(len(network), dtype=bool), np.zeros(len(network), dtype=bool))
    paths = chains(network.tail, network.head, len(network.node), use)
    length = _lengths(network, paths)
    with open_dem(dem) as model:
        cell = model.cell_m(float(network.node[:, 1].mean()))
        report(progress, 0.05, "Reading heights")
        profile = _sample(network, paths, model, cell)
    if not len(profile.chain):
        raise InputError(f"The elevation model {dem} holds no height at the rivers; give one that covers them.")
    report(progress, 0.4, "Fitting the profile")
    level, spread = _fit(profile, paths, length, len(network.node), cell)
    report(progress, 0.7, "Directing the rivers")
    return _decide(network, use, paths, length, profile, level, spread, cell, sure)


def _lengths(network: Network, paths: Chains) -> NDArray[np.float64]:
    return np.bincount(paths.owner, weights=network.length[paths.edge], minlength=len(paths))


def _sample(network: Network, paths: Chains, model: Dem, cell: float) -> _Profile:
    """Read heights along all chains, at even steps within each reach."""
    length = network.length[paths.edge]
    count = np.maximum(1, np.ceil(length * _PER_CELL / cell)).astype(np.int64)
    place = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    step = (length / count)[place]
    along = (number + 0.5) * step
    height, relief = model.sample(network.locate(paths.edge[place], along))
    before = np.cumsum(length) - length
    owner = paths.owner
    before = before - before[paths.pointer[:-1]][owner]
    at = before[place] + np.where(paths.forward[place], along, length[place] - along)
    known = np.isfinite(height)
    error = np.maximum(_OFF_RELIEF * relief, _LEAST)
    return _Profile(owner[place][known], at[known], height[known], error[known], step[known])


def _fit(
    profile: _Profile, paths: Chains, length: NDArray[np.float64], count: int, cell: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit a profile that is straight over some cells and continuous at the nodes.

    Returns
    -------
    level, spread : (count,) float
        Height of the river at each node and its standard error.
    """
    pieces = np.maximum(1, np.ceil(length / (_STRAIGHT * cell))).astype(np.int64)
    inner = np.cumsum(pieces - 1) - (pieces - 1) + count  # first of the added nodes of each chain
    total = count + int((pieces - 1).sum())
    owner = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    low = np.where(number == 0, paths.first[owner], inner[owner] + number - 1)
    high = np.where(number == pieces[owner] - 1, paths.last[owner], inner[owner] + number)
    size = (length / pieces)[owner]
    first_piece = np.cumsum(pieces) - pieces
    which = np.minimum(
        (profile.at / (length / pieces)[profile.chain]).astype(np.int64), pieces[profile.chain] - 1
    )
    piece = first_piece[profile.chain] + which
    t = np.clip(profile.at / size[piece] - which, 0.0, 1.0)
    base = float(np.median(profile.height))
    height = profile.height - base
    weight = profile.weight / profile.error**2
    robust = np.ones(len(t))
    # Where nothing is known the profile runs level with its neighbours.
    stiff = 1e-6 * float(np.median(weight)) * np.maximum(cell / np.maximum(size, 1.0), 1e-3)
    for _ in range(_FITS):
        w = weight * robust
        beside = np.bincount(piece, weights=w * t * (1 - t), minlength=len(owner))
        anchor = np.bincount(low[piece], weights=w * (1 - t), minlength=total)
        anchor += np.bincount(high[piece], weights=w * t, minlength=total)
        right = np.bincount(low[piece], weights=w * (1 - t) * height, minlength=total)
        right += np.bincount(high[piece], weights=w * t * height, minlength=total)
        level = solve(low, high, stiff - beside, right, anchor=anchor)
        off = height - (level[low[piece]] * (1 - t) + level[high[piece]] * t)
        ratio = np.abs(off) / profile.error
        robust = np.where(ratio > _HUBER, _HUBER / np.maximum(ratio, _HUBER), 1.0)
    spread = _spread(profile, off, low[piece], high[piece], t, total, cell)
    return level[:count] + base, spread[:count]


def _spread(
    profile: _Profile,
    off: NDArray[np.float64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    t: NDArray[np.float64],
    total: int,
    cell: float,
) -> NDArray[np.float64]:
    """Return the standard error of the fitted profile at its nodes."""
    near = np.bincount(low, weights=profile.weight * (1 - t), minlength=total)
    near += np.bincount(high, weights=profile.weight * t, minlength=total)
    square = np.maximum(off**2, profile.error**2) * profile.weight
    scatter = np.bincount(low, weights=square * (1 - t), minlength=total)
    scatter += np.bincount(high, weights=square * t, minlength=total)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = scatter / near
        # The end of a straight line through n heights has four times the variance of their mean.
        independent = np.maximum(near / (_ALIKE * cell), 1.0)
        variance = variance * np.minimum(1.0, 4.0 / independent)
    return np.where(near > 0, np.sqrt(np.where(near > 0, variance, 0.0)), np.inf)


def _falls(
    group: NDArray[np.int64],
    at: NDArray[np.float64],
    profile: _Profile,
    length: NDArray[np.float64],
    cell: float,
) -> NDArray[np.float64]:
    """Test the fall along each group of samples.

    Parameters
    ----------
    group : (m,) int
        Group of each sample of `profile`.
    at : (m,) float
        Metres down the group's path.
    length : (g,) float
        Of the paths, metres.

    Returns
    -------
    (g,) float
        Fall over its standard error; positive where the path falls, 0 where nothing is known.
    """
    count = len(length)

    def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(group, weights=values, minlength=count)

    robust = np.ones(len(group))
    slope = np.zeros(count)
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(_FITS):
            w = profile.weight * robust
            whole = add(w)
            mid_at, mid_height = add(w * at) / whole, add(w * profile.height) / whole
            x, y = at - mid_at[group], profile.height - mid_height[group]
            square = add(w * x * x)
            slope = add(w * x * y) / square
            off = y - slope[group] * x
            ratio = np.abs(off) / profile.error
            robust = np.where(ratio > _HUBER, _HUBER / np.maximum(ratio, _HUBER), 1.0)
        whole = add(profile.weight)
        variance = add(profile.weight * np.maximum(off**2, profile.error**2)) / whole
        independent = np.maximum(whole / (_ALIKE * cell), 1.0)
        error = np.sqrt(12.0 * variance / independent) / length
        # Half of the path known says nothing of the other half.
        enough = (square > 0) & (whole > 0.5 * length)
        return np.where(enough, -slope / error, 0.0)


# --------------------------------------------------------------------------------------------------------
# The decision
# --------------------------------------------------------------------------------------------------------


def _decide(
    network: Network,
    use: NDArray[np.bool_],
    paths: Chains,
    length: NDArray[np.float64],
    profile: _Profile,
    level: NDArray[np.float64],
    spread: NDArray[np.float64],
    cell: float,
    sure: float,
) -> Orientation:
    count = len(network.node)
    part = parts(paths.first, paths.last, count)
    outlets = _lowest(paths, part, level, spread, count)
    rank = flow_rank(paths.first, paths.last, length, count, outlets)
    downward = rank[paths.first] >= rank[paths.last]  # the chain runs from its first end to its last
    top = np.where(downward, paths.first, paths.last)
    bottom = np.where(downward, paths.last, paths.first)
    down_at = np.where(downward[profile.chain], profile.at, length[profile.chain] - profile.at)
    own = _falls(profile.chain, down_at, profile, length, cell)
    stem, offset = _stems(top, bottom, rank, length)
    stem_length = np.bincount(stem, weights=length, minlength=len(paths))
    whole = _falls(stem[profile.chain], offset[profile.chain] + down_at, profile, stem_length, cell)[stem]
    # What lies above an arm of a loop lies above it whichever way the arm runs.
    margin = _margin(top, bottom, rank, level, spread, part, outlets, sure, count)
    margin &= bridges(top, bottom, count)
    falls = (own >= sure) | (whole >= sure) | margin
    falls |= _arms(top, bottom, stem, falls)
    rises = (own <= -sure) | ((whole <= -sure) & (own < sure))
    loop = paths.first == paths.last
    known = falls & ~rises & ~loop
    along = np.zeros(len(network), dtype=bool)
    state = np.zeros(len(network), dtype=np.int64)  # 0 canal, 1 sure, 2 unsure, 3 contradicted
    owner = paths.owner
    along[paths.edge] = paths.forward == downward[owner]
    state[paths.edge] = np.where(known, 1, np.where(rises, 3, 2))[owner]
    flip = (state == 1) & ~along
    answer = Orientation(flip, (state == 2) | (state == 3))
    answer.tell(
        network, flip, "info", "direction_turned",
        "的数字化方向与高程下降方向相反,已调转", "digitised uphill by the elevation model; turned.",
    )  # fmt: skip
    answer.tell(
        network, state == 2, "warning", "fall_unsure",
        "的高程落差不超过高程模型的误差,流向存疑,保持原方向;请核对或指定出口",
        "with a fall no greater than the scatter of the elevation model, left as digitised; check the direction or"
        " give the outlet.",
    )  # fmt: skip
    answer.tell(
        network, state == 3, "warning", "fall_contradicts",
        "整体朝本水系出口升高,与高程模型矛盾,保持原方向;请核对",
        "rising as a whole towards the outlet of the river system, left as digitised; check the direction and the"
        " junctions.",
    )  # fmt: skip
    return answer


def _lowest(
    paths: Chains,
    part: NDArray[np.int64],
    level: NDArray[np.float64],
    spread: NDArray[np.float64],
    count: int,
) -> NDArray[np.int64]:
    """Return the lowest dead end of each part, or its lowest node where it has none."""
    ends = np.concatenate([paths.first, paths.last])
    degree = np.bincount(ends, minlength=count)
    nodes = np.unique(ends)
    inside = np.where(degree[nodes] == 1, 0, 1) + np.where(np.isfinite(spread[nodes]), 0, 2)
    order = np.lexsort((level[nodes], inside, part[nodes]))
    nodes = nodes[order]
    first = np.concatenate([[True], part[nodes[1:]] != part[nodes[:-1]]])
    return nodes[first]


def _stems(
    top: NDArray[np.int64],
    bottom: NDArray[np.int64],
    rank: NDArray[np.int64],
    length: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Join chains to stems that run from a source to where they meet a longer one.

    Returns
    -------
    stem : (c,) int
        Number of the stem of each chain: that of its uppermost chain.
    offset : (c,) float
        Metres from the top of its stem to the top of the chain.
    """
    count = len(top)
    longest = length.copy()
    stem, offset = np.arange(count), np.zeros(count)
    best_in: dict[int, int] = {}
    taken: set[int] = set()
    # From the highest node down; of several ways out the lowest-ranked goal is the nearest to the outlet.
    for c in np.lexsort((rank[bottom], -rank[top])).tolist():
        node = int(top[c])
        above = best_in.get(node)
        if above is not None:
            longest[c] += longest[above]
            if node not in taken:
                taken.add(node)
                stem[c], offset[c] = stem[above], offset[above] + length[above]
        below = int(bottom[c])
        if below not in best_in or longest[c] > longest[best_in[below]]:
            best_in[below] = c
    return stem, offset


def _margin(
    top: NDArray[np.int64],
    bottom: NDArray[np.int64],
    rank: NDArray[np.int64],
    level: NDArray[np.float64],
    spread: NDArray[np.float64],
    part: NDArray[np.int64],
    outlets: NDArray[np.int64],
    sure: float,
    count: int,
) -> NDArray[np.bool_]:
    """Whether all dead ends above a chain lie beyond doubt higher than the outlet of its part."""
    outlet = np.zeros(count, dtype=np.int64)
    outlet[part[outlets]] = outlets
    mine = outlet[part]
    clear = (level - level[mine]) > sure * np.hypot(spread, spread[mine])
    degree = np.bincount(np.concatenate([top, bottom]), minlength=count)
    above = np.where(degree == 1, clear, True)
    above[degree == 0] = False
    good = np.zeros(len(top), dtype=bool)
    for c in np.argsort(-rank[top], kind="stable").tolist():
        good[c] = above[top[c]]
        above[bottom[c]] &= good[c] | (top[c] == bottom[c])
    return good


def _arms(
    top: NDArray[np.int64], bottom: NDArray[np.int64], stem: NDArray[np.int64], falls: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Arms that leave a stem and come back to it, where the stem between is sure of its direction."""
    count = int(max(top.max(), bottom.max())) + 1
    out = np.zeros(len(top), dtype=bool)
    family = stem.copy()
    for _ in range(3):
        passing = np.full(count, -1)
        passing[bottom[falls | out]] = family[falls | out]
        through = np.full(count, -1)
        through[top[falls | out]] = family[falls | out]
        start = np.where(through[top] >= 0, through[top], passing[top])
        goal = np.where(through[bottom] >= 0, through[bottom], passing[bottom])
        fresh = ~falls & ~out & (start >= 0) & (start == goal)
        if not fresh.any():
            break
        out |= fresh
        family[fresh] = start[fresh]
    return out
