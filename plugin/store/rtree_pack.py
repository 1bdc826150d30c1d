"""An R-tree of SQLite filled at once: sorted into tiles and written as nodes, instead of a million insertions.

Sort-tile-recursive packing (Leutenegger, Lopez and Edgington, 1997) into the tables that hold a tree's nodes,
whose layout
SQLite documents in its source (rtree.c) and keeps, as any file depends on it; GDAL fills its trees the same way.
``rtreecheck()`` finds such a tree sound.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import numpy as np

from ..engine.gpkg import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELL = np.dtype([("id", ">i8"), ("box", ">f4", (4,))])
#: How full nodes are made, so that later insertions find room.
_FILL = 0.8


def pack(connection: sqlite3.Connection, tree: str, ids: NDArray[np.int64], boxes: NDArray[np.float64]) -> None:
    """Replace what a tree holds.

    Parameters
    ----------
    connection : sqlite3.Connection
        Inside a transaction.
    tree : str
        Name of the R-tree, two dimensions.
    ids : (n,) int
        Each once.
    boxes : (n, 4) float
        minx, maxx, miny, maxy; finite.
    """
    node, rowid, parent = (quoted(f"{tree}_{part}") for part in ("node", "rowid", "parent"))
    (size,) = connection.execute(f"SELECT length(data) FROM {node} WHERE nodeno = 1").fetchone()  # nosec B608: quoted
    for table in (node, rowid, parent):
        connection.execute(f"DELETE FROM {table}")  # nosec B608: quoted
    capacity = (size - 4) // _CELL.itemsize
    wanted = max(2, int(capacity * _FILL))
    cells = np.empty(len(ids), dtype=_CELL)
    cells["id"], cells["box"] = ids, _rounded(boxes)
    levels = []
    while len(cells) > capacity:
        order, starts = _tiles(cells["box"].astype(np.float64), int(np.ceil(len(cells) / wanted)))
        cells = cells[order]
        levels.append((cells, starts))
        above = np.empty(len(starts) - 1, dtype=_CELL)
        above["id"] = np.arange(len(above))  # which node of this level it stands for, however it is sorted above
        for side, pick in ((0, np.minimum), (1, np.maximum), (2, np.minimum), (3, np.maximum)):
            above["box"][:, side] = pick.reduceat(cells["box"][:, side].astype(np.float64), starts[:-1])
        cells = above
    # Numbers go from the root down: node 1 is the root, its children follow, and so on.
    first, numbered = 2, []
    for level in reversed(levels):
        count = len(level[1]) - 1
        numbered.append(first)
        first += count
    depth = len(levels)
    number = np.array([1])
    insert = f"INSERT INTO {node} VALUES (?, ?)"  # nosec B608: quoted
    groups = [(cells, np.array([0, len(cells)])), *reversed(levels)]
    for k, (own, starts) in enumerate(groups):
        below = k < len(groups) - 1
        children = own["id"].astype(np.int64) + (numbered[k] if below else 0)
        own = own.copy()
        own["id"] = children
        data = own.tobytes()
        step = _CELL.itemsize
        rows = []
        for at, n in enumerate(number.tolist()):
            low, high = int(starts[at]), int(starts[at + 1])
            head = (depth if k == 0 else 0).to_bytes(2, "big") + (high - low).to_bytes(2, "big")
            rows.append((n, (head + data[low * step : high * step]).ljust(size, b"\0")))
        connection.executemany(insert, rows)
        owner = np.repeat(number, np.diff(starts))
        if below:
            connection.executemany(
                f"INSERT INTO {parent} VALUES (?, ?)", zip(children.tolist(), owner.tolist())  # nosec B608: quoted
            )
            number = numbered[k] + np.arange(len(own))
        else:
            order = np.argsort(children, kind="stable")
            connection.executemany(
                f"INSERT INTO {rowid} VALUES (?, ?)",  # nosec B608: quoted
                zip(children[order].tolist(), owner[order].tolist()),
            )


def _rounded(boxes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Bounds as single floats, never inside what they bound."""
    with np.errstate(over="ignore"):
        out = boxes.astype(np.float32)
    for side, up in ((0, False), (1, True), (2, False), (3, True)):
        column = out[:, side]
        wide = column.astype(np.float64)
        inside = wide < boxes[:, side] if up else wide > boxes[:, side]
        column[inside] = np.nextafter(column[inside], np.float32(np.inf if up else -np.inf))
    return out


def _tiles(boxes: NDArray[np.float64], nodes: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return an order in which neighbours stand together, and where each of `nodes` equal nodes begins (and
    the end)."""
    n = len(boxes)
    x, y = boxes[:, 0] + boxes[:, 1], boxes[:, 2] + boxes[:, 3]
    by_x = np.argsort(x, kind="stable")
    strips = int(np.ceil(np.sqrt(nodes)))
    strip = np.empty(n, dtype=np.int64)
    strip[by_x] = np.arange(n) * strips // n
    order = np.lexsort((y, strip))
    return order, np.arange(nodes + 1) * n // nodes
