"""The peer: pgRouting with PostGIS, in a cluster made for the run and thrown away; prints one line of JSON.

Reaches are joined at equal end points; sections are projected onto the nearest reach in metres and start there
(``pgr_withPointsDD``).  It returns the nodes reached; the last reaches are cut in SQL by their share of the length,
the zone is a buffer with flat ends.  Nothing listens on the network: the cluster has a socket in its own folder.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from .river_ours import Clock

_BINARIES = "/usr/lib/postgresql/*/bin"

_NETWORK = """
CREATE TABLE river AS
    SELECT row_number() OVER () AS id, uid, geom, ST_Transform(geom, 4547) AS metric, ST_Length(geom::geography) AS len
    FROM (SELECT uid, (ST_Dump(geom)).geom AS geom FROM raw_river) parts;
CREATE TABLE node AS SELECT row_number() OVER () AS id, place
    FROM (SELECT ST_StartPoint(geom) AS place FROM river UNION SELECT ST_EndPoint(geom) FROM river) ends;
ALTER TABLE river ADD source bigint, ADD target bigint;
UPDATE river SET source = a.id, target = b.id FROM node a, node b
    WHERE a.place = ST_StartPoint(river.geom) AND b.place = ST_EndPoint(river.geom);
CREATE INDEX ON river USING gist (metric);
CREATE INDEX ON river (source);
CREATE INDEX ON river (target);
ANALYZE river;
"""
_SITES = """
CREATE TABLE site AS SELECT uid, ST_Transform(geom, 4547) AS metric FROM raw_site;
CREATE INDEX ON site USING gist (metric);
ANALYZE site;
"""
_SNAP = """
CREATE TABLE start AS
    SELECT s.pid, s.uid, e.id AS edge_id, ST_LineLocatePoint(e.metric, s.metric) AS fraction
    FROM (SELECT row_number() OVER () AS pid, uid, ST_Transform(geom, 4547) AS metric FROM raw_section) s
    CROSS JOIN LATERAL (SELECT id, metric FROM river ORDER BY river.metric <-> s.metric LIMIT 1) e;
CREATE INDEX ON start (pid);
"""
_TRACE = """
CREATE TABLE reached AS
SELECT true AS up, -start_vid AS pid, node, agg_cost FROM pgr_withPointsDD(
    'SELECT id, target AS source, source AS target, len AS cost, -1::float AS reverse_cost FROM river',
    'SELECT pid, edge_id, 1 - fraction AS fraction, ''b''::char AS side FROM start',
    (SELECT array_agg(-pid) FROM start), 5000, directed := true, driving_side := 'b', details := false)
UNION ALL
SELECT false, -start_vid, node, agg_cost FROM pgr_withPointsDD(
    'SELECT id, source, target, len AS cost, -1::float AS reverse_cost FROM river',
    'SELECT pid, edge_id, fraction, ''b''::char AS side FROM start',
    (SELECT array_agg(-pid) FROM start), 500, directed := true, driving_side := 'b', details := false);
"""
_CUT = """
CREATE TABLE piece AS
SELECT s.pid, true AS up, r.uid, ST_LineSubstring(r.metric, greatest(0, s.fraction - 5000 / r.len), s.fraction) AS metric,
       r.len * least(s.fraction, 5000 / r.len) AS metres
    FROM start s JOIN river r ON r.id = s.edge_id
UNION ALL
SELECT s.pid, false, r.uid, ST_LineSubstring(r.metric, s.fraction, least(1, s.fraction + 500 / r.len)),
       r.len * least(1 - s.fraction, 500 / r.len)
    FROM start s JOIN river r ON r.id = s.edge_id
UNION ALL
SELECT n.pid, true, r.uid, ST_LineSubstring(r.metric, greatest(0, 1 - (5000 - n.agg_cost) / r.len), 1),
       least(r.len, 5000 - n.agg_cost)
    FROM reached n JOIN river r ON r.target = n.node WHERE n.up AND n.node > 0 AND n.agg_cost < 5000
UNION ALL
SELECT n.pid, false, r.uid, ST_LineSubstring(r.metric, 0, least(1, (500 - n.agg_cost) / r.len)),
       least(r.len, 500 - n.agg_cost)
    FROM reached n JOIN river r ON r.source = n.node WHERE NOT n.up AND n.node > 0 AND n.agg_cost < 500;
"""
_ZONE = """
CREATE TABLE zone AS SELECT pid, ST_Buffer(ST_LineMerge(ST_Union(metric)), 500, 'endcap=flat quad_segs=32') AS metric
    FROM piece WHERE ST_Length(metric) > 0 GROUP BY pid;
"""
_LIST = """
CREATE TABLE found AS SELECT s.uid AS section, p.uid AS site FROM zone z JOIN start s USING (pid)
    JOIN site p ON ST_Intersects(p.metric, z.metric);
"""
_ANSWER = "SELECT s.uid, p.up, p.uid, sum(p.metres) FROM piece p JOIN start s USING (pid) GROUP BY 1, 2, 3"


class Cluster:
    """A PostgreSQL cluster in a folder of its own, gone at the end."""

    def __init__(self) -> None:
        found = sorted(Path("/").glob(_BINARIES[1:]))
        if not found or not list(Path("/usr/share/postgresql").glob("*/extension/pgrouting.control")):
            raise SystemExit("pgRouting is not installed: apt-get install postgresql-15-pgrouting postgresql-15-postgis-3")
        self.binaries = found[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="envzones-pg-"))
        # PostgreSQL refuses to run as root.
        self.become: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self.become = ["runuser", "-u", "postgres", "--"]

    def __enter__(self) -> Cluster:
        data = self.folder / "data"
        try:
            self._run("initdb", "-D", str(data), "-A", "trust", "-U", "bench", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
            self._run(
                "pg_ctl", "-D", str(data), "-w", "-l", str(self.folder / "log"), "start",
                "-o", f"-c listen_addresses='' -k {self.folder} -c fsync=off -c synchronous_commit=off"
                " -c shared_buffers=1GB -c work_mem=256MB -c maintenance_work_mem=256MB -c jit=off"
                " -c max_wal_size=4GB -c autovacuum=off",
            )  # fmt: skip
        except BaseException:
            self.__exit__()
            raise
        self.postmaster = int((data / "postmaster.pid").read_text(encoding="ascii").split()[0])
        self.sql("CREATE DATABASE bench", database="postgres")
        self.sql("CREATE EXTENSION postgis; CREATE EXTENSION pgrouting")
        return self

    def __exit__(self, *_: object) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        done = subprocess.run(
            [*self.become, str(self.binaries / program), *arguments], cwd="/", text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
        )  # fmt: skip
        if check and done.returncode:
            raise SystemExit(f"{program} failed: {done.stderr or (self.folder / 'log').read_text(encoding='utf-8')}")

    def sql(self, text: str, *, database: str = "bench", feed: Any = None) -> list[list[str]]:
        """Run SQL by psql, `feed` (text) as its standard input; return the rows."""
        command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "bench", "-d", database]
        done = subprocess.run(
            [*command, "-c", text], cwd="/", capture_output=True, text=True, check=False, input="" if feed is None else feed
        )
        if done.returncode:
            raise SystemExit(f"psql failed: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines() if line]

    def memory_mb(self) -> float:
        """Proportional memory of the server and its backends now."""
        total = 0
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if self.postmaster in (parent, int(entry.name)):
                    lines = (entry / "smaps_rollup").read_text().splitlines()
                    total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            except (OSError, StopIteration, IndexError):
                continue  # it ended meanwhile
        return total / 1024


class Watch(threading.Thread):
    """Notes the peak of the cluster's memory."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(daemon=True)
        self.cluster, self.peak, self.stop = cluster, 0.0, threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.2):
            self.peak = max(self.peak, self.cluster.memory_mb())


def _load(cluster: Cluster, table: str, path: Path) -> None:
    import geopandas as gpd
    import shapely

    frame = gpd.read_file(path)
    blobs = shapely.to_wkb(frame.geometry.array, hex=True)
    cluster.sql(f"CREATE TABLE {table} (uid text, geom geometry)")
    rows = "".join(f"{uid}\tSRID=4490;{blob}\n" for uid, blob in zip(frame["uid"], blobs))
    cluster.sql(f"COPY {table} FROM STDIN", feed=rows.replace("SRID=4490;", ""))
    cluster.sql(f"UPDATE {table} SET geom = ST_SetSRID(geom, 4490)")


def main() -> int:
    """Load, trace, cut, buffer, list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rivers", type=Path, required=True)
    parser.add_argument("--sections", type=Path, required=True)
    parser.add_argument("--sites", type=Path)
    options = parser.parse_args()
    clock = Clock()
    with Cluster() as cluster:
        watch = Watch(cluster)
        watch.start()
        with clock.stage("load"):
            _load(cluster, "raw_river", options.rivers)
            _load(cluster, "raw_section", options.sections)
            if options.sites:
                _load(cluster, "raw_site", options.sites)
        steps = [("network", _NETWORK), ("snap", _SNAP), ("trace", _TRACE), ("cut", _CUT)]
        if options.sites:
            steps[1:1] = [("site index", _SITES)]
            steps += [("zone", _ZONE), ("list", _LIST)]
        for name, text in steps:
            with clock.stage(name):
                cluster.sql(text)
        watch.stop.set()
        watch.join()
        clock.seconds["whole"] = sum(clock.seconds.values())
        answer: dict[str, list[list[Any]]] = {"up": [], "down": [], "inside": []}
        for section, up, reach, metres in cluster.sql(_ANSWER):
            answer["up" if up == "t" else "down"].append([int(section[1:]), int(reach[1:]), float(metres)])
        if options.sites:
            answer["inside"] = [[int(s[1:]), int(p[1:])] for s, p in cluster.sql("SELECT section, site FROM found")]
    print(json.dumps({"seconds": clock.seconds, "peak_mb": watch.peak, "answer": answer}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
