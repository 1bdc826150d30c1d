"""The traces against pgRouting and PostGIS: the same reaches and the same lengths on random rivers.

PostGIS measures the lines and pgRouting finds the way; nothing of ours but the lines and the places goes in.
"""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.trace import trace

from .postgres import Database
from .river_world import asked_places, degrees, differing, random_river, rivers, traced_lengths

CASES = {"dendritic": (11, 300, 0), "looped": (12, 300, 90)}
DISTANCES = {"usual": (5000.0, 500.0), "long way down": (2500.0, 6000.0)}

_NETWORK = """
CREATE SCHEMA {case};

SET search_path TO {case}, public;

CREATE TABLE line (id int, geom geometry(LineString, 4490));

COPY line FROM '@{case}_line.csv' CSV;

CREATE TABLE asked (id int, line int, place geometry(Point, 4490));

COPY asked FROM '@{case}_asked.csv' CSV;

CREATE TABLE spot AS
    SELECT asked.id, line, ST_LineLocatePoint(geom, place) AS share FROM asked JOIN line ON line.id = line;

CREATE TABLE node AS
    SELECT row_number() OVER () AS id, place
    FROM (SELECT ST_StartPoint(geom) AS place FROM line UNION SELECT ST_EndPoint(geom) FROM line) ends;

CREATE TABLE part AS
    WITH break AS (
        SELECT line, share, 1000000 + id AS node FROM spot
        UNION ALL SELECT line.id, 0, node.id FROM line JOIN node ON node.place = ST_StartPoint(geom)
        UNION ALL SELECT line.id, 1, node.id FROM line JOIN node ON node.place = ST_EndPoint(geom)
    ), step AS (
        SELECT line, node AS source, share AS low, lead(node) OVER along AS target, lead(share) OVER along AS high
        FROM break WINDOW along AS (PARTITION BY line ORDER BY share)
    )
    SELECT row_number() OVER () AS id, line, source, target,
        ST_Length(ST_LineSubstring(geom, low, high)::geography) AS len
    FROM step JOIN line ON line.id = line WHERE high IS NOT NULL
"""
_REACHED = """
CREATE TABLE {name} AS
    SELECT from_v - 1000000 AS asked, line, least(len, {limit} - agg_cost) AS metres
    FROM pgr_drivingDistance(
        'SELECT id, {near} AS source, {far} AS target, len AS cost, -1 AS reverse_cost FROM part',
        (SELECT array_agg(1000000 + id) FROM spot), {limit}, true, false
    ) reached JOIN part ON part.{near} = reached.node WHERE agg_cost < {limit};

COPY (SELECT asked, line, sum(metres) FROM {name} GROUP BY 1, 2) TO '@{case}_{name}.out' CSV
"""


@pytest.fixture(scope="module")
def truth():
    """What pgRouting says: "case_way_number" -> {(start, line): metres}."""
    statements, names = ["CREATE EXTENSION postgis", "CREATE EXTENSION pgrouting"], []
    with Database() as database:
        for case, world in CASES.items():
            lines, spots = random_river(*world)
            drawn = [shapely.to_wkb(shapely.set_srid(degrees(line), 4490), True, include_srid=True) for line in lines]
            database.table(f"{case}_line", pd.DataFrame({"id": range(len(drawn)), "geom": drawn}))
            asked = asked_places(lines, spots)
            database.table(f"{case}_asked", pd.DataFrame({
                "id": range(len(asked)), "line": [a[0] for a in asked],
                "place": [f"SRID=4490;POINT({lon:.15f} {lat:.15f})" for _, (lon, lat), _ in asked],
            }))  # fmt: skip
            statements += _NETWORK.format(case=case).split(";\n\n")
            for number, (up, down) in enumerate(DISTANCES.values()):
                for way, limit, near, far in (("up", up, "target", "source"), ("down", down, "source", "target")):
                    name = f"{way}_{number}"
                    reached = _REACHED.format(case=case, name=name, limit=limit, near=near, far=far)
                    statements += reached.split(";\n\n")
                    names.append(f"{case}_{name}")
        answers = database.answers(*statements, **{name: ["asked", "line", "metres"] for name in names})
    return {
        name: {(int(r.asked), int(r.line)): r.metres for r in answer.itertuples()}
        for name, answer in zip(names, answers)
    }


@pytest.mark.parametrize("number", range(len(DISTANCES)), ids=list(DISTANCES))
@pytest.mark.parametrize("case", CASES)
def test_pgrouting_finds_the_same_reaches_and_lengths(truth, case, number):
    lines, spots = random_river(*CASES[case])
    network = build(rivers(*lines), tolerance=0, repair=())
    assert len(network) == len(lines)
    upstream, downstream = list(DISTANCES.values())[number]
    starts = [(line, at) for line, _, at in asked_places(lines, spots)]
    traced = trace(network, starts, upstream=upstream, downstream=downstream)
    for way, up in (("up", True), ("down", False)):
        theirs = truth[f"{case}_{way}_{number}"]
        assert len(theirs) > 40
        assert differing(traced_lengths(network, traced, up), theirs) == []


def test_the_looped_river_has_loops(truth):
    """So that the looped case proves something: there are reaches that are reached from two sides."""
    lines, _ = random_river(*CASES["looped"])
    network = build(rivers(*lines), tolerance=0, repair=())
    assert len(network.tail) - len(network.node) >= 30
    lengths = [sum(truth[f"{case}_up_0"].values()) for case in CASES]
    assert lengths[0] != lengths[1]
