"""The traces against QGIS's own network analysis: the same reaches and the same lengths on random rivers."""

from __future__ import annotations

import pytest
from qgis.analysis import QgsGraphAnalyzer, QgsGraphBuilder, QgsNetworkStrategy, QgsVectorLayerDirector
from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer

from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.trace import trace
from envzones.tests.engine.river_world import (
    asked_places,
    degrees,
    differing,
    random_river,
    rivers,
    traced_lengths,
)

CASES = {"dendritic": (21, 200, 0), "looped": (22, 200, 60)}
CGCS2000 = "EPSG:1024"


class Metres(QgsNetworkStrategy):
    """The cost of an edge is its length; QGIS measures it on the ellipsoid."""

    def cost(self, distance, feature):
        return distance


class Line(QgsNetworkStrategy):
    """The number of the line an edge stems from, carried as a second cost."""

    def requiredAttributes(self):
        return [0]

    def cost(self, distance, feature):
        return float(feature.attribute(0))


def layer_of(lines):
    layer = QgsVectorLayer("LineString?crs=EPSG:4490&field=number:integer", "rivers", "memory")
    features = []
    for number, line in enumerate(lines):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([number])
        feature.setGeometry(QgsGeometry.fromWkt(degrees(line).wkt))
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    return layer


def qgis_lengths(layer, places, limit, up):
    """{(start, line): metres} within `limit` of each place, as QGIS's graph has it."""
    against = QgsVectorLayerDirector.DirectionBackward if up else QgsVectorLayerDirector.DirectionForward
    director = QgsVectorLayerDirector(layer, -1, "", "", "", against)
    strategies = [Metres(), Line()]  # the director does not keep them alive
    for strategy in strategies:
        director.addStrategy(strategy)
    builder = QgsGraphBuilder(QgsCoordinateReferenceSystem("EPSG:4490"), True, 0.0, CGCS2000)
    tied = director.makeGraph(builder, [QgsPointXY(*place) for place in places])
    graph = builder.graph()
    found = {}
    for start, place in enumerate(tied):
        _, cost = QgsGraphAnalyzer.dijkstra(graph, graph.findVertex(place), 0)
        for k in range(graph.edgeCount()):
            edge = graph.edge(k)
            near = cost[edge.fromVertex()]
            if near < limit:
                key = start, int(edge.cost(1))
                found[key] = found.get(key, 0.0) + min(edge.cost(0), limit - near)
    return found


@pytest.mark.parametrize("case", CASES)
def test_qgis_finds_the_same_reaches_and_lengths(qgis_app, case):
    lines, spots = random_river(*CASES[case])
    asked = asked_places(lines, spots)
    network = build(rivers(*lines), tolerance=0, repair=())
    traced = trace(network, [(line, at) for line, _, at in asked], upstream=5000.0, downstream=1500.0)
    layer = layer_of(lines)
    for up, limit in ((True, 5000.0), (False, 1500.0)):
        theirs = qgis_lengths(layer, [place for _, place, _ in asked], limit, up)
        assert len(theirs) > 40
        assert differing(traced_lengths(network, traced, up), theirs) == []
