"""The peer: PostGIS's ST_Buffer and ST_Distance on geography, in a cluster of its own; prints one line of JSON.

Loading is told apart; an answer is a table made in the server.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from pathlib import Path

import numpy as np
import shapely

from .buffers_task import RADIUS, SAMPLE, SEGMENTS, read, save
from .river_pgrouting import Cluster, Watch


def main() -> int:
    """Load, draw, fetch a sample."""
    import psycopg2

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", required=True)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    shapes = read(options.folder / f"{options.task}.npz")
    sides = np.split(shapes, 2) if options.task == "distance" else [shapes]
    sides = [side[: options.rows or None] for side in sides]
    with Cluster() as cluster:
        connection = psycopg2.connect(host=str(cluster.folder), user="bench", dbname="bench")
        connection.autocommit = True
        cursor = connection.cursor()
        for side, name in zip(sides, "ab"):
            cursor.execute(f"CREATE UNLOGGED TABLE {name} (row integer, geog geography(Geometry, 4490))")
            blobs = shapely.to_wkb(shapely.set_srid(side, 4490), hex=True, include_srid=True)
            rows = io.StringIO("".join(f"{row}\t{blob}\n" for row, blob in enumerate(blobs)))
            cursor.copy_expert(f"COPY {name} FROM STDIN", rows)
            cursor.execute(f"ANALYZE {name}")
        if options.task == "distance":
            text = "SELECT a.row, ST_Distance(a.geog, b.geog) AS found FROM a JOIN b USING (row)"
        else:
            text = f"SELECT row, ST_Buffer(geog, {RADIUS[options.task]}, 'quad_segs={SEGMENTS[options.task]}') AS found FROM a"
        seconds = []
        watch = Watch(cluster)
        watch.start()
        for _ in range(options.runs):
            cursor.execute("DROP TABLE IF EXISTS answer")
            begun = time.perf_counter()
            cursor.execute(f"CREATE UNLOGGED TABLE answer AS {text}")
            seconds.append(time.perf_counter() - begun)
        watch.stop.set()
        watch.join()
        peak = max(watch.peak, cluster.memory_mb())
        found = "found" if options.task == "distance" else "ST_AsBinary(found::geometry)"
        cursor.execute(f"SELECT {found} FROM answer ORDER BY row LIMIT {SAMPLE}")
        got = [row[0] for row in cursor.fetchall()]
        if options.task == "distance":
            save(options.out, np.array(got, dtype=float))
        else:
            save(options.out, np.array(shapely.from_wkb([bytes(one) for one in got]), dtype=object))
        cursor.execute("SELECT postgis_lib_version()")
        version = cursor.fetchone()[0]
        connection.close()
    print(json.dumps({"seconds": {"answer": seconds}, "count": len(sides[0]), "peak_mb": peak, "version": version}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
