"""One answer of the siting benchmark in one fresh process: ours, the raw tree, or geopandas; prints one line of JSON.

Stages: `read` (files to frames), `project` (to metres, where the way of asking has such a step of its own), `answer`
(arrays of geometry to all pairs; trees and prepared shapes are built in it).  Ours projects inside `answer`.  A pair
of shapes is asked for before, so that no answer bears the import of a library.  `cpu` is the processor time of
`answer`, all threads together, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .river_ours import Clock, peak_mb, reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]

METRES = 500.0
METRIC = "EPSG:4547"
#: Stages of ours that are told apart: what a projection is to the bare tree, and what its query is.
PROJECTING, ASKING = "of it: projecting", "of it: tree and comparing"
#: How many zones one task of a thread takes in the raw tree's own two-thread figure.
_SLICE = 256


def ours(options: argparse.Namespace, clock: Clock) -> tuple[Pairs, dict[str, Any]]:
    """The engine, from degrees; then once more with its images worked out before, to tell the two apart."""
    import geopandas  # noqa: F401, ICN001 - so that reading does not bear its import

    from envzones.plugin.engine import geodesy, proximity

    read = reader(options.qgis)
    with clock.stage("read"):
        sites, zones = (_array(read(path)) for path in _paths(options))
        sites = sites[: options.rows]
    held = peak_mb()

    def ask(a: Any, b: Any) -> Pairs:
        if options.relation == "meet":
            return proximity.intersecting(a, b, workers=options.threads)
        return proximity.within(a, b, METRES, workers=options.threads)

    ask(sites[:1], zones[:1])
    geodesy.distance(sites[:1], zones[:1])
    with _answering(clock):
        pairs = ask(sites, zones)
    more = {"held_mb": held, "peak_mb": peak_mb()}
    if options.relation == "near":
        a, b = proximity.Placed(sites), proximity.Placed(zones)
        with clock.stage(PROJECTING):
            for one in (a, b):
                one.flat_bounds  # noqa: B018 - worked out when it is asked for
                one.flat  # noqa: B018
        # As the bare tree is timed: projected before, grown and asked within the time.
        with clock.stage(ASKING):
            ask(a, b)
    return pairs, more


def tree(options: argparse.Namespace, clock: Clock) -> tuple[Pairs, dict[str, Any]]:
    """What the engine stands on, bare: one tree and one query, both ways round; the quicker counts."""
    import geopandas  # noqa: F401, ICN001 - so that reading does not bear its import

    read = reader(options.qgis)
    with clock.stage("read"):
        sites, zones = (read(path).geometry for path in _paths(options))
        sites = sites.iloc[: options.rows]
    held = peak_mb()
    with clock.stage("project"):
        if options.relation == "near":
            sites, zones = sites.to_crs(METRIC), zones.to_crs(METRIC)
    a, b = np.asarray(sites.array), np.asarray(zones.array)
    how = {"predicate": "intersects"} if options.relation == "meet" else {"predicate": "dwithin", "distance": METRES}

    def query(told: NDArray[Any], ask: NDArray[Any]) -> Pairs:
        grown = shapely.STRtree(told)
        if options.threads == 1:
            return tuple(grown.query(ask, **how))
        parts = [slice(low, low + _SLICE) for low in range(0, len(ask), _SLICE)]
        with ThreadPoolExecutor(options.threads) as pool:
            found = list(pool.map(lambda part: grown.query(ask[part], **how), parts))
        return np.concatenate([i + part.start for (i, _), part in zip(found, parts)]), np.concatenate([j for _, j in found])

    query(a[:1], b[:1])
    with _answering(clock):
        zone, site = query(a, b)
    more = {"held_mb": held, "peak_mb": peak_mb()}
    other = Clock()
    with _answering(other):
        query(b, a)
    clock.seconds["zones ask"], clock.seconds["sites ask"] = clock.seconds["answer"], other.seconds["answer"]
    if other.seconds["answer"] < clock.seconds["answer"]:
        clock.seconds.update(other.seconds)
    return (site, zone), more


def geopandas(options: argparse.Namespace, clock: Clock) -> tuple[Pairs, dict[str, Any]]:
    """``sjoin`` as its manual has it."""
    sites, zones = _frames(options, clock)
    with clock.stage("project"):
        if options.relation == "near":
            sites, zones = sites.to_crs(METRIC), zones.to_crs(METRIC)
    how = {"predicate": "intersects"} if options.relation == "meet" else {"predicate": "dwithin", "distance": METRES}
    sites.iloc[:1].sjoin(zones.iloc[:1], **how)
    with _answering(clock):
        joined = sites.sjoin(zones, **how)
    return (joined["row_left"].to_numpy(), joined["row_right"].to_numpy()), {"peak_mb": peak_mb()}


def recipe(options: argparse.Namespace, clock: Clock) -> tuple[Pairs, dict[str, Any]]:
    """The usual recipe: draw a buffer about every zone, and join what it meets."""
    sites, zones = _frames(options, clock)
    with clock.stage("project"):
        sites, zones = sites.to_crs(METRIC), zones.to_crs(METRIC)
    with _answering(clock):
        joined = sites.sjoin(zones.set_geometry(zones.buffer(METRES)), predicate="intersects")
    return (joined["row_left"].to_numpy(), joined["row_right"].to_numpy()), {"peak_mb": peak_mb()}


def million(options: argparse.Namespace, clock: Clock) -> tuple[Pairs, dict[str, Any]]:
    """Ours over a file too large to be read at once: so many points at a time against zones that are kept."""
    import geopandas as gpd

    from envzones.plugin.engine import proximity

    with clock.stage("read"):
        zones = proximity.Placed(_array(reader(False)(options.folder / "zones.gpkg")))
    held, low, found = peak_mb(), 0, []
    while True:
        with clock.stage("read"):
            chunk = gpd.read_file(options.points, where=f"fid > {low} AND fid <= {low + options.chunk}", columns=["row"])
        if not len(chunk):
            break
        with _answering(clock):
            i, j = proximity.within(_array(chunk), zones, METRES, workers=options.threads)
            found.append((i + low, j))
        low += options.chunk
    return tuple(np.concatenate(side) for side in zip(*found)), {"held_mb": held, "peak_mb": peak_mb()}


WHO = {"ours": ours, "tree": tree, "geopandas": geopandas, "recipe": recipe, "million": million}


@contextlib.contextmanager
def _answering(clock: Clock) -> Iterator[None]:
    """Add the time of a block to `answer`, and its processor time to `cpu`."""
    begun = time.process_time()
    with clock.stage("answer"):
        yield
    clock.seconds["cpu"] = clock.seconds.get("cpu", 0.0) + time.process_time() - begun


def _paths(options: argparse.Namespace) -> tuple[Path, Path]:
    return options.folder / f"{options.sites}.gpkg", options.folder / "zones.gpkg"


def _array(frame: Any) -> NDArray[Any]:
    return np.asarray(frame.geometry.array)


def _frames(options: argparse.Namespace, clock: Clock) -> tuple[Any, Any]:
    import geopandas as gpd

    with clock.stage("read"):
        sites, zones = (gpd.read_file(path) for path in _paths(options))
    return sites.iloc[: options.rows], zones


def main() -> int:
    """Answer once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("who", choices=tuple(WHO))
    parser.add_argument("--folder", type=Path, required=True, help="of the made province")
    parser.add_argument("--sites", choices=("points", "polygons"), default="points")
    parser.add_argument("--relation", choices=("meet", "near"), default="near")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, help="so many of the sites only")
    parser.add_argument("--points", type=Path, help="the file that is read in chunks")
    parser.add_argument("--chunk", type=int, default=100_000)
    parser.add_argument("--qgis", action="store_true", help="read through QGIS, as the plugin does")
    parser.add_argument("--out", type=Path, required=True, help="where the pairs go (npy)")
    options = parser.parse_args()
    application = None
    if options.qgis:
        from qgis.core import QgsApplication

        application = QgsApplication([], False)
        application.initQgis()
    clock = Clock()
    pairs, more = WHO[options.who](options, clock)
    np.save(options.out, np.column_stack(pairs))
    versions = {"shapely": shapely.__version__, "GEOS": shapely.geos_version_string, "numpy": np.__version__}
    print(json.dumps({"seconds": clock.seconds, "pairs": len(pairs[0]), "versions": versions, **more}))
    if application is not None:
        application.exitQgis()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
