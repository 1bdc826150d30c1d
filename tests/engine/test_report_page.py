"""The page of a report as a file: whole in itself, nothing of strangers in its markup, nothing hidden in its bytes."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.publication import Publication
from envzones.plugin.engine.report.page import write_html

_SPEC = importlib.util.spec_from_file_location("report_samples", Path(__file__).with_name("report_samples.py"))
samples = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(samples)
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!-- {{title}} \u2028"


class Markup(HTMLParser):
    """Collects elements and the text of scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.inside:
            self._open = tag
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inside[self._open][-1] += data


def read(path: Path) -> tuple[Markup, dict[str, Any]]:
    markup = Markup()
    markup.feed(path.read_text(encoding="utf-8"))
    return markup, json.loads(markup.inside["script"][0])


def everything(**more: Any) -> dict[str, Any]:
    kept = samples.everything()
    kept.update(more)
    return kept


def test_it_asks_for_nothing_and_runs_only_what_it_says(tmp_path) -> None:
    path = write_html(tmp_path / "页.html", **everything())
    markup, _ = read(path)
    assert not [(tag, attrs) for tag, attrs in markup.tags if "src" in attrs or "href" in attrs or tag == "link"]
    policy = next(attrs["content"] for tag, attrs in markup.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    for said in (markup.inside["script"][1], markup.inside["style"][0]):
        assert base64.b64encode(hashlib.sha256(said.encode("utf-8")).digest()).decode() in policy
    assert "url(" not in markup.inside["style"][0] and "sourceMappingURL" not in markup.inside["script"][1]
    ids = [attrs["id"] for _, attrs in markup.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_names_of_strangers_stay_text(tmp_path) -> None:
    given = everything(title=HOSTILE, notes=[HOSTILE])
    path = write_html(tmp_path / "a.html", **given)
    markup, data = read(path)
    assert [tag for tag, _ in markup.tags].count("script") == 2 and not [t for t, _ in markup.tags if t == "img"]
    assert data["title"].startswith(HOSTILE.split("\u2028")[0].rstrip()[:20]) or HOSTILE[:20] in data["title"]
    assert any("alert(2)" in one for one in data["facts"])


def test_it_tells_what_the_check_found(tmp_path) -> None:
    _, data = read(write_html(tmp_path / "a.html", **everything()))
    titles = [chapter["title"] for chapter in data["chapters"]]
    for wanted in ("研判结论", "选址符合性分析", "断面上下游排查", "热电联产供热半径", "方案落实情况", "待核实事项函询清单",
                   "研判依据", "数据来源与质量", "审定意见"):  # fmt: skip
        assert wanted in titles
    assert data["title"].endswith("(初步研判)") and data["marks"] == ["内部资料"]
    verdicts = next(one for one in data["chapters"] if one["title"] == "研判结论")["tables"][0]["rows"]
    assert len(verdicts) == len(samples.verdicts())
    # Every row that points to the map points to something that is there, and every key is of one row.
    keys = {f["properties"]["k"] for layer in data["layers"] for f in layer["features"]["features"]} - {""}
    pointing = [row["k"] for c in data["chapters"] for table in c.get("tables", ()) for row in table["rows"] if row.get("k")]
    assert pointing and set(pointing) <= keys


def test_english(tmp_path) -> None:
    _, data = read(write_html(tmp_path / "a.html", **everything(), lang="en"))
    assert data["lang"] == "en" and data["words"]["search"] == "Find words" and data["marks"] == ["For internal use"]
    with pytest.raises(InputError, match="fr"):
        write_html(tmp_path / "b.html", **everything(), lang="fr")


def test_the_same_content_gives_the_same_bytes(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")
    one = write_html(tmp_path / "a.html", **everything()).read_bytes()
    assert one == write_html(tmp_path / "b.html", **everything()).read_bytes()


def test_a_public_page_does_not_hold_what_it_hides(tmp_path) -> None:
    place = shapely.Point(112.987654, 35.123456)
    intake = gpd.GeoDataFrame(
        {"uid": ["W1"], "name": ["取水口甲"]}, geometry=[place], crs="EPSG:4490"
    )
    rows = samples.findings()
    rows.loc[rows.index[0], ["status", "zone_layer", "zone_id", "bearing_deg"]] = ["hit", "water_intake", "W1", 77.7]
    rows = rows.set_geometry(
        gpd.GeoSeries([shapely.LineString([(112.5, 35.0), place.coords[0]])] + list(rows.geometry)[1:], crs=rows.crs)
    )
    given = everything(findings=rows, onemap={"water_intake": intake})
    inside = write_html(tmp_path / "in.html", **given).read_text(encoding="utf-8")
    assert "112.98765" in inside
    public = Publication("public", approval_no="豫S〔2019〕001号", decimals=2)
    said = write_html(tmp_path / "out.html", **given, publication=public).read_text(encoding="utf-8")
    assert "112.98" not in said and "112.99" not in said
    _, data = read(tmp_path / "out.html")
    assert data["marks"] == ["审图号：豫S〔2019〕001号"]
    numbers = re.findall(r"\[1\d\d\.(\d+)", json.dumps(data["layers"]))
    assert numbers and all(len(one) <= 2 for one in numbers)
