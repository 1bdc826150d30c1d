"""Overlaying regions: the area cut into disjoint faces, and these joined where the same regions cover them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .geodesy import area_m2
from .progress import Progress, report
from .suitability_shapes import patiently, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Where boundaries cannot be cut as they are, their vertices are drawn onto a grid of so many degrees, 0.1 mm.
GRID = 1e-9
#: Parts smaller than this (m²) that belong to the same set of regions share one row.
SPLINTER_M2 = 100.0


def faces(
    area: Any, regions: Sequence[Any], progress: Progress
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Cut an area along the boundaries of regions.

    Parameters
    ----------
    area : Polygon or MultiPolygon
    regions : sequence of Polygon or MultiPolygon
        Within the area.
    progress : Progress

    Returns
    -------
    face : (n,) Polygon
        Disjoint; together the area.
    member : (n, r) bool
        Which regions hold each face.
    """
    edges = shapely.boundary(np.array([area, *regions], dtype=object))
    report(progress, 0.0, "Cutting the area")
    noded = patiently(lambda: _noded(edges), progress)
    report(progress, 0.5, "Cutting the area")
    face = patiently(lambda: shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))), progress)
    inner = patiently(lambda: shapely.point_on_surface(face), progress)
    tree = shapely.STRtree(inner)
    keep = patiently(lambda: _held(tree, area), progress)
    face = face[keep]
    report(progress, 0.7, "Cutting the area")
    held = together([lambda r=region: _held(tree, r) for region in regions], progress)
    member = np.column_stack([one[keep] for one in held]) if held else np.zeros((len(face), 0), dtype=bool)
    return face, member


def _noded(edges: NDArray[Any]) -> Any:
    """Cut lines where they meet; onto a fine grid where the plain way fails."""
    try:
        return shapely.union_all(edges)
    except shapely.errors.GEOSException:
        return shapely.union_all(edges, grid_size=GRID)


def _held(tree: Any, region: Any) -> NDArray[np.bool_]:
    """Tell which points of a tree a region holds: part by part, as a part is near to few of them."""
    out = np.zeros(len(tree.geometries), dtype=bool)
    out[tree.query(shapely.get_parts(region), predicate="contains")[1]] = True
    return out


def joined(
    face: NDArray[Any], key: NDArray[np.intp], progress: Progress
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Join faces of the same key into connected pieces.

    Splinters, smaller than :data:`SPLINTER_M2`, of a key are kept together as one multi-polygon.

    Returns
    -------
    piece : (m,) Polygon or MultiPolygon
    key : (m,) int
    """
    order = np.argsort(key, kind="stable")
    face, key = face[order], key[order]
    values, start = np.unique(key, return_index=True)
    groups = np.split(face, start[1:])
    report(progress, 0.0, "Joining the pieces")
    merged = np.array([group[0] for group in groups], dtype=object)
    many = [k for k, group in enumerate(groups) if len(group) > 1]
    merged[many] = together([lambda g=groups[k]: shapely.coverage_union_all(g) for k in many], progress)
    part, owner = shapely.get_parts(merged, return_index=True)
    small = area_m2(part) < SPLINTER_M2
    pieces, keys = [part[~small]], [values[owner[~small]]]
    if small.any():
        of = owner[small]
        rows, number = np.unique(of, return_inverse=True)
        pieces.append(shapely.multipolygons(part[small], indices=number))
        keys.append(values[rows])
    return np.concatenate(pieces), np.concatenate(keys)
