"""Archives: names in any encoding, one inside another, and nothing outside the folder whatever the names say."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange import archive, read
from envzones.plugin.engine.exchange.archive import Limits
from envzones.plugin.engine.exchange.model import ReadOptions

from . import messy

NAMES = [plot[0] for plot in messy.PLOTS]


def zipped(path: Path, members: Mapping[str, bytes], *, gbk: bool = False) -> Path:
    """A zip; with `gbk` the names as Windows programs in China write them, without the flag for UTF-8."""
    holders = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as box:
        for n, (name, data) in enumerate(members.items()):
            raw = name.encode("gbk") if gbk else b""
            holder = chr(ord("A") + n) * len(raw) if gbk else name
            holders[holder.encode()] = raw
            box.writestr(zipfile.ZipInfo(holder), data, zipfile.ZIP_DEFLATED)
    if gbk:
        whole = path.read_bytes()
        for holder, raw in holders.items():
            whole = whole.replace(holder.encode() if isinstance(holder, str) else holder, raw)
        path.write_bytes(whole)
    return path


def tarred(path: Path, members: Mapping[str, bytes | tarfile.TarInfo], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as box:
        for name, data in members.items():
            info = data if isinstance(data, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(data, bytes):
                info.size = len(data)
            box.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    return path


def parts(folder: Path, stem: str = "地块") -> dict[str, bytes]:
    inner = folder / "parts"
    inner.mkdir(exist_ok=True)
    path = messy.shapefile(inner, stem, cpg="GBK")
    return {one.name: one.read_bytes() for one in sorted(inner.glob(f"{path.stem}.*"))}


@pytest.mark.parametrize("gbk", [True, False])
@pytest.mark.parametrize("where", ["", "提交成果/", "成果/矢量 数据/"])
def test_a_shapefile_in_folders(tmp_path: Path, gbk: bool, where: str) -> None:
    path = zipped(tmp_path / "成果.zip", {where + name: data for name, data in parts(tmp_path).items()}, gbk=gbk)
    foreign = read.read(path)
    assert foreign.frame["名称"].tolist() == NAMES and foreign.path == path and foreign.name == "地块"


@pytest.mark.parametrize("suffix", [".tar.gz", ".tgz", ".tar"])
def test_tar(tmp_path: Path, suffix: str) -> None:
    path = tarred(tmp_path / f"a{suffix}", {f"x/{k}": v for k, v in parts(tmp_path).items()}, "w" if suffix == ".tar" else "w:gz")
    assert read.read(path).frame["名称"].tolist() == NAMES


def test_gzip_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.kml.gz"
    path.write_bytes(gzip.compress(messy.kml().encode()))
    assert read.read(path).frame["name"].tolist() == NAMES


def test_archives_in_archives(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "in.zip", parts(tmp_path)).read_bytes()
    outer = zipped(tmp_path / "out.zip", {"交付/in.zip": inner, "readme.txt": b"x"})
    assert read.read(outer).frame["名称"].tolist() == NAMES
    twice = zipped(tmp_path / "twice.zip", {"out.zip": outer.read_bytes()})
    with pytest.raises(InputError, match="archives within archives"):
        read.read(twice)


def test_members_are_layers(tmp_path: Path) -> None:
    members = {**parts(tmp_path), **parts(tmp_path, "乙"), "b.kml": messy.kml().encode(), "清单.csv": "名称,x\n甲,1".encode()}
    path = zipped(tmp_path / "a.zip", members)
    names = [one.name for one in read.layers(path)]
    assert {"b.kml|b", "乙.shp|乙", "地块.shp|地块"} <= set(names)
    for name in ("地块.shp|地块", "地块.shp"):
        assert read.read(path, ReadOptions(layer=name)).frame["名称"].tolist() == NAMES
    with pytest.raises(InputError, match="3 files"):
        read.read(path)
    with pytest.raises(InputError, match="no member 'c.shp'"):
        read.read(path, ReadOptions(layer="c.shp"))


def test_a_list_beside_a_layer_is_left_and_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {**parts(tmp_path), "清单.csv": "名称,x\n甲,1".encode(), "__MACOSX/._地块.shp": b"x"})
    foreign = read.read(path)
    assert foreign.frame["名称"].tolist() == NAMES
    assert [one for one in foreign.notes if one.code == "other_members" and "清单.csv" in one.zh]
    assert sum(piece.count for piece in read.read_chunks(path, size=3)) == 4


def test_a_folder_is_looked_through(tmp_path: Path) -> None:
    messy.shapefile(tmp_path / "x" if (tmp_path / "x").mkdir() is None else tmp_path)
    assert read.read(tmp_path).frame["名称"].tolist() == NAMES and read.sniff(tmp_path) == "folder"


HOSTILE = ["../out.shp", "/etc/out.shp", "a/../../out.shp", "C:/out.shp", "C:\\out.shp", "..\\out.shp", "a/../../../out.shp", ".."]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_nothing_is_written_outside(tmp_path: Path, name: str, kind: str) -> None:
    make = zipped if kind == "zip" else tarred
    path = make(tmp_path / f"a.{'zip' if kind == 'zip' else 'tgz'}", {"good.txt": b"x", name: b"bad"})
    target = tmp_path / "deep" / "target"
    target.mkdir(parents=True)
    with pytest.raises(InputError, match="leads outside"):
        archive.unpack(path, target)
    outside = [one for one in tmp_path.rglob("*") if one.is_file() and target not in one.parents and one != path]
    assert not outside


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
        info = tarfile.TarInfo("link")
        info.type, info.linkname = kind, "/etc/passwd"
        with pytest.raises(InputError, match="link or device"), archive.unpacked(tarred(tmp_path / "a.tgz", {"link": info})):
            pass
    info = zipfile.ZipInfo("link")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as box:
        box.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match="holds a link"), archive.unpacked(tmp_path / "b.zip"):
        pass


def test_limits(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"a.shp": bytes(300 << 20)})
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(InputError, match="far more"):
        read.read(bomb)
    many = zipped(tmp_path / "many.zip", {f"{k}.txt": b"" for k in range(60)})
    with pytest.raises(InputError, match="too many files"), archive.unpacked(many, limits=Limits(members=50)):
        pass
    large = zipped(tmp_path / "large.zip", {"a.txt": b"x" * 2000})
    with pytest.raises(InputError, match="far more"), archive.unpacked(large, limits=Limits(size=1000)):
        pass
    packed = tmp_path / "a.kml.gz"
    packed.write_bytes(gzip.compress(bytes(300 << 20)))
    with pytest.raises(InputError, match="far more"):
        read.read(packed)


def test_tar_headers_of_absurd_size_are_no_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 100 << 20
    body = info.tobuf(tarfile.GNU_FORMAT) + bytes(100 << 20)
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(body))
    with pytest.raises(InputError, match="absurd"):
        read.read(path)


def test_passwords_and_other_archives(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.shp": b"x"})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="password"):
        read.read(path)
    for head, title in ((b"Rar!\x1a\x07\x01\x00", "RAR"), (bytes.fromhex("377abcaf271c"), "7z")):
        (tmp_path / "b.zip").write_bytes(head + bytes(100))
        with pytest.raises(InputError, match=f"b.zip is a {title} archive.*unpack it"):
            read.read(tmp_path / "b.zip")


@pytest.mark.parametrize("cut", [30, 200, 500])
def test_a_broken_archive(tmp_path: Path, cut: int) -> None:
    path = zipped(tmp_path / "a.zip", parts(tmp_path))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError, match="broken"):
        read.read(path)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    path = zipped(tmp_path / "a.zip", parts(tmp_path))
    read.read(path)
    list(read.read_chunks(path, size=2))
    pieces = read.read_chunks(path, size=2)
    next(pieces)
    pieces.close()

    class Stop:
        cancelled = False

        def __call__(self, fraction: float, message: str = "") -> None:
            self.cancelled = True

    with pytest.raises(Cancelled):
        read.read(path, progress=Stop())
    assert not list((tmp_path / "tmp").iterdir())


def test_names_with_a_second_byte_of_backslash(tmp_path: Path) -> None:
    """誠 is D5 5C in GBK: its second byte is that of a backslash."""
    path = zipped(tmp_path / "a.zip", {"誠信/b.kml": messy.kml().encode()}, gbk=True)
    with archive.unpacked(path) as folder:
        made = [one.relative_to(folder).as_posix() for one in folder.rglob("*.kml")]
    assert made == ["誠信/b.kml"]


