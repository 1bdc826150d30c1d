"""One road from a layer to a frame, or back, in a fresh QGIS Python; prints one line of JSON."""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import shapely
from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsVectorLayer, QgsWkbTypes

from envzones.plugin import bridge

from .river_ours import peak_mb


def main() -> int:
    """Run one road once and tell its time, its memory and a digest of what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("road", choices=("column", "feature", "bare", "attributes", "sink", "features"))
    parser.add_argument("path", type=Path)
    options = parser.parse_args()
    application = QgsApplication([], False)
    application.initQgis()
    layer = QgsVectorLayer(f"{options.path}|layername=sites", "sites", "ogr")
    reader = bridge.LayerReader(layer)
    if options.road != "column":
        reader.road = None
    elif reader.road is None:
        raise SystemExit("there is no fast road to this layer")
    import geopandas  # noqa: F401 - imports are not counted

    # The file is in memory for all alike.
    options.path.read_bytes()
    answer = ROADS[options.road](layer, reader)
    print(json.dumps({"road": options.road, **answer, "peak_mb": peak_mb()}), flush=True)
    application.exitQgis()
    return 0


def _frame(_layer: QgsVectorLayer, reader: bridge.LayerReader) -> dict[str, Any]:
    gc.collect()
    begun = time.perf_counter()
    frame = bridge.to_frame(reader)
    return {"seconds": time.perf_counter() - begun, "count": len(frame), "digest": digest(frame)}


def _bare(layer: QgsVectorLayer, _reader: bridge.LayerReader) -> dict[str, Any]:
    begun = time.perf_counter()
    found = [bytes(feature.geometry().asWkb()) for feature in layer.getFeatures()]
    return {"seconds": time.perf_counter() - begun, "count": len(found), "digest": ""}


def _attributes(layer: QgsVectorLayer, _reader: bridge.LayerReader) -> dict[str, Any]:
    begun = time.perf_counter()
    found = [(bytes(one.geometry().asWkb()), one.attributes()) for one in layer.getFeatures()]
    return {"seconds": time.perf_counter() - begun, "count": len(found), "digest": ""}


def _target(layer: QgsVectorLayer) -> QgsVectorLayer:
    kind = QgsWkbTypes.displayString(layer.wkbType())
    target = QgsVectorLayer(f"{kind}?crs=EPSG:4490", "target", "memory")
    target.dataProvider().addAttributes(layer.fields().toList())
    target.updateFields()
    return target


def _sink(layer: QgsVectorLayer, reader: bridge.LayerReader) -> dict[str, Any]:
    frame = bridge.to_frame(reader)
    target = _target(layer)
    kinds = bridge.column_kinds(frame)
    gc.collect()
    begun = time.perf_counter()
    count = bridge.to_sink(frame, target.dataProvider(), target.fields(), kinds)
    seconds = time.perf_counter() - begun
    back = digest(bridge.to_frame(target))
    return {"seconds": seconds, "count": count, "digest": back, "same": back == digest(frame)}


def _features(layer: QgsVectorLayer, reader: bridge.LayerReader) -> dict[str, Any]:
    frame = bridge.to_frame(reader)
    target = _target(layer)
    names = [name for name in frame.columns if name != "geometry"]
    gc.collect()
    begun = time.perf_counter()
    made = []
    for row in frame.itertuples(index=False):
        feature = QgsFeature(target.fields())
        for k, name in enumerate(names):
            value = row[k]
            feature[name] = None if value is None or value != value else value.to_pydatetime() if name == "valid_from" else value
        geometry = QgsGeometry()
        geometry.fromWkb(row.geometry.wkb)
        feature.setGeometry(geometry)
        made.append(feature)
    target.dataProvider().addFeatures(made)
    return {"seconds": time.perf_counter() - begun, "count": target.featureCount(), "digest": ""}


def digest(frame: Any) -> str:
    """Return a digest of every cell and shape of a frame."""
    told = hashlib.sha256()
    for name in frame.columns:
        if name == frame.geometry.name:
            told.update(b"".join(shape or b"-" for shape in shapely.to_wkb(frame.geometry.to_numpy())))
        else:
            told.update(name.encode())
            told.update("\x1f".join("" if v is None or v != v else str(v) for v in frame[name].tolist()).encode())
    return told.hexdigest()


ROADS = {
    "column": _frame, "feature": _frame, "bare": _bare, "attributes": _attributes, "sink": _sink, "features": _features,
}  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
