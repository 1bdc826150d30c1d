"""Our side: read the zones and validate them, in one fresh process; prints one line of JSON."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

from .river_ours import Clock, peak_mb


def main() -> int:
    """Validate, as `onemap validate` does, under the catalog's rules and a search for gaps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zones", type=Path)
    parser.add_argument("found", type=Path)
    parser.add_argument("--only", choices=("shape", "overlap"), help="this part alone, as the peer does")
    options = parser.parse_args()
    import geopandas  # noqa: F401 - imports are not timed
    import numpy as np
    import pyproj  # noqa: F401
    import shapely

    from envzones.plugin.engine import gpkg
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.engine.catalog_rules import Neighbours
    from envzones.plugin.engine.onemap import OneMap
    from envzones.plugin.engine.quality import validate
    from envzones.plugin.engine.quality_issues import CODES, Collector, Subject
    from envzones.plugin.engine.quality_shape import check_shapes
    from envzones.plugin.engine.quality_topology import overlaps

    load_catalog()
    clock = Clock()
    with clock.stage("read"):
        frame = gpkg.read_table(options.zones, "drinking_water_zone")
    shapes = np.array(frame.geometry.array, dtype=object)
    uid = frame["uid"].to_numpy(dtype=object)
    answer = {}
    if options.only == "shape":
        with clock.stage("check"):
            found = Collector({"z": Subject("z", uid, uid, uid, shapes)})
            check_shapes("z", "MultiPolygon", shapes, found)
        rows = [(row["code"], row["uid"], None) for row in found.rows]
    elif options.only == "overlap":
        with clock.stage("check"):
            good = np.where(shapely.is_valid(shapes), shapes, None)
            # As the peer: every pair of the layer, whatever its level and source.
            met = overlaps(good, np.zeros(len(shapes), dtype=np.int64))
        rows = [("overlap", uid[i], uid[j]) for i, j in zip(met.first, met.second)]
        answer["pairs"] = [[uid[i], uid[j], float(a)] for i, j, a in zip(met.first, met.second, met.area_m2)]
    else:
        rules = {"drinking_water_zone": [Neighbours(same=("level", "source_name"))]}
        with clock.stage("check"):
            issues = validate(
                OneMap.from_frames({"drinking_water_zone": frame}), rules=rules, as_of=date(2024, 6, 1)
            )
        rows = list(zip(issues["code"], issues["uid"], issues["other_uid"]))
    codes = {code for code, known in CODES.items() if known.repair == "make_valid"}
    answer["invalid"] = sorted({uid for code, uid, _ in rows if code in codes})
    answer["rows"] = [list(row) for row in rows]
    options.found.write_text(json.dumps(answer), encoding="utf-8")
    print(json.dumps({"seconds": clock.seconds, "peak_mb": peak_mb(), "issues": len(rows)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
