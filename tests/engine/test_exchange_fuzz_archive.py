"""Archives that no program ever packed: nothing outside the folder, nothing left behind, a result or a sentence."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from envzones.plugin.engine.exchange import archive, read

from . import messy
from .fuzzing import fuzz, mutated, survives
from .test_exchange_fuzz_shapefile import adds_up

TOKENS = (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"../", b"..\\", b"/etc/", b"C:\\", b"\xff\xff\xff\xff", b"ustar", b"L" * 8)
NAMES = st.one_of(
    st.sampled_from(["a.shp", "../a.shp", "/a.shp", "b/../../a", "C:/a.shp", "d\\e.kml", "x/.", "y/", "成果.kml", "a" * 300, ""]),
    st.text(max_size=12),
)


def packed(members: dict[str, bytes], how: str) -> bytes:
    out = io.BytesIO()
    if how == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
            for name, data in members.items():
                box.writestr(zipfile.ZipInfo(name), data)
    else:
        with tarfile.open(fileobj=out, mode="w") as box:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                box.addfile(info, io.BytesIO(data))
    return gzip.compress(out.getvalue()) if how == "tgz" else out.getvalue()


def good(tmp_path: Path) -> list[tuple[str, bytes]]:
    folder = tmp_path / "good"
    folder.mkdir()
    path = messy.shapefile(folder)
    members = {f"成果/{part.name}": part.read_bytes() for part in sorted(folder.iterdir())}
    members["b.kml"] = messy.kml().encode()
    inner = {"inner.zip": packed({"成果/地块.shp": path.read_bytes()}, "zip"), "c.kml": members["b.kml"]}
    return [(how, packed(one, how)) for one in (members, inner) for how in ("zip", "tar", "tgz")]


def test_mutated_archives(tmp_path: Path) -> None:
    made = good(tmp_path)

    @st.composite
    def files(draw: Any) -> tuple[str, bytes]:
        how, data = draw(st.sampled_from(made))
        return how, draw(mutated([data], TOKENS))

    _tried(tmp_path, files())


def test_hostile_names(tmp_path: Path) -> None:
    @st.composite
    def files(draw: Any) -> tuple[str, bytes]:
        how = draw(st.sampled_from(["zip", "tar", "tgz"]))
        members = draw(st.dictionaries(NAMES, st.binary(max_size=30), max_size=4))
        try:
            return how, packed(members, how)
        except (ValueError, UnicodeError):
            return how, b""

    _tried(tmp_path, files())


def _tried(tmp_path: Path, strategy: Any) -> None:
    room = tmp_path / "room"
    target = room / "deep" / "target"
    target.mkdir(parents=True)

    def check(made: tuple[str, bytes]) -> None:
        path = room / f"a.{made[0]}"
        path.write_bytes(made[1])
        before = {one for one in room.rglob("*") if target not in one.parents}
        survives(lambda: archive.unpack(path, target))
        assert {one for one in room.rglob("*") if target not in one.parents} == before, "wrote outside its folder"
        for one in sorted(target.rglob("*"), reverse=True):
            assert not one.is_symlink()
            one.rmdir() if one.is_dir() else one.unlink()
        adds_up(survives(lambda: read.read(path)))
        survives(lambda: read.layers(path))

    assert fuzz(strategy, check) >= 10
