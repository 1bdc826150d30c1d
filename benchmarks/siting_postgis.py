"""The peer: PostGIS with GiST indexes, in a cluster made for the run and thrown away; prints one line of JSON.

Distances are asked for on the ellipsoid (geography) and in the projected system of 114 degrees east.  Loading,
projecting and indexing are told apart from the answers; an answer is a table of all pairs made in the server.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .river_ours import Clock
from .river_pgrouting import Cluster, Watch
from .siting_task import METRES

_LOADED = "CREATE UNLOGGED TABLE {0} (row integer, geom geometry(Geometry, 4490))"
_PREPARED = (
    ("project", "ALTER TABLE {0} ADD metric geometry(Geometry, 4547), ADD geog geography(Geometry, 4490)"),
    ("project", "UPDATE {0} SET metric = ST_Transform(geom, 4547), geog = geom::geography"),
    ("index", "CREATE INDEX ON {0} USING gist (geom)"),
    ("index", "CREATE INDEX ON {0} USING gist (metric)"),
    ("index", "CREATE INDEX ON {0} USING gist (geog)"),
    ("index", "VACUUM ANALYZE {0}"),
)
#: What is asked, and how; the pairs of a site and a zone that fulfil it are the answer.
ASKED = {
    "meet": "ST_Intersects(z.geom, s.geom)",
    "near, geography": f"ST_DWithin(z.geog, s.geog, {METRES})",
    "near, planar": f"ST_DWithin(z.metric, s.metric, {METRES})",
}


class _Feed(io.TextIOBase):
    """Rows for COPY, written as they are read."""

    def __init__(self, rows: Iterator[str]) -> None:
        self.rows, self.rest = rows, ""

    def read(self, size: int = -1) -> str:
        while size < 0 or len(self.rest) < size:
            line = next(self.rows, None)
            if line is None:
                break
            self.rest += line
        size = len(self.rest) if size < 0 else size
        out, self.rest = self.rest[:size], self.rest[size:]
        return out


def load(cursor: Any, table: str, path: Path) -> None:
    """Bring a file of the province into a table."""
    import geopandas as gpd
    import shapely

    shapes = np.asarray(gpd.read_file(path).geometry.array)
    blobs = shapely.to_wkb(shapely.set_srid(shapes, 4490), hex=True, include_srid=True)
    cursor.execute(_LOADED.format(table))
    cursor.copy_expert(f"COPY {table} FROM STDIN", _Feed(f"{row}\t{blob}\n" for row, blob in enumerate(blobs)))


def main() -> int:
    """Load, index, and answer everything in turn."""
    import psycopg2

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--patience", type=float, default=60.0, help="an answer that takes longer, in seconds, is not repeated")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pairs")
    options = parser.parse_args()
    clock = Clock()
    answers: dict[str, Any] = {}
    with Cluster() as cluster:
        connection = psycopg2.connect(host=str(cluster.folder), user="bench", dbname="bench")
        connection.autocommit = True
        cursor = connection.cursor()
        for table in ("points", "polygons", "zones"):
            with clock.stage("load"):
                load(cursor, table, options.folder / f"{table}.gpkg")
            for stage, text in _PREPARED:
                with clock.stage(stage):
                    cursor.execute(text.format(table))
        for run in range(options.runs):
            for sites in ("points", "polygons"):
                for name, test in ASKED.items():
                    known = answers.setdefault(f"{sites} {name}", {"seconds": [], "peak_mb": 0.0})
                    if known["seconds"] and known["seconds"][0] > options.patience:
                        continue
                    _answer(cluster, cursor, sites, test, known)
                    if run == 0:
                        cursor.execute("SELECT site, zone FROM answer")
                        file = options.out / f"postgis-{sites}-{name.replace(', ', '-')}.npy"
                        np.save(file, np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2))
                        known["pairs"] = str(file)
        cursor.execute("SELECT postgis_full_version()")
        version = cursor.fetchone()[0]
        connection.close()
    print(json.dumps({"seconds": clock.seconds, "answers": answers, "version": version}))
    return 0


def _answer(cluster: Cluster, cursor: Any, sites: str, test: str, known: dict[str, Any]) -> None:
    cursor.execute("DROP TABLE IF EXISTS answer")
    watch = Watch(cluster)
    watch.start()
    begun = time.perf_counter()
    cursor.execute(f"CREATE UNLOGGED TABLE answer AS SELECT s.row AS site, z.row AS zone FROM zones z JOIN {sites} s ON {test}")
    known["seconds"].append(time.perf_counter() - begun)
    watch.stop.set()
    watch.join()
    known["peak_mb"] = max(known["peak_mb"], watch.peak, cluster.memory_mb())


if __name__ == "__main__":
    raise SystemExit(main())
