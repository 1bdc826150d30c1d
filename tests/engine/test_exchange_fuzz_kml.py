"""KML that no program ever wrote: a result or a sentence, whatever its bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from envzones.plugin.engine.exchange import read
from envzones.plugin.engine.exchange.model import ReadOptions

from . import messy
from .fuzzing import fuzz, mutated, survives
from .test_exchange_fuzz_shapefile import adds_up
from .test_exchange_kml import ARCGIS, AREA, HEAD, mark

TOKENS = (
    b"<Placemark>", b"</Placemark>", b"<Polygon>", b"<coordinates>", b"</coordinates>", b"<LinearRing>", b"<gx:coord>",
    b"<!DOCTYPE k [", b"<!ENTITY a 'b'>", b"&a;", b"&nbsp;", b"<![CDATA[", b"]]>", b"<!--", b"<?x?>", b"<Folder>" * 50,
    b"<description><td></tr><td>", b"1,2 3,4", b"," * 500, b" " * 500, b"1" * 500, b"<MultiGeometry>", b"xmlns:gx='u'",
)  # fmt: skip


def test_mutated_kml(tmp_path: Path) -> None:
    body = mark(f"<name>a</name><description>{ARCGIS}</description><MultiGeometry>{AREA}{AREA}</MultiGeometry>")
    track = mark("<gx:Track><when>2019</when><gx:coord>1 2 3</gx:coord><gx:coord>1 3 3</gx:coord></gx:Track>")
    whole = HEAD.format("utf-8") + body + track + "</Document></kml>"
    good = [whole.encode(), messy.kml().encode(), messy.kml().replace("UTF-8", "GBK").encode("gbk"), whole.encode("utf-16")]
    packed = messy.zipped(tmp_path / "g.kmz", {"doc.kml": good[0]}).read_bytes()
    path = tmp_path / "a.kml"

    def check(data: bytes) -> None:
        path.write_bytes(data)
        adds_up(survives(lambda: read.read(path)))
        adds_up(survives(lambda: read.read(path, ReadOptions(lines_as_areas=False, limit=2))))

    assert fuzz(mutated([*good, packed], TOKENS), check) >= 10


def test_trees_of_tags(tmp_path: Path) -> None:
    tags = st.sampled_from([
        "Placemark", "Folder", "Document", "Polygon", "MultiGeometry", "outerBoundaryIs", "innerBoundaryIs", "LinearRing",
        "coordinates", "Point", "LineString", "ExtendedData", "Data", "value", "name", "description", "gx:Track", "gx:coord",
    ])  # fmt: skip
    leaves = st.one_of(st.text("0123456789.,- \n汉eE", max_size=20), st.sampled_from(["1,2 3,4 5,6 1,2", "1 2", ""]))

    def grown(children: Any) -> Any:
        return st.tuples(tags, st.lists(children, max_size=4)).map(lambda two: f"<{two[0]}>{''.join(two[1])}</{two[0]}>")

    path = tmp_path / "a.kml"

    def check(body: str) -> None:
        path.write_text(f"<kml>{body}</kml>", encoding="utf-8")
        adds_up(survives(lambda: read.read(path)))

    assert fuzz(st.recursive(leaves, grown, max_leaves=20), check) >= 10
