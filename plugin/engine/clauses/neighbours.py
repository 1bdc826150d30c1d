"""Which zone is nearest to a subject, which could reach it soonest, and which is the subject itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .. import geodesy
from .context import Subjects, Zones

if TYPE_CHECKING:
    from numpy.typing import NDArray


def filter_frame(low: float, high: float) -> tuple[float, float]:
    """Return the reference latitude of a frame for latitudes `low` to `high`, and its relative error of distance."""
    lat = (low + high) / 2
    k = geodesy.metres_per_degree(np.array([low, lat, high]))[0]
    return lat, float(np.max(np.abs(k / k[1] - 1.0))) + 0.007


def nearest(
    subjects: Subjects, geometry: NDArray[Any], skip: NDArray[np.intp] | None = None
) -> tuple[NDArray[np.intp], geodesy.Distances]:
    """Return for each subject the row of its nearest geometry and the ellipsoidal distance to it.

    `skip` names for each subject a row that does not count (-1: none); a subject to which none is left has row -1.
    """
    _, low, _, high = shapely.total_bounds(np.concatenate([subjects.geometry, geometry]))
    lat, error = filter_frame(low, high)
    flat = geodesy.scaled(subjects.geometry, lat)
    tree = shapely.STRtree(geodesy.scaled(geometry, lat))
    # `exclusive` leaves out what is equal to the subject: itself, and with it any twin, which dwithin finds again.
    (first, _), reach = tree.query_nearest(flat, all_matches=False, return_distance=True, exclusive=skip is not None)
    limit = np.zeros(len(subjects))
    limit[first] = reach * (1 + error) / (1 - error) + 1.0
    s, g = tree.query(flat, predicate="dwithin", distance=limit)
    if skip is not None:
        s, g = _without(s, g, skip, len(geometry))
    measured = geodesy.distance(subjects.geometry[s], geometry[g])
    order = np.lexsort((g, measured.metres, s))
    pick = order[np.unique(s[order], return_index=True)[1]]
    if skip is None or len(pick) == len(subjects):
        return g[pick], geodesy.Distances(measured.metres[pick], measured.line[pick], measured.bearing[pick])
    found, n = s[pick], len(subjects)
    row, metres, bearing = np.full(n, -1, dtype=np.intp), np.full(n, np.nan), np.full(n, np.nan)
    line = np.full(n, None, dtype=object)
    row[found], metres[found], bearing[found] = g[pick], measured.metres[pick], measured.bearing[pick]
    line[found] = measured.line[pick]
    return row, geodesy.Distances(metres, line, bearing)


def _without(
    s: NDArray[np.intp], g: NDArray[np.intp], skip: NDArray[np.intp], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Drop the pairs of a subject with its own row; one left with none is paired with all others (a mended shape)."""
    other = g != skip[s]
    s, g = s[other], g[other]
    bare = np.setdiff1d(np.arange(len(skip)), s)
    more, to = np.repeat(bare, count), np.tile(np.arange(count), len(bare))
    other = to != skip[more]
    return np.concatenate([s, more[other]]), np.concatenate([g, to[other]])


def own_rows(subjects: Subjects, zones: Zones) -> NDArray[np.intp] | None:
    """Return for each subject its own row in `zones`, -1 for none; None where no subject can have one.

    A feature listed from the layer that it is measured against is no neighbour of itself (mines 300 m apart).  So it
    is with a site that carries the `uid` of the zone it stands on: the extension of a mine that is on the map.
    """
    if subjects.layer not in (zones.name, "site") or not {"uid"} <= set(subjects.frame) & set(zones.frame):
        return None
    place = {uid: row for row, uid in enumerate(zones.frame["uid"])}
    own = np.array([place.get(uid, -1) for uid in subjects.frame["uid"]], dtype=np.intp)
    if subjects.layer == "site":
        own[~shapely.intersects(subjects.geometry, np.append(zones.geometry, None)[own])] = -1
    return own if (own >= 0).any() else None


def likeliest(
    subjects: Subjects, zones: Zones, candidates: NDArray[np.intp], limit: float, skip: NDArray[np.intp] | None
) -> tuple[NDArray[np.intp], geodesy.Distances]:
    """Return for each subject the zone that could reach it soonest: the nearest, or a less accurate one farther off."""
    pick, measured = nearest(subjects, zones.geometry[candidates], skip)
    accuracy = zones.accuracy[candidates]
    if not len(subjects) or accuracy.max() == accuracy.min():
        return pick, measured
    slack = np.where(accuracy > 0, accuracy, 0.0)
    # Zones as inaccurate as these are few; each is measured to the subjects that it could reach.
    wide = np.flatnonzero(slack > slack.min())
    _, low, _, high = shapely.total_bounds(np.concatenate([subjects.geometry, zones.geometry[candidates]]))
    lat, error = filter_frame(low, high)
    tree = shapely.STRtree(geodesy.scaled(subjects.geometry, lat))
    reach = (limit + slack[wide] + subjects.accuracy.max()) * (1 + error) / (1 - error) + 1.0
    w, s = tree.query(geodesy.scaled(zones.geometry[candidates[wide]], lat), predicate="dwithin", distance=reach)
    if not len(s):
        return pick, measured
    if skip is not None:
        others = wide[w] != skip[s]
        w, s = w[others], s[others]
    other = geodesy.distance(subjects.geometry[s], zones.geometry[candidates[wide[w]]])
    gap = other.metres - slack[wide[w]]
    closer = gap < np.where(pick >= 0, measured.metres - slack[pick], np.inf)[s]
    order = np.lexsort((gap, s))[closer[np.lexsort((gap, s))]]
    if not len(order):
        return pick, measured
    best = order[np.unique(s[order], return_index=True)[1]]
    pick, metres, line, bearing = pick.copy(), measured.metres.copy(), measured.line.copy(), measured.bearing.copy()
    rows = s[best]
    pick[rows] = wide[w[best]]
    metres[rows], line[rows], bearing[rows] = other.metres[best], other.line[best], other.bearing[best]
    return pick, geodesy.Distances(metres, line, bearing)


def apart(
    s: NDArray[np.intp], z: NDArray[np.intp], own: NDArray[np.intp] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Drop the pairs of a subject with itself."""
    if own is None:
        return s, z
    other = z != own[s]
    return s[other], z[other]


def among(candidates: NDArray[np.intp], own: NDArray[np.intp] | None) -> NDArray[np.intp] | None:
    """Turn rows of the layer into positions among the candidates, -1 for what is no candidate."""
    if own is None:
        return None
    at = np.searchsorted(candidates, own).clip(max=len(candidates) - 1)
    return np.where(candidates[at] == own, at, -1)
