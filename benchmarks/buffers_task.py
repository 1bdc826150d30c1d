"""One answer of the buffer benchmark in one fresh process: ours, pyproj or GEOS; prints one line of JSON.

`answer` is the time from arrays of geometry in degrees to arrays of geometry (or metres) in degrees, `cpu` its
processor time, all threads together.  One shape is asked for before, so that no answer bears the import of a library.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .river_ours import peak_mb

if TYPE_CHECKING:
    from numpy.typing import NDArray

RADIUS = {"circles": 15_000.0, "buffers": 500.0, "wide": 500.0}
#: Segments to a quarter: 720 points around a circle.
SEGMENTS = {"circles": 180, "buffers": 64, "wide": 64}
METRIC = "EPSG:4547"
#: Answers that are kept and held to the oracle.
SAMPLE = 100


def read(path: Path) -> NDArray[Any]:
    """The shapes of a file; one that stands in it several times is one object."""
    with np.load(path) as kept:
        if "values" in kept:
            return kept["values"]
        text, ends, pick = kept["text"].tobytes(), kept["ends"], kept["pick"]
    starts = np.concatenate([[0], ends[:-1]])
    blobs = np.array([text[low:high] for low, high in zip(starts.tolist(), ends.tolist())], dtype=object)
    return np.asarray(shapely.from_wkb(blobs))[pick]


def save(path: Path, shapes: NDArray[Any], pick: NDArray[Any] | None = None) -> None:
    """Write shapes, or numbers, in a form that every numpy reads; `pick` names a shape for each row."""
    if shapes.dtype != object:
        np.savez(path, values=shapes)
        return
    blobs = list(shapely.to_wkb(shapes))
    ends = np.cumsum([len(blob) for blob in blobs])
    text = np.frombuffer(b"".join(blobs), dtype=np.uint8)
    np.savez(path, text=text, ends=ends, pick=np.arange(len(blobs)) if pick is None else pick)


def ours(task: str, shapes: NDArray[Any], threads: int) -> Callable[[slice], NDArray[Any]]:
    """The engine."""
    from envzones.plugin.engine import geodesy
    from envzones.plugin.engine.buffers import buffers, circles

    if task == "circles":
        x, y = shapely.get_coordinates(shapes).T
        return lambda rows: circles(x[rows], y[rows], RADIUS[task], 4 * SEGMENTS[task])
    if task == "distance":
        first, second = np.split(shapes, 2)
        return lambda rows: geodesy.distance(first[rows], second[rows]).metres
    return lambda rows: buffers(shapes[rows], RADIUS[task], SEGMENTS[task], workers=threads)


def loop(task: str, shapes: NDArray[Any], threads: int) -> Callable[[slice], NDArray[Any]]:
    """pyproj's geodesics, circle by circle (or shape by shape in a projection about its own middle)."""
    from pyproj import Geod, Transformer

    geod = Geod(a=6378137.0, rf=298.257222101)
    n = 4 * SEGMENTS.get(task, 1)
    azimuth = -360.0 / n * np.arange(n)

    def circle(x: float, y: float) -> Any:
        lon, lat, _ = geod.fwd(np.full(n, x), np.full(n, y), azimuth, np.full(n, RADIUS[task]))
        return shapely.Polygon(np.column_stack([lon, lat]))

    def around(shape: Any) -> Any:
        west, south, east, north = shape.bounds
        local = f"+proj=aeqd +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +a=6378137 +rf=298.257222101"
        there = Transformer.from_crs("EPSG:4490", local, always_xy=True)
        flat = shapely.transform(shape, lambda c: np.column_stack(there.transform(*c.T)))
        drawn = shapely.buffer(flat, RADIUS[task], quad_segs=SEGMENTS[task])
        return shapely.transform(drawn, lambda c: np.column_stack(there.transform(*c.T, direction="INVERSE")))

    if task == "circles":
        places = shapely.get_coordinates(shapes)
        return lambda rows: np.array([circle(x, y) for x, y in places[rows]])
    return lambda rows: np.array([around(shape) for shape in shapes[rows]])


def flat(task: str, shapes: NDArray[Any], threads: int) -> Callable[[slice], NDArray[Any]]:
    """pyproj's geodesics over flat arrays."""
    from pyproj import Geod

    geod = Geod(a=6378137.0, rf=298.257222101)
    n = 4 * SEGMENTS[task]
    places = shapely.get_coordinates(shapes)
    azimuth = -360.0 / n * np.arange(n)

    def draw(rows: slice) -> NDArray[Any]:
        x, y = places[rows].T
        lon, lat, _ = geod.fwd(np.repeat(x, n), np.repeat(y, n), np.tile(azimuth, len(x)), np.full(n * len(x), RADIUS[task]))
        return shapely.polygons(np.stack([lon, lat], axis=-1).reshape(len(x), n, 2))

    return draw


def planar(task: str, shapes: NDArray[Any], threads: int) -> Callable[[slice], NDArray[Any]]:
    """shapely in the projected system of 114 degrees east."""
    from pyproj import Transformer

    there = Transformer.from_crs("EPSG:4490", METRIC, always_xy=True)

    def moved(some: NDArray[Any], direction: str) -> NDArray[Any]:
        return shapely.transform(some, lambda c: np.column_stack(there.transform(*c.T, direction=direction)))

    def draw(rows: slice) -> NDArray[Any]:
        drawn = shapely.buffer(moved(shapes[rows], "FORWARD"), RADIUS[task], quad_segs=SEGMENTS[task])
        return moved(drawn, "INVERSE")

    if task == "distance":
        first, second = np.split(shapes, 2)
        return lambda rows: shapely.distance(moved(first[rows], "FORWARD"), moved(second[rows], "FORWARD"))
    return draw


HOW = {"ours": ours, "loop": loop, "flat": flat, "planar": planar}


def main() -> int:
    """Answer once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("how", choices=HOW)
    parser.add_argument("--task", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, default=0, help="only so many; 0 for all")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    shapes = read(options.folder / f"{options.task}.npz")
    draw = HOW[options.how](options.task, shapes, options.threads)
    count = len(shapes) // (2 if options.task == "distance" else 1)
    count = min(count, options.rows or count)
    draw(slice(0, 1))
    begun, cpu = time.perf_counter(), time.process_time()
    drawn = draw(slice(0, count))
    seconds = {"answer": time.perf_counter() - begun, "cpu": time.process_time() - cpu}
    save(options.out, np.asarray(drawn)[:SAMPLE])
    print(json.dumps({"seconds": seconds, "count": count, "peak_mb": peak_mb()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
