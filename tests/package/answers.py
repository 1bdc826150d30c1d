"""What the algorithms must answer on the inputs of conftest.py, whichever program ran them."""

from __future__ import annotations

from pathlib import Path

import fiona
import geopandas as gpd
import pytest
from pyproj import Geod

CGCS2000 = Geod(a=6378137.0, rf=298.257222101)
ABOVE_PASS = ("不通过", "受限", "附条件", "提示", "未见限制", "待核实")


def read(path: Path) -> gpd.GeoDataFrame:
    """The only layer of a file, rows without a geometry included."""
    layers = fiona.listlayers(str(path))
    assert len(layers) == 1, layers
    return gpd.read_file(path, engine="fiona")


def section_is_right(folder: Path) -> None:
    """Reaches of 5000 m and 500 m, a closed zone, and the two outfalls that lie in it."""
    reach = read(folder / "REACH.gpkg")
    assert reach.crs.to_epsg() == 4490
    length = {
        direction: sum(CGCS2000.geometry_length(line) for line in rows.geometry)
        for direction, rows in reach.groupby("direction")
    }
    assert length == {"U": pytest.approx(5000.0, abs=0.5), "D": pytest.approx(500.0, abs=0.5)}
    zone = read(folder / "ZONE.gpkg")
    assert len(zone) == 1
    assert zone.geometry.is_valid.all()
    area = abs(CGCS2000.geometry_area_perimeter(zone.geometry.iloc[0])[0])
    assert area == pytest.approx(5500.0 * 1000.0, rel=0.002)  # square at both cuts
    finding = read(folder / "FINDING.gpkg").set_index("site_id")
    assert set(finding.index[finding["status"] == "hit"]) == {"left", "right"}
    assert (finding.loc["left", "direction"], finding.loc["left", "bank"]) == ("U", "left")
    assert (finding.loc["right", "direction"], finding.loc["right", "bank"]) == ("D", "right")
    assert finding.loc["left", "chainage_m"] == pytest.approx(2000.0, abs=0.5)
    assert finding.loc["right", "chainage_m"] == pytest.approx(-300.0, abs=0.5)
    assert finding.loc["left", "offset_m"] == pytest.approx(300.0, abs=0.5)


def network_is_right(folder: Path) -> None:
    """The gap closed, the missing node added, one tree of four reaches."""
    edge = read(folder / "EDGE.gpkg").set_index("uid")
    assert set(edge.index) == {"a", "b.1", "b.2", "c"}
    assert edge["strahler"].to_dict() == {"a": 1, "b.1": 1, "b.2": 2, "c": 1}
    length = [CGCS2000.geometry_length(line) for line in edge.geometry]
    assert edge["length_m"].to_numpy() == pytest.approx(length, abs=1e-3)
    assert edge.loc["b.2", "upstream_total_m"] == pytest.approx(sum(length), abs=1e-2)
    assert (edge["part"] == 1).all()
    issue = read(folder / "ISSUE.gpkg")
    assert sorted(issue["code"]) == ["gap_joined", "node_added"]
    assert issue["mended"].astype(bool).all()
    kinds = sorted(read(folder / "NODE.gpkg")["kind"])
    assert kinds == ["confluence", "outlet", "source", "source", "through"]


def radius_is_right(folder: Path) -> None:
    """The boilers 0.1 m either side of 15 km fall on their sides."""
    finding = read(folder / "FINDING.gpkg").set_index("site_id")
    assert finding.loc["inside", "status"] == "hit"
    assert "outside" not in finding.index or finding.loc["outside", "status"] == "clear"
    assert finding.loc["inside", "distance_m"] == pytest.approx(14_999.9, abs=0.01)
    zone = read(folder / "ZONE.gpkg")
    area = abs(CGCS2000.geometry_area_perimeter(zone.geometry.iloc[0])[0])
    assert area == pytest.approx(3.141593 * 15_000.0**2, rel=0.001)


def check_is_right(folder: Path, from_cli: Path) -> None:
    """The same verdicts as the command line gives, none of them a bare pass, each finding with its words."""
    verdict = read(folder / "VERDICT.gpkg")
    expected = gpd.read_file(from_cli, layer="verdict", engine="fiona")
    assert len(verdict) == len(expected) > 0
    assert dict(zip(verdict["site_id"], verdict["text_zh"])) == dict(zip(expected["site_id"], expected["text_zh"]))
    assert verdict["known"].isin(["fail", "restricted", "conditional", "note", "pass"]).all()
    assert not verdict["text_zh"].str.strip().isin(["通过", "pass"]).any()
    assert verdict["text_zh"].str.contains("|".join(ABOVE_PASS)).all()
    finding = read(folder / "FINDING.gpkg")
    hits = finding[finding["status"] == "hit"]
    assert len(hits) > 0
    assert hits["quote"].str.len().gt(5).all()
    assert hits["clause_id"].notna().all()
