"""Files as offices send them, made byte by byte: no library that also reads them has a hand in it.

Coordinates are around Jiyuan and Qibin (Henan); names and figures are made up.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyproj import Transformer

#: Four plots: name, use, area in mu, and corners in degrees (CGCS2000), clockwise as shapefiles want them.
PLOTS = (
    ("济源市化工厂旧址", "工业用地", 35.5, ((112.60, 35.07), (112.60, 35.072), (112.603, 35.072), (112.603, 35.07))),
    ("蟒河北岸砂场", "采矿用地", 12.25, ((112.61, 35.08), (112.61, 35.0815), (112.612, 35.0815), (112.612, 35.08))),
    ("沁园街道尾矿库", "采矿用地", 80.0, ((112.58, 35.09), (112.58, 35.092), (112.5825, 35.092), (112.5825, 35.09))),
    ("小浪底镇养殖场", "设施农用地", 6.75, ((112.40, 34.95), (112.40, 34.951), (112.401, 34.951), (112.401, 34.95))),
)
FIELDS = (("名称", "C", 40, 0), ("用途", "C", 20, 0), ("面积亩", "N", 12, 2), ("DATE", "D", 8, 0))


def projected(epsg: int, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """East and north of degrees in an EPSG system."""
    turn = Transformer.from_crs(4490, epsg, always_xy=True)
    return [turn.transform(*point) for point in points]


def plots(epsg: int = 4490) -> list[list[tuple[float, float]]]:
    """The plots' corners in a system, not closed."""
    return [list(p[3]) if epsg == 4490 else projected(epsg, p[3]) for p in PLOTS]


def records(encoding: str) -> list[list[bytes]]:
    """The plots' cells as a .dbf holds them."""
    return [
        [name.encode(encoding), use.encode(encoding), f"{mu:.2f}".encode(), b"20190927"] for name, use, mu, _ in PLOTS
    ]


def dbf(
    rows: Sequence[Sequence[bytes]], fields: Sequence[tuple[str, str, int, int]] = FIELDS, *, encoding: str = "gbk",
    ldid: int = 0,
) -> bytes:  # fmt: skip
    """A dBase III table: cells are cut or padded to their field's bytes, whatever that does to a character."""
    width = 1 + sum(field[2] for field in fields)
    head = struct.pack("<BBBBIHH16xBB2x", 3, 119, 9, 27, len(rows), 33 + 32 * len(fields), width, 0, ldid)
    for name, kind, size, decimals in fields:
        head += name.encode(encoding)[:10].ljust(11, b"\0") + kind.encode() + bytes(4) + bytes((size, decimals)) + bytes(14)
    body = b""
    for row in rows:
        body += b" "
        for cell, (_, kind, size, _) in zip(row, fields):
            body += cell[:size].rjust(size) if kind == "N" else cell[:size].ljust(size)
    return head + b"\r" + body + b"\x1a"


def shp(rings: Sequence[Sequence[tuple[float, float]] | None]) -> tuple[bytes, bytes]:
    """A polygon .shp and its .shx; None is a null shape."""
    parts, index, at = [], [], 50
    boxes: list[tuple[float, float, float, float]] = []
    for number, ring in enumerate(rings, 1):
        if ring is None:
            content = struct.pack("<i", 0)
        else:
            closed = [*ring, ring[0]]
            xs, ys = [p[0] for p in closed], [p[1] for p in closed]
            boxes.append((min(xs), min(ys), max(xs), max(ys)))
            content = struct.pack("<i4d2i1i", 5, *boxes[-1], 1, len(closed), 0)
            content += b"".join(struct.pack("<2d", *p) for p in closed)
        parts.append(struct.pack(">2i", number, len(content) // 2) + content)
        index.append(struct.pack(">2i", at, len(content) // 2))
        at += 4 + len(content) // 2
    box = (
        min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes),
    ) if boxes else (0.0, 0.0, 0.0, 0.0)  # fmt: skip

    def head(words: int) -> bytes:
        return struct.pack(">i20xi", 9994, words) + struct.pack("<2i8d", 1000, 5, *box, 0, 0, 0, 0)

    return head(at) + b"".join(parts), head(50 + 4 * len(index)) + b"".join(index)


def shapefile(
    folder: Path, name: str = "地块", *, epsg: int = 4490, encoding: str = "gbk", ldid: int = 0, cpg: str | None = None,
    prj: str | None = None, shx: bool = True, table: bool = True,
) -> Path:  # fmt: skip
    """Write the plots as a shapefile, with or without its side files."""
    main, index = shp(plots(epsg))
    path = folder / f"{name}.shp"
    path.write_bytes(main)
    if shx:
        path.with_suffix(".shx").write_bytes(index)
    if table:
        path.with_suffix(".dbf").write_bytes(dbf(records(encoding), encoding=encoding, ldid=ldid))
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    if prj is not None:
        path.with_suffix(".prj").write_text(prj, encoding="utf-8")
    return path


def boundary_txt(epsg: int = 4526, *, zone: str = "38", label: str = "J{:02d}", close: bool = True) -> str:
    """The plots as boundary points, north before east."""
    lines = [
        "[属性描述]", "格式版本号=1.01版本", "数据产生单位=示例测绘队", "数据产生日期=2019-09-27", "坐标系=2000国家大地坐标系",
        "几度分带=3", "投影类型=高斯克吕格", "计量单位=米", f"带号={zone}", "精度=0.001", "转换参数=0,0,0,0,0,0,0", "[地块坐标]",
    ]  # fmt: skip
    for number, ((name, _, mu, _), ring) in enumerate(zip(PLOTS, plots(epsg)), 1):
        points = [*ring, ring[0]] if close else ring
        lines.append(f"{len(points)},{mu / 15:.4f},{number},{name},面,,,,@")
        for k, (east, north) in enumerate(points):
            lines.append(f"{label.format(k % len(ring) + 1)},1,{north:.3f},{east:.3f}")
    return "\n".join(lines) + "\n"


def dms(degrees: float, signs: Sequence[str] = ("°", "′", "″")) -> str:
    """Degrees as degrees, minutes and seconds with three decimals."""
    total = round(degrees * 3600_000)
    whole, rest = divmod(total, 3600_000)
    minutes, thousandths = divmod(rest, 60_000)
    return f"{whole}{signs[0]}{minutes}{signs[1]}{thousandths / 1000:06.3f}{signs[2]}"


def kml(folder: str = "奥维收藏") -> str:
    """The plots as a phone writes them: data in the description, altitude, a folder."""
    marks = ""
    for name, use, _, ring in PLOTS:
        corners = " ".join(f"{x:.7f},{y:.7f},0" for x, y in [*ring, ring[0]])
        marks += (
            f"<Placemark><name>{name}</name><ExtendedData><Data name='用途'><value>{use}</value></Data></ExtendedData>"
            f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{corners}</coordinates></LinearRing></outerBoundaryIs>"
            f"</Polygon></Placemark>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<Folder><name>{folder}</name>{marks}</Folder></Document></kml>"
    )


def zipped(path: Path, members: Mapping[str, bytes], *, gbk_names: bool = False) -> Path:
    """A zip; with `gbk_names` the names are GBK bytes without the flag for UTF-8, as Windows wrote them for years."""
    with zipfile.ZipFile(path, "w") as box:
        for k, (name, data) in enumerate(members.items()):
            # zipfile writes what is not ASCII as UTF-8 with a flag; the bytes are put right afterwards.
            box.writestr(_stand_in(k, name) if gbk_names else name, data)
    if gbk_names:
        data = path.read_bytes()
        for k, name in enumerate(members):
            data = data.replace(_stand_in(k, name).encode(), name.encode("gbk"))
        path.write_bytes(data)
    return path


def _stand_in(k: int, name: str) -> str:
    """An ASCII name as long as the GBK bytes of another, with a number that no other has."""
    return f"{k:0{len(name.encode('gbk'))}d}".replace("0", "x")
