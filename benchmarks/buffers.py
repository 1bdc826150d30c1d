"""Geodesic circles, buffers and distances in bulk: ours beside pyproj, shapely, QGIS and PostGIS, held to geodesics.

    .venv-engine/bin/python -m envzones.benchmarks.buffers [--scale 0.1] [--peers all | none | loop,qgis] [--json FILE]

Each answer is found in a fresh process, ours and the peers in turn; a sample of each is measured with pyproj.Geod.
Ends with 1 if an answer of ours is not as exact as it says.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Geod, Transformer

from .buffers_task import RADIUS, SAMPLE, SEGMENTS, ours, read, save
from .results import Check, Goal, Part, Result, Row, part_text, ratios, write
from .siting import ROOT, child, say

if TYPE_CHECKING:
    from numpy.typing import NDArray

PEERS = ("loop", "flat", "planar", "qgis", "postgis")
OURS = "ours, 2 threads"
GEOD = Geod(a=6378137.0, rf=298.257222101)
TITLES = {
    "circles": "circles of 15 km, 720 vertices", "buffers": "500 m about polygons of 50 vertices",
    "wide": "500 m about lines 200 to 400 km long", "distance": "distances of points and polygons",
}  # fmt: skip
#: Shapes of each task; a slow peer gets a share, and its seconds are brought to the whole.
COUNT = {"circles": 10_000, "buffers": 10_000, "wide": 20, "distance": 100_000}
SHARE = {("loop", "circles"): 2_000, ("loop", "buffers"): 500, ("planar", "buffers"): 2_000, ("qgis", "buffers"): 1_000,
         ("qgis", "circles"): 2_000, ("postgis", "buffers"): 500, ("postgis", "circles"): 2_000,
         ("postgis", "distance"): 10_000}  # fmt: skip
WHO = {
    "loop": "pyproj, one by one", "flat": "pyproj.Geod.fwd, flat arrays", "planar": "shapely in EPSG:4547",
    "qgis": "QGIS native:buffer in EPSG:4547", "postgis": "PostGIS geography",
}  # fmt: skip
#: What each peer does not do.
NOT = {("flat", "buffers"), ("flat", "wide"), ("flat", "distance"), ("loop", "wide"), ("loop", "distance"), ("qgis", "distance")}

ABOUT = """\
Seeded shapes of a province (110 to 117 degrees east, 31 to 36.5 north): places, star-shaped polygons of 50 vertices
(median radius 120 m), lines of 40 vertices across it, and 100,000 pairs of a point and a polygon of 24 to 1,600
vertices within some kilometres.  Seconds are from arrays of geometry in degrees to arrays of geometry in degrees (QGIS:
memory layers; PostGIS: a table made in the server), all with as many segments to an arc.  A peer that is given a part
of the shapes says so, and its seconds are brought to all.  The vertex error is the largest difference between the
radius and the geodesic from a vertex to the shape (to the centre), found with pyproj.Geod along each near edge; the
area error is that of the drawn polygon, its chords included, against that of the true outline."""


# --------------------------------------------------------------------------------------------------------
# Shapes
# --------------------------------------------------------------------------------------------------------


def stars(rng: Any, at: NDArray[Any], metres: NDArray[Any], count: NDArray[Any]) -> NDArray[Any]:
    """Star-shaped polygons about places, of a radius and a number of vertices each."""
    owner = np.repeat(np.arange(len(at)), count)
    k = np.arange(len(owner)) - (np.cumsum(count) - count)[owner]
    angle = 2 * np.pi * k / count[owner]
    away = metres[owner] * rng.uniform(0.7, 1.3, len(owner)) / 111_000
    x = at[owner, 0] + away * np.cos(angle) / np.cos(np.radians(at[owner, 1]))
    y = at[owner, 1] + away * np.sin(angle)
    return shapely.polygons(shapely.linearrings(np.column_stack([x, y]), indices=owner))


def made(folder: Path, scale: float, seed: int) -> dict[str, int]:
    """Write the shapes of all tasks; return how many there are."""
    rng = np.random.default_rng(seed)
    size = {task: max(int(count * scale), 5) for task, count in COUNT.items()}
    low, high = np.array([110.0, 31.0]), np.array([117.0, 36.5])

    def places(n: int) -> NDArray[Any]:
        return rng.uniform(low, high, (n, 2))

    n = size["buffers"]
    radius = np.clip(rng.lognormal(np.log(120), 0.6, n), 15, 900)
    lines = []
    for _ in range(size["wide"]):
        x = np.linspace(*np.sort(rng.uniform(110, 117, 2)), 40) + np.linspace(0, 2, 40)
        y = rng.uniform(32, 35.5) + np.cumsum(rng.normal(0, 0.02, 40))
        lines.append(shapely.LineString(np.column_stack([x, y])))
    pairs = size["distance"]
    zones = places(max(pairs // 10, 1))
    count = np.clip(rng.lognormal(np.log(150), 0.7, len(zones)), 24, 1600).astype(int)
    polygons = stars(rng, zones, np.clip(rng.lognormal(np.log(700), 0.8, len(zones)), 80, 8000), count)
    pick = rng.integers(0, len(zones), pairs)
    points = shapely.points(zones[pick] + rng.normal(0, 0.02, (pairs, 2)))
    shapes = {
        "circles": shapely.points(places(size["circles"])),
        "buffers": stars(rng, places(n), radius, np.full(n, 50)), "wide": np.array(lines),
        "distance": np.concatenate([points, polygons]),
    }  # fmt: skip
    picks = {"distance": np.concatenate([np.arange(pairs), pairs + pick])}
    folder.mkdir(parents=True, exist_ok=True)
    for task, some in shapes.items():
        save(folder / f"{task}.npz", some, picks.get(task))
    return size


# --------------------------------------------------------------------------------------------------------
# The oracle
# --------------------------------------------------------------------------------------------------------


def geodesics(places: NDArray[Any], shape: Any) -> NDArray[Any]:
    """Metres from places (m, 2) to the outline of a shape: along each of its nearest edges, by ternary search."""
    if shape.geom_type == "Point":
        return np.asarray(GEOD.inv(np.full(len(places), shape.x), np.full(len(places), shape.y), *places.T)[2])
    coords = shapely.get_coordinates(shape)
    start, way = coords[:-1], np.diff(coords, axis=0)
    scale = np.array([np.cos(np.radians(coords[:, 1].mean())), 1.0])
    to = (places[:, None] - start[None]) * scale
    share = np.clip((to * way * scale).sum(axis=2) / np.maximum(((way * scale) ** 2).sum(axis=1), 1e-30), 0, 1)
    near = np.hypot(*np.moveaxis(to - share[..., None] * way * scale, 2, 0))
    edges = np.argsort(near, axis=1)[:, :6]
    best = np.full(len(places), np.inf)
    for edge in edges.T:
        low, high = np.zeros(len(places)), np.ones(len(places))

        def away(part: NDArray[Any], edge: NDArray[Any] = edge) -> NDArray[Any]:
            return np.asarray(GEOD.inv(*places.T, *(start[edge] + part[:, None] * way[edge]).T)[2])

        for _ in range(45):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            left = away(a) < away(b)
            high, low = np.where(left, b, high), np.where(left, low, a)
        best = np.minimum(best, away(low))
    return best


def area(polygon: Any) -> float:
    """Square metres of a polygon with edges straight in degrees."""
    return abs(GEOD.geometry_area_perimeter(shapely.segmentize(polygon, 0.001))[0])


def true_area(task: str, shape: Any) -> float:
    """Square metres of the true outline: geodesics all around, or a very fine buffer about the shape's own middle."""
    if task == "circles":
        azimuth = np.linspace(0, 360, 7200, endpoint=False)
        x, y, _ = GEOD.fwd(np.full(7200, shape.x), np.full(7200, shape.y), azimuth, np.full(7200, RADIUS[task]))
        return abs(GEOD.polygon_area_perimeter(x, y)[0])
    west, south, east, north = shape.bounds
    local = f"+proj=aeqd +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +a=6378137 +rf=298.257222101"
    there = Transformer.from_crs("EPSG:4490", local, always_xy=True)
    flat = shapely.transform(shape, lambda c: np.column_stack(there.transform(*c.T)))
    drawn = shapely.buffer(flat, RADIUS[task], quad_segs=1024)
    return area(shapely.transform(drawn, lambda c: np.column_stack(there.transform(*c.T, direction="INVERSE"))))


@dataclass
class Score:
    """How exact an answer is: metres at a vertex at most, and the largest and mean relative area error."""

    vertex_m: float = float("nan")
    area: float = float("nan")
    areas: dict[str, float] = field(default_factory=dict)

    def words(self) -> str:
        """In one line."""
        text = f"vertex error up to {self.vertex_m:.2g} m"
        return text if self.area != self.area else f"{text}, area error up to {self.area:.1e}"


class Oracle:
    """Measures samples of answers; what is true is worked out once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[Any, Any] = {}

    def shapes(self, task: str) -> NDArray[Any]:
        """The first shapes of a task."""
        if ("shapes", task) not in self.known:
            self.known["shapes", task] = read(self.folder / f"{task}.npz")
        return self.known["shapes", task]

    def score(self, task: str, answer: NDArray[Any]) -> Score:
        """Measure an answer."""
        shapes = self.shapes(task)
        if task == "distance":
            first, second = np.split(shapes, 2)
            true = self._distances(first[:SAMPLE], second[:SAMPLE])
            return Score(float(np.abs(answer - true).max()))
        drawn = answer
        rng, worst = np.random.default_rng(1), 0.0
        for shape, one in list(zip(shapes, drawn))[: 10 if task == "wide" else SAMPLE]:
            coords = shapely.get_coordinates(one)
            coords = coords[rng.permutation(len(coords))[:60]]
            worst = max(worst, float(np.abs(geodesics(coords, shape) - RADIUS[task]).max()))
        if task == "wide":
            return Score(worst)
        few = 20
        if task not in self.known:
            self.known[task] = np.array([true_area(task, shape) for shape in shapes[:few]])
        got = np.array([area(one) for one in drawn[:few]])
        return Score(worst, float(np.abs(got / self.known[task][: len(got)] - 1).max()))

    def _distances(self, first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
        if "distance" not in self.known:
            self.known["distance"] = np.array([
                0.0 if shapely.intersects(a, b) else geodesics(shapely.get_coordinates(a), b)[0] for a, b in zip(first, second)
            ])  # fmt: skip
        return self.known["distance"]


# --------------------------------------------------------------------------------------------------------
# The run
# --------------------------------------------------------------------------------------------------------


def run(options: argparse.Namespace) -> Result:
    """Let all answer, and hold them to the oracle."""
    peers = PEERS if options.peers == "all" else () if options.peers == "none" else tuple(options.peers.split(","))
    folder = options.folder / f"buffers-{options.scale:g}"
    say("making the shapes")
    size = made(folder, options.scale, options.seed)
    oracle, versions = Oracle(folder), {"shapely": shapely.__version__, "GEOS": shapely.geos_version_string}
    rows: list[Row] = []
    scores: dict[tuple[str, str], Score] = {}
    seconds: dict[tuple[str, str], list[float]] = {}
    target = folder / "answer.npz"
    for task in TITLES:
        entrants = [("ours", OURS, ("ours", "--threads", "2"))]
        if task in ("buffers", "wide"):
            entrants.append(("ours1", "ours, 1 thread", ("ours", "--threads", "1")))
        entrants += [(name, WHO[name], (name,)) for name in peers if (name, task) not in NOT]
        found: dict[str, dict[str, Any]] = {}
        for turn in range(options.runs):
            for name, who, arguments in entrants:
                known = found.setdefault(who, {"seconds": [], "peak_mb": 0.0, "note": ""})
                if known["note"] or (name == "postgis" and turn):
                    continue
                say(f"{TITLES[task]}: {who}, {turn + 1} of {options.runs}")
                told = _ask(name, arguments, task, options, folder, target)
                if "failed" in told:
                    known["note"] = told["failed"]
                    continue
                share = size[task] / told["count"]
                took = told["seconds"]["answer"]
                known["seconds"] += [one * share for one in (took if isinstance(took, list) else [took])]
                known["peak_mb"] = max(known["peak_mb"], told["peak_mb"])
                known["count"] = told["count"]
                if told.get("version"):
                    versions[name] = told["version"]
                if turn == 0:
                    scores[task, who] = oracle.score(task, read(target))
                    _drawn_areas(told, scores[task, who], target)
        for who, known in found.items():
            rows.append(_row(task, who, known, size[task], scores.get((task, who))))
            seconds[task, who] = known["seconds"]
    rows = list(ratios(rows, OURS))
    return Result(
        "buffers", "Geodesic circles, buffers and distances", ABOUT.replace("\n", " "), tuple(rows), tuple(_checks(scores, folder)),
        tuple(_goals(scores, seconds, size, folder)), tuple(_profile(folder)), versions,
    )  # fmt: skip


def _ask(name: str, arguments: tuple[str, ...], task: str, options: Any, folder: Path, target: Path) -> dict[str, Any]:
    rows = SHARE.get((name, task), 0)
    rows = str(max(int(rows * options.scale), 5)) if rows else "0"
    common = ("--task", task, "--folder", str(folder), "--out", str(target), "--rows", rows)
    if name == "qgis":
        return child("buffers_qgis", *common, qgis=True)
    if name == "postgis":
        return child("buffers_postgis", *common, "--runs", str(options.runs))
    return child("buffers_task", *arguments, *common)


def _drawn_areas(told: dict[str, Any], score: Score, target: Path) -> None:
    """How far QGIS's own measuring of the areas is from pyproj's."""
    if told.get("areas"):
        drawn = read(target)[:20]
        true = np.array([area(one) for one in drawn])
        score.areas["QGIS $area"] = float(np.abs(np.array(told["areas"][: len(true)]) / true - 1).max())


def _row(task: str, who: str, known: dict[str, Any], size: int, score: Score | None) -> Row:
    if not known["seconds"]:
        return Row(TITLES[task], who, note=known["note"])
    notes = [f"{size / float(np.median(known['seconds'])):,.0f} a second"]
    if known["count"] < size:
        notes.append(f"{known['count']:,} of {size:,}, brought to all")
    if score is not None:
        notes.append(score.words() if task != "distance" else f"off by up to {score.vertex_m:.2g} m")
        notes += [f"{name} of it off by {off:.1e}" for name, off in score.areas.items()]
    return Row(TITLES[task], who, tuple(known["seconds"]), known["peak_mb"], note="; ".join(notes))


def _limit(task: str) -> float:
    """What ours says of itself, metres."""
    return {"circles": 1e-3, "distance": 1e-3}.get(task, 2e-5 * RADIUS.get(task, 0.0))


def _checks(scores: dict[tuple[str, str], Score], folder: Path) -> list[Check]:
    out = [
        Check(f"{TITLES[task]}, {who}: as exact as said", score.vertex_m <= _limit(task), f"{score.words()}; {_limit(task):g} m is said")
        for (task, who), score in scores.items() if who.startswith("ours")
    ]  # fmt: skip
    from envzones.plugin.engine import geodesy
    from envzones.plugin.engine.buffers import circles

    shapes = read(folder / "circles.npz")[:SAMPLE]
    drawn = circles(*shapely.get_coordinates(shapes).T, RADIUS["circles"])
    off = float(np.abs(geodesy.area_m2(drawn) / np.array([area(one) for one in drawn]) - 1).max())
    out.append(Check("areas in bulk against pyproj.Geod", off <= 1e-7, f"{len(drawn)} circles, largest relative difference {off:.1e}"))
    rings = shapely.get_exterior_ring(drawn)
    lengths = np.array([GEOD.geometry_length(shapely.segmentize(ring, 0.001)) for ring in rings])
    off = float(np.abs(geodesy.length_m(rings) / lengths - 1).max())
    out.append(Check("lengths in bulk against pyproj.Geod", off <= 1e-7, f"{len(drawn)} rings, largest relative difference {off:.1e}"))
    return out


def _goals(
    scores: dict[tuple[str, str], Score], seconds: dict[tuple[str, str], list[float]], size: dict[str, int], folder: Path
) -> list[Goal]:
    out = []
    for task, at_least in (("circles", 2000), ("buffers", 2000)):
        took = seconds.get((task, OURS))
        rate = size[task] / float(np.median(took)) if took else None
        out.append(Goal(f"{TITLES[task]}: at least {at_least:,} a second", rate, at_least, ">=", words="two threads for buffers, one for circles"))
    circle = scores.get(("circles", OURS))
    out.append(Goal("circles: vertex error at most 0.1 m at 15 km", circle.vertex_m if circle else None, 0.1, "<="))
    for task in ("buffers", "wide"):
        score = scores.get((task, OURS))
        figure = score.vertex_m / RADIUS[task] if score else None
        out.append(Goal(f"{TITLES[task]}: vertices true to 2e-5 of the radius", figure, 2e-5, "<=", words="whatever the width"))
    short = RADIUS["circles"] * (1 - np.cos(np.pi / (4 * SEGMENTS["circles"])))
    shapes = read(folder / "circles.npz")[:20]
    from envzones.plugin.engine.buffers import circles

    worst = 0.0
    for shape, drawn in zip(shapes, circles(*shapely.get_coordinates(shapes).T, RADIUS["circles"])):
        ring = shapely.get_coordinates(drawn)
        middle = (ring[1:] + ring[:-1]) / 2
        worst = max(worst, float((RADIUS["circles"] - geodesics(middle, shape)).max()))
    goal = "a drawn circle of 15 km falls short by its chords alone: at most 0.145 m"
    out.append(Goal(goal, worst, 0.145, "<=", words=f"{short:.3f} m by geometry"))
    return out


def _profile(folder: Path) -> list[str]:
    """Where the time of ours goes, by function."""
    import cProfile
    import pstats

    out = []
    for task in ("circles", "buffers", "distance"):
        shapes = read(folder / f"{task}.npz")
        draw = ours(task, shapes, 1)
        count = min(len(shapes) // (2 if task == "distance" else 1), 20_000 if task == "distance" else 2000)
        draw(slice(0, 5))
        profile = cProfile.Profile()
        profile.runcall(draw, slice(0, count))
        entries = pstats.Stats(profile).stats
        whole = sum(one[2] for one in entries.values())
        most = sorted(entries.items(), key=lambda item: -item[1][2])[:5]
        told = ", ".join(f"{name[2].strip('<>').split('.')[-1]} {100 * one[2] / whole:.0f} %" for name, one in most)
        out.append(f"{TITLES[task]}: {told}")
    return out


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=41)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", default="all", help=f"all (default), none, or some of {','.join(PEERS)}")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args(arguments)
    if options.peers not in ("all", "none") and (unknown := set(options.peers.split(",")) - set(PEERS)):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    result = run(options)
    print(part_text(Part(result.name, result.title, result=result), {}))
    if options.json:
        write(options.json, result)
    return 1 if result.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
