"""The peer: QGIS's own algorithms on the siting benchmark's files, in one fresh process; prints one line of JSON.

`recipe` reprojects both layers, draws 500 m about every zone with five segments a quarter, as the dialog proposes, and
joins; `extract` asks which sites are near any zone, without saying which; `join` joins what meets in degrees.  Layers
are read by the algorithms themselves, so reading is within every figure.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import Qgis, QgsApplication, QgsProcessingContext, QgsProcessingFeedback

from .river_ours import Clock, peak_mb
from .siting_task import METRES, METRIC

_INTERSECTS, _ONE_TO_MANY, _SEGMENTS, _ROUND = 0, 0, 5, 0


class Toolbox:
    """QGIS's native algorithms, each timed under its name."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.context, self.feedback = QgsProcessingContext(), QgsProcessingFeedback()

    def run(self, name: str, **parameters: Any) -> Any:
        """Run one; its temporary output."""
        import processing

        with self.clock.stage(name):
            return processing.run(
                f"native:{name}", {"OUTPUT": "TEMPORARY_OUTPUT", **parameters}, context=self.context, feedback=self.feedback
            )["OUTPUT"]

    def projected(self, path: Path) -> Any:
        """A layer in metres with a spatial index, as QGIS advises before a join."""
        layer = self.run("reprojectlayer", INPUT=str(path), TARGET_CRS=METRIC)
        self.run("createspatialindex", INPUT=layer)
        return layer

    def joined(self, sites: Any, zones: Any) -> Any:
        """Sites with the rows of the zones they meet, one row a pair."""
        return self.run(
            "joinattributesbylocation", INPUT=sites, JOIN=zones, PREDICATE=[_INTERSECTS], JOIN_FIELDS=["row"],
            METHOD=_ONE_TO_MANY, DISCARD_NONMATCHING=True, PREFIX="zone_",
        )  # fmt: skip


def recipe(tools: Toolbox, sites: Path, zones: Path) -> Any:
    """Reproject, buffer, join."""
    drawn = tools.run(
        "buffer", INPUT=tools.projected(zones), DISTANCE=METRES, SEGMENTS=_SEGMENTS, END_CAP_STYLE=_ROUND, JOIN_STYLE=_ROUND
    )
    tools.run("createspatialindex", INPUT=drawn)
    return tools.joined(tools.projected(sites), drawn)


def extract(tools: Toolbox, sites: Path, zones: Path) -> Any:
    """Reproject, then sites near any zone."""
    return tools.run(
        "extractwithindistance", INPUT=tools.projected(sites), REFERENCE=tools.projected(zones), DISTANCE=METRES
    )


def join(tools: Toolbox, sites: Path, zones: Path) -> Any:
    """What meets, in degrees, straight from the files with their own indexes."""
    return tools.joined(str(sites), str(zones))


WHAT = {"recipe": recipe, "extract": extract, "join": join}


def main() -> int:
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=tuple(WHAT))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sites", choices=("points", "polygons"), required=True)
    parser.add_argument("--out", type=Path, required=True, help="where the pairs go (npy); for `extract` the sites")
    options = parser.parse_args()
    application = QgsApplication([], False)
    application.initQgis()
    from processing.core.Processing import Processing

    Processing.initialize()
    registry = QgsApplication.processingRegistry()
    if registry.providerById("native") is None:
        registry.addProvider(QgsNativeAlgorithms())
    print(json.dumps(_answer(options)))
    application.exitQgis()
    return 0


def _answer(options: argparse.Namespace) -> dict[str, Any]:
    """Run it; no layer outlives this function, for QGIS cannot end with one still there."""
    clock = Clock()
    tools = Toolbox(clock)
    layer = WHAT[options.what](tools, options.folder / f"{options.sites}.gpkg", options.folder / "zones.gpkg")
    seconds = dict(clock.seconds)
    seconds["answer"] = sum(seconds.values())
    peak = peak_mb()
    columns = ["row"] if options.what == "extract" else ["row", "zone_row"]
    pairs = [[feature[name] for name in columns] for feature in layer.getFeatures()]
    np.save(options.out, np.array(pairs, dtype=np.int64).reshape(len(pairs), len(columns)))
    return {"seconds": seconds, "peak_mb": peak, "pairs": len(pairs), "version": Qgis.QGIS_VERSION}


if __name__ == "__main__":
    raise SystemExit(main())
