"""The peer: QGIS's native:buffer in EPSG:4547, there and back, in one fresh process; prints one line of JSON.

`ellipsoid` measures the areas of what was drawn as an expression does (``$area`` with CGCS2000's ellipsoid).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import shapely
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsDistanceArea,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsVectorLayer,
)

from .buffers_task import METRIC, RADIUS, SAMPLE, SEGMENTS, read, save
from .river_ours import peak_mb

_ROUND = 0


def main() -> int:
    """Reproject, buffer, reproject; then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", required=True)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    application = QgsApplication([], False)
    application.initQgis()
    from processing.core.Processing import Processing

    Processing.initialize()
    registry = QgsApplication.processingRegistry()
    if registry.providerById("native") is None:
        registry.addProvider(QgsNativeAlgorithms())
    import processing

    shapes = read(options.folder / f"{options.task}.npz")
    shapes = shapes[: options.rows or None]
    layer = QgsVectorLayer(f"{shapes[0].geom_type}?crs=EPSG:4490", "shapes", "memory")
    features = []
    for blob in shapely.to_wkb(shapes):
        feature, geometry = QgsFeature(), QgsGeometry()
        geometry.fromWkb(blob)
        feature.setGeometry(geometry)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()

    def run(name: str, **parameters: object) -> QgsVectorLayer:
        parameters = {"OUTPUT": "TEMPORARY_OUTPUT", **parameters}
        return processing.run(f"native:{name}", parameters, context=context, feedback=feedback)["OUTPUT"]

    begun = time.perf_counter()
    metric = run("reprojectlayer", INPUT=layer, TARGET_CRS=METRIC)
    drawn = run(
        "buffer", INPUT=metric, DISTANCE=RADIUS[options.task], SEGMENTS=SEGMENTS[options.task], END_CAP_STYLE=_ROUND,
        JOIN_STYLE=_ROUND,
    )  # fmt: skip
    back = run("reprojectlayer", INPUT=drawn, TARGET_CRS="EPSG:4490")
    seconds = {"answer": time.perf_counter() - begun}
    measure = QgsDistanceArea()
    measure.setSourceCrs(QgsCoordinateReferenceSystem("EPSG:4490"), QgsCoordinateTransformContext())
    measure.setEllipsoid("EPSG:1024")
    geometries = [feature.geometry() for feature in back.getFeatures()]
    begun = time.perf_counter()
    areas = [measure.measureArea(geometry) for geometry in geometries]
    seconds["ellipsoid"] = time.perf_counter() - begun
    save(options.out, np.array(shapely.from_wkb([bytes(geometry.asWkb()) for geometry in geometries]), dtype=object)[:SAMPLE])
    print(json.dumps({
        "seconds": seconds, "count": len(shapes), "peak_mb": peak_mb(), "version": Qgis.QGIS_VERSION,
        "areas": areas[:SAMPLE],
    }))  # fmt: skip
    application.exitQgis()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
