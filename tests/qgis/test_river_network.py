"""``envzones:rivernetwork`` through Processing: what it finds, mends and directs, and how it refuses."""

from __future__ import annotations

import pytest
import shapely
from qgis.core import QgsApplication, QgsProcessingException, QgsProcessingFeedback

LON, LAT = 112.6, 35.1


def run(parameters, feedback=None):
    import processing

    outputs = dict.fromkeys(("EDGE", "NODE", "ISSUE"), "TEMPORARY_OUTPUT")
    return processing.run("envzones:rivernetwork", {**outputs, **parameters}, feedback=feedback)


def rows(layer):
    names = layer.fields().names()
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


class Recorder(QgsProcessingFeedback):
    def __init__(self):
        super().__init__(False)
        self.lines, self.errors = [], []

    def reportError(self, error, fatalError=False):  # noqa: N802, N803 - QGIS's names
        self.errors.append(error)

    def pushInfo(self, info):  # noqa: N802 - QGIS's name
        self.lines.append(info)


@pytest.fixture
def layer(tools):
    """Builds a river layer from polylines in metres east and north of the middle."""

    def make(*lines, names=None, crs="EPSG:4490"):
        def at(x, y):
            lon, lat, _ = tools.geod.fwd(LON, LAT, 90.0 if x >= 0 else 270.0, abs(x))
            lon, lat, _ = tools.geod.fwd(lon, lat, 0.0 if y >= 0 else 180.0, abs(y))
            return f"{lon:.12f} {lat:.12f}"

        features = [
            ("LineString (" + ", ".join(at(*p) for p in line) + ")", [f"r{n}", names[n] if names else None])
            for n, line in enumerate(lines)
        ]
        return tools.make_layer("LineString", "field=uid:string&field=river:string", features, "rivers", crs)

    return make


@pytest.fixture
def broken(layer):
    """A main stem in two pieces with a gap of 0.6 m, and a tributary that ends on it without a node."""
    return layer(
        [(0, 6000), (0, 3000.6)], [(0, 3000), (0, 1500), (0, 0)], [(2500, 2500), (0, 1500)], names=["甲", "丁", "乙"]
    )


def test_nothing_is_mended_unless_it_is_chosen(provider, broken):
    answer = run({"RIVERS": broken})
    issues = rows(answer["ISSUE"])
    codes = sorted(row["code"] for row in issues)
    assert codes == ["disconnected", "disconnected", "gap", "missing_node"]
    assert not any(row["mended"] for row in issues)
    assert answer["EDGE"].featureCount() == answer["EDGE_COUNT"] == 3
    assert (answer["PART_COUNT"], answer["MENDED_COUNT"], answer["LEFT_COUNT"]) == (3, 0, 4)
    assert answer["ISSUE"].crs().authid() == answer["EDGE"].crs().authid() == "EPSG:4490"


def test_what_is_chosen_is_mended_and_told(provider, broken, tools):
    feedback = Recorder()
    answer = run({"RIVERS": broken, "REPAIR": [0, 1]}, feedback)
    assert sorted(row["code"] for row in rows(answer["ISSUE"])) == ["gap_joined", "node_added"]
    edges = {row["uid"]: row for row in rows(answer["EDGE"])}
    assert set(edges) == {"r0", "r1.1", "r1.2", "r2"}
    assert [edges[uid]["strahler"] for uid in sorted(edges)] == [1, 1, 2, 1]
    assert edges["r1.2"]["upstream_length_m"] == pytest.approx(6000.0, abs=0.1)
    assert edges["r1.1"]["to_node"] == edges["r2"]["to_node"] == edges["r1.2"]["from_node"]
    kinds = sorted(row["kind"] for row in rows(answer["NODE"]))
    assert kinds == ["confluence", "outlet", "source", "source", "through"]
    assert (answer["PART_COUNT"], answer["LEFT_COUNT"]) == (1, 0)
    assert any("2 repairs" in line or "2" in line for line in feedback.lines)
    for feature in answer["EDGE"].getFeatures():
        shape = shapely.from_wkb(bytes(feature.geometry().asWkb()))
        assert feature["length_m"] == pytest.approx(tools.geod.geometry_length(shape), abs=1e-3)


def test_outlets_direct_every_reach(provider, layer, tools):
    scrambled = layer([(0, 3000), (0, 6000)], [(0, 3000), (0, 0)], [(0, 3000), (2500, 5000)])
    lon, lat, _ = tools.geod.fwd(LON, LAT, 180.0, 1.0)
    outlet = tools.make_layer("Point", "field=uid:string", [(f"Point ({lon:.9f} {lat:.9f})", ["o"])], "outlets")
    answer = run({"RIVERS": scrambled, "OUTLETS": outlet})
    heads = {row["to_node"] for row in rows(answer["EDGE"])}
    assert len(heads) == 2
    assert sorted(row["kind"] for row in rows(answer["NODE"])) == ["confluence", "outlet", "source", "source"]
    assert answer["LEFT_COUNT"] == 0


def test_an_elevation_model_directs_every_reach(provider, layer, tmp_path):
    import numpy as np

    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "dem.tif"
    rise = np.repeat(np.linspace(900, 100, 200, dtype="float32")[:, None], 200, axis=1)  # falls to the south
    transform = rasterio.transform.from_origin(LON - 0.1, LAT + 0.1, 0.001, 0.001)
    with rasterio.open(
        path, "w", driver="GTiff", width=200, height=200, count=1, dtype="float32", crs="EPSG:4326", transform=transform
    ) as target:
        target.write(rise, 1)
    scrambled = layer([(0, 3000), (0, 6000)], [(0, 3000), (0, 0)], [(0, 3000), (2500, 5000)])
    answer = run({"RIVERS": scrambled, "DEM": str(path)})
    assert sorted(row["kind"] for row in rows(answer["NODE"])) == ["confluence", "outlet", "source", "source"]


def test_a_field_directs_every_reach_and_half_a_pair_of_fields_is_refused(provider, layer):
    lines = layer([(0, 6000), (0, 3000)], [(0, 0), (0, 3000)], names=["with", "against"])
    answer = run(
        {"RIVERS": lines, "DIRECTION_FIELD": "river", "FORWARD": "with, along", "BACKWARD": "against"}
    )
    assert sorted(row["kind"] for row in rows(answer["NODE"])) == ["outlet", "source", "through"]
    feedback = Recorder()
    with pytest.raises(QgsProcessingException):
        run({"RIVERS": lines, "FROM_NODE": "river"}, feedback)
    assert "both" in " ".join(feedback.errors)


def test_two_ways_of_telling_the_direction_are_refused_in_one_sentence(provider, layer):
    lines = layer([(0, 6000), (0, 3000)])
    with pytest.raises(QgsProcessingException, match="choose one of them"):
        run({"RIVERS": lines, "DIRECTION_FIELD": "river", "FROM_NODE": "river", "TO_NODE": "uid"})


def test_unsaved_edits_and_other_systems_are_seen(provider, broken):
    broken.startEditing()
    broken.deleteFeature(next(f.id() for f in broken.getFeatures() if f["uid"] == "r2"))
    answer = run({"RIVERS": broken})
    broken.rollBack()
    assert answer["EDGE_COUNT"] == 2


def test_issues_are_styled_and_marked(provider, broken):
    answer = run({"RIVERS": broken})
    assert answer["ISSUE"].customProperty("envzones/result") == "rivernetwork/issue"
    assert answer["ISSUE"].renderer().type() == "categorizedSymbol"


def test_cancelling_writes_nothing(provider, broken, tmp_path):
    import processing

    feedback = Recorder()
    feedback.progressChanged.connect(lambda _: feedback.cancel())
    out = tmp_path / "edges.gpkg"
    answer = processing.run("envzones:rivernetwork", {"RIVERS": broken, "EDGE": str(out)}, feedback=feedback)
    assert feedback.isCanceled()
    assert "EDGE" not in answer
    assert not out.exists()


def test_it_explains_itself(provider):
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("envzones:rivernetwork")
    assert len(algorithm.shortHelpString()) > 200
    for parameter in algorithm.parameterDefinitions():
        assert len(parameter.help()) > 20 and parameter.help().endswith("."), parameter.name()
