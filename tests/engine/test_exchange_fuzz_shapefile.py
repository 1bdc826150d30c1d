"""Shapefiles that no program ever wrote: whatever the bytes of any of the files, a result or a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from envzones.plugin.engine.exchange import read
from envzones.plugin.engine.exchange.model import Foreign

from . import messy
from .fuzzing import fuzz, mutated, survives

TOKENS = (b"\x00\x00\x27\x0a", b"\x05\x00\x00\x00", b"\x1f\x00\x00\x00", b"\x7f\xff\xff\xff", b"\r", b"*", b"\x4d", b"N", b"C", b"D")
SIDES = (".shp", ".shx", ".dbf", ".cpg", ".prj")


def adds_up(found: Any) -> None:
    """A result counts every record once."""
    if isinstance(found, Foreign):
        assert found.count == len(found.frame) + len(found.rejects)
        assert len(found.rows) == len(found.frame) == len(set(found.rows.tolist()))
        assert not set(found.rows.tolist()) & {one.row for one in found.rejects}


def test_mutated_shapefiles(tmp_path: Path) -> None:
    from pyproj import CRS

    path = messy.shapefile(tmp_path, cpg="GBK", ldid=0x4D, prj=CRS.from_epsg(4547).to_wkt("WKT1_ESRI"))
    good = {suffix: path.with_suffix(suffix).read_bytes() for suffix in SIDES}
    rings = [[(0, 0), (0, 9), (9, 9), (9, 0)], [(1, 1), (2, 1), (2, 2), (1, 2)]]
    other = messy.shp([rings[0], None, rings[1]])

    @st.composite
    def files(draw: Any) -> dict[str, bytes | None]:
        made: dict[str, bytes | None] = dict(good)
        if draw(st.booleans()):
            made[".shp"], made[".shx"] = other
        for suffix in draw(st.lists(st.sampled_from(SIDES), min_size=1, max_size=3, unique=True)):
            made[suffix] = draw(st.one_of(mutated([made[suffix] or b""], TOKENS), st.binary(max_size=300), st.none()))
        return made

    def check(made: dict[str, bytes | None]) -> None:
        for suffix, data in made.items():
            side = path.with_suffix(suffix)
            side.unlink(missing_ok=True)
            if data is not None:
                side.write_bytes(data)
        found = survives(lambda: read.read(path))
        adds_up(found)
        if isinstance(found, Foreign):
            pieces = survives(lambda: list(read.read_chunks(path, size=3)))
            assert sum(one.count for one in pieces) == found.count
            assert sum(len(one.frame) for one in pieces) == len(found.frame)

    assert fuzz(files(), check) >= 10


def test_any_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"

    def check(data: bytes) -> None:
        path.write_bytes(data)
        adds_up(survives(lambda: read.read(path)))

    heads = st.sampled_from([b"", b"\x00\x00\x27\x0a", b"\x00\x00\x27\x0a" + bytes(28) + b"\x05" + bytes(67)])
    assert fuzz(st.tuples(heads, st.binary(max_size=600)).map(lambda two: two[0] + two[1]), check) >= 10
