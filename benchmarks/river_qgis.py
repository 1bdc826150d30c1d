"""The peer: QGIS's own algorithms chained for the same rule, in one fresh process; prints one line of JSON.

Service areas up and down, merged and dissolved by section, lines merged, buffered with flat ends in a projected
system, and the sites that the zones meet.  Lengths are ellipsoidal, as the project's ellipsoid is set.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from qgis.analysis import QgsNativeAlgorithms
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsProject, QgsVectorLayer

_FORWARD, _BACKWARD = 0, 1
_SHORTEST, _FLAT, _ROUND_JOIN, _INTERSECTS, _ONE_TO_MANY = 0, 1, 0, 0, 0


def main() -> int:
    """Run the chain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rivers", type=Path, required=True)
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--sites", type=Path)
    options = parser.parse_args()
    application = QgsApplication([], False)
    application.initQgis()
    from processing.core.Processing import Processing

    Processing.initialize()
    registry = QgsApplication.processingRegistry()
    if registry.providerById("native") is None:
        registry.addProvider(QgsNativeAlgorithms())
    print(json.dumps(_chain(options)))
    application.exitQgis()
    return 0


def _chain(options: argparse.Namespace) -> dict[str, Any]:
    import processing

    from .river_ours import Clock, peak_mb

    project = QgsProject.instance()
    project.setEllipsoid("EPSG:1024")  # CGCS2000's
    context = QgsProcessingContext()
    context.setProject(project)
    feedback = QgsProcessingFeedback()
    clock = Clock()

    def run(name: str, **parameters: Any) -> Any:
        return processing.run(
            f"native:{name}", {**parameters, "OUTPUT": "TEMPORARY_OUTPUT"}, context=context, feedback=feedback
        )["OUTPUT"]

    def area(direction: int, metres: float) -> Any:
        return processing.run(
            "native:serviceareafromlayer",
            {
                "INPUT": str(options.rivers), "START_POINTS": str(options.sections), "STRATEGY": _SHORTEST,
                "DEFAULT_DIRECTION": direction, "TRAVEL_COST2": metres, "TOLERANCE": 0,
                "INCLUDE_BOUNDS": False, "OUTPUT_LINES": "TEMPORARY_OUTPUT",
            },
            context=context, feedback=feedback,
        )["OUTPUT_LINES"]  # fmt: skip

    begun = time.perf_counter()
    with clock.stage("service area up"):
        up = area(_BACKWARD, 5000.0)
    with clock.stage("service area down"):
        down = area(_FORWARD, 500.0)
    pairs: list[list[int]] = []
    if options.sites:
        with clock.stage("dissolve and merge"):
            both = run("mergevectorlayers", LAYERS=[up, down])
            lines = run("mergelines", INPUT=run("dissolve", INPUT=both, FIELD=["uid"]))
        with clock.stage("buffer"):
            metric = run("reprojectlayer", INPUT=lines, TARGET_CRS="EPSG:4547")
            zones = run("reprojectlayer", TARGET_CRS="EPSG:4490", INPUT=run(
                "buffer", INPUT=metric, DISTANCE=500.0, SEGMENTS=32, END_CAP_STYLE=_FLAT, JOIN_STYLE=_ROUND_JOIN,
            ))  # fmt: skip
        with clock.stage("join"):
            joined = run(
                "joinattributesbylocation", INPUT=str(options.sites), JOIN=zones, PREDICATE=[_INTERSECTS],
                JOIN_FIELDS=["uid"], METHOD=_ONE_TO_MANY, DISCARD_NONMATCHING=True, PREFIX="zone_",
            )  # fmt: skip
        pairs = [[int(f["zone_uid"][1:]), int(f["uid"][1:])] for f in joined.getFeatures()]
    clock.seconds["whole"] = time.perf_counter() - begun
    peak = peak_mb()
    return {
        "seconds": clock.seconds, "peak_mb": peak,
        "answer": {"up": _lengths(up), "down": _lengths(down), "inside": pairs},
    }  # fmt: skip


def _lengths(layer: QgsVectorLayer) -> list[list[Any]]:
    """Traced metres by section, by pyproj's geodesics."""
    import shapely

    from .river_truth import lengths_of

    total: dict[int, float] = {}
    for feature in layer.getFeatures():
        section = int(feature["uid"][1:])
        line = shapely.from_wkb(bytes(feature.geometry().asWkb()))
        total[section] = total.get(section, 0.0) + float(lengths_of([line])[0])
    return [[section, -1, metres] for section, metres in total.items()]


if __name__ == "__main__":
    raise SystemExit(main())
