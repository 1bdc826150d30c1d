"""Which zone is nearest to a subject, which could reach it soonest, and which is the subject itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .. import geodesy
from ..progress import SILENT, Progress
from ..proximity import Placed, nearest_candidates, placed, within
from .context import Context, Subjects, Zones

if TYPE_CHECKING:
    from numpy.typing import NDArray


def nearest(
    subjects: Subjects, geometry: Placed | NDArray[Any], skip: NDArray[np.intp] | None = None,
    progress: Progress = SILENT,
) -> tuple[NDArray[np.intp], geodesy.Distances]:  # fmt: skip
    """Return for each subject the row of its nearest geometry and the ellipsoidal distance to it.

    `skip` names for each subject a row that does not count (-1: none); a subject to which none is left has row -1.
    """
    among = placed(geometry)
    s, g = nearest_candidates(subjects.placed, among, skip, progress=progress)
    measured = geodesy.distance(subjects.geometry[s], among.geometry[g])
    order = np.lexsort((g, measured.metres, s))
    pick = order[np.unique(s[order], return_index=True)[1]]
    if len(pick) == len(subjects):
        return g[pick], measured.take(pick)
    found, n = s[pick], len(subjects)
    row, metres, bearing = np.full(n, -1, dtype=np.intp), np.full(n, np.nan), np.full(n, np.nan)
    line = np.full(n, None, dtype=object)
    row[found], metres[found], bearing[found] = g[pick], measured.metres[pick], measured.bearing[pick]
    line[found] = measured.line[pick]
    return row, geodesy.Distances(metres, line, bearing)


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
    subjects: Subjects, zones: Zones, candidates: NDArray[np.intp], limit: float, skip: NDArray[np.intp] | None,
    context: Context,
) -> tuple[NDArray[np.intp], geodesy.Distances]:  # fmt: skip
    """Return for each subject the zone that could reach it soonest: the nearest, or a less accurate one farther off."""
    among, progress = zones.placed.take(candidates), context.progress
    if skip is None:
        key = ("nearest", zones.name, candidates.tobytes())
        pick, measured = context.once(key, subjects, lambda: nearest(subjects, among, None, progress))
    else:
        pick, measured = nearest(subjects, among, skip, progress)
    accuracy = zones.accuracy[candidates]
    if not len(subjects) or accuracy.max() == accuracy.min():
        return pick, measured
    slack = np.where(accuracy > 0, accuracy, 0.0)
    # Zones as inaccurate as these are few; each is measured to the subjects that it could reach.
    wide = np.flatnonzero(slack > slack.min())
    reach = limit + slack[wide] + subjects.accuracy.max()
    w, s = within(among.take(wide), subjects.placed, reach, progress=progress)
    if not len(s):
        return pick, measured
    if skip is not None:
        others = wide[w] != skip[s]
        w, s = w[others], s[others]
    other = geodesy.distance(subjects.geometry[s], among.geometry[wide[w]])
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
