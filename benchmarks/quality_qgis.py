"""The peers in QGIS, one in one fresh process; prints one line of JSON.

``validity`` is ``qgis:checkvalidity`` with the GEOS method.  ``overlaps`` is the test "must not overlap" of QGIS's
topology checker: its C++ plugin can be started from its window only, so its loop (topolTest::checkOverlaps) is
repeated here with the same calls on the same classes: a spatial index, a prepared engine for each feature,
``overlaps`` for each neighbour, and the intersection where it holds.  All the work is inside GEOS and QGIS's C++.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsSpatialIndex,
    QgsVectorLayer,
)

from .river_ours import Clock, peak_mb

_GEOS = 2


def main() -> int:
    """Run one peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=("validity", "overlaps"))
    parser.add_argument("zones", type=Path)
    parser.add_argument("found", type=Path)
    options = parser.parse_args()
    application = QgsApplication([], False)
    application.initQgis()
    from processing.core.Processing import Processing

    Processing.initialize()
    clock = Clock()
    layer = QgsVectorLayer(f"{options.zones}|layername=drinking_water_zone", "zones", "ogr")
    answer = (_validity if options.peer == "validity" else _overlaps)(layer, clock)
    options.found.write_text(json.dumps(answer), encoding="utf-8")
    print(json.dumps({"seconds": clock.seconds, "peak_mb": peak_mb()}))
    application.exitQgis()
    return 0


def _validity(layer: QgsVectorLayer, clock: Clock) -> dict[str, Any]:
    import processing

    wanted = {"INPUT_LAYER": layer, "METHOD": _GEOS, "IGNORE_RING_SELF_INTERSECTION": False}
    wanted.update(dict.fromkeys(("VALID_OUTPUT", "INVALID_OUTPUT", "ERROR_OUTPUT"), "memory:"))
    with clock.stage("read and check"):
        done = processing.run(
            "qgis:checkvalidity", wanted, context=QgsProcessingContext(), feedback=QgsProcessingFeedback()
        )
    return {"invalid": sorted(one["uid"] for one in done["INVALID_OUTPUT"].getFeatures())}


def _overlaps(layer: QgsVectorLayer, clock: Clock) -> dict[str, Any]:
    pairs = []
    with clock.stage("read and check"):
        features = {one.id(): one for one in layer.getFeatures()}
        index = QgsSpatialIndex()
        for one in features.values():
            index.addFeature(one)
        done = set()
        for fid, one in features.items():
            shape = one.geometry()
            if not shape.isGeosValid():
                continue
            engine = QgsGeometry.createGeometryEngine(shape.constGet())
            engine.prepareGeometry()
            for other in index.intersects(shape.boundingBox()):
                if other == fid or (other, fid) in done:
                    continue
                second = features[other].geometry()
                if not second.isGeosValid():
                    continue
                done.add((fid, other))
                if engine.overlaps(second.constGet()):
                    conflict = shape.intersection(second)
                    pairs.append([one["uid"], features[other]["uid"], conflict.area()])
    return {"pairs": pairs}


if __name__ == "__main__":
    raise SystemExit(main())
