"""KML and KMZ: folders per layer, colours of the layer's style, every field with its title (OGC 12-007r2).

Coordinates are WGS 84 by definition.  For phone maps that draw everything in GCJ-02 the file can be written in
GCJ-02; its name and its description then say so.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # nosec B405 - nothing is parsed here

import numpy as np
import shapely

from ..progress import SILENT, Progress, part, report
from ..report.text import plain
from .write_colours import Look, Paint, Rgba, look
from .write_columns import Column, Sheet, Told
from .write_geojson import geographic, oriented
from .write_gpkg import clock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .write import WriteOptions

_DECIMALS = 9
_STEP = 1000
_SHIFTED = {
    "gcj02": (
        "GCJ-02 坐标", "in GCJ-02",
        "坐标为 GCJ-02(高德、腾讯等手机地图用),与真实位置相差 500~600 m,不可用于测量、审批和数据交换。",
        "Coordinates are GCJ-02, for Amap, Tencent and other phone maps; they lie 500 to 600 m off the true"
        " place and are not"
        " for measuring, approvals or the exchange of data.",
    ),
    "bd09": (
        "BD-09 坐标", "in BD-09",
        "坐标为 BD-09(百度地图用),与真实位置相差 1200~1300 m,不可用于测量、审批和数据交换。",
        "Coordinates are BD-09, for Baidu's maps; they lie 1200 to 1300 m off the true place and are not for measuring,"
        " approvals or the exchange of data.",
    ),
}  # fmt: skip


def make(
    sheets: Sequence[Sheet], folder: Path, stem: str, options: WriteOptions, told: Told, progress: Progress
) -> list[str]:
    """Write a KML, or a KMZ (``doc.kml`` zipped) where the format says so.

    Raises
    ------
    InputError
        If a projected system is asked for, or none is known and the numbers are no degrees.
    """
    zipped = options.format == "kmz"
    name = f"{stem}.kmz" if zipped else f"{stem}.kml"
    inside = folder / "doc.kml" if zipped else folder / name
    with inside.open("w", encoding="utf-8", newline="\n") as stream:
        _document(stream, sheets, stem, options, told, part(progress, 0.0, 0.8 if zipped else 1.0))
    if zipped:
        zip_files(folder / name, {"doc.kml": inside}, clock(), part(progress, 0.8, 1.0))
        inside.unlink()
    return [name]


def zip_files(target: Path, members: dict[str, Path], moment: datetime, progress: Progress = SILENT) -> None:
    """Zip files so that the same content and moment give the same bytes; members in the order given."""
    whole, done = sum(path.stat().st_size for path in members.values()) or 1, 0
    stamp = max(moment.timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, path in members.items():
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            info.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(info, "w") as out:
                while block := source.read(1 << 20):
                    out.write(block)
                    done += len(block)
                    report(progress, done / whole)


def _document(
    stream: IO[str], sheets: Sequence[Sheet], stem: str, options: WriteOptions, told: Told, progress: Progress
) -> None:
    system = next((sheet.system for sheet in sheets if sheet.system), "")
    title, about = stem, ""
    if system:
        name_zh, name_en, zh, en = _SHIFTED[system]
        title, about = f"{stem}({name_zh} {name_en})", f"{zh}\n{en}"
    stream.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n'
    )
    stream.write(_element("name", title))
    if about:
        stream.write(_element("description", about))
    looks = [look(sheet.spec.style if sheet.spec else None) for sheet in sheets]
    for k, one in enumerate(looks):
        for number, paint in enumerate([one.rest, *one.classes.values()]):
            stream.write(_style(f"s{k}_{number}", paint))
    for k, (sheet, one) in enumerate(zip(sheets, looks)):
        shapes = oriented(geographic(sheet, options.crs, "KML", told))
        stream.write("<Folder>\n" + _element("name", sheet.title(options.lang)))
        inner = part(progress, k / len(sheets), (k + 1) / len(sheets))
        for first, lines in enumerate(_placemarks(sheet, shapes, one, f"s{k}", options)):
            if first % _STEP == 0:
                report(inner, first / len(shapes), sheet.name)
            stream.write(lines)
        stream.write("</Folder>\n")
    stream.write("</Document>\n</kml>\n")


def _element(tag: str, words: str) -> str:
    one = ET.Element(tag)
    one.text = plain(words)
    return ET.tostring(one, encoding="unicode") + "\n"


def _style(name: str, paint: Paint) -> str:
    style = ET.Element("Style", id=name)
    icon = ET.SubElement(style, "IconStyle")
    ET.SubElement(icon, "color").text = _colour((*paint.fill[:3], 255))
    line = ET.SubElement(style, "LineStyle")
    ET.SubElement(line, "color").text = _colour(paint.line)
    # Lines are given in pixels; a millimetre on screen is about four.
    ET.SubElement(line, "width").text = f"{max(1.0, paint.width * 3.8):.1f}"
    area = ET.SubElement(style, "PolyStyle")
    ET.SubElement(area, "color").text = _colour(paint.fill)
    return ET.tostring(style, encoding="unicode") + "\n"


def _colour(rgba: Rgba) -> str:
    red, green, blue, opacity = rgba
    return f"{opacity:02x}{blue:02x}{green:02x}{red:02x}"


def _placemarks(
    sheet: Sheet, shapes: NDArray[Any], one: Look, prefix: str, options: WriteOptions
) -> Iterator[str]:
    labels = options.labels is not False
    columns = [column.labelled(options.lang) for column in sheet.columns] if labels else sheet.columns
    names = [column.title(options.lang) if options.titles else column.name for column in columns]
    titles = [column.title(options.lang) for column in columns]
    heading = _heading(sheet, columns, options)
    classes = sheet.column(one.attribute) if one.attribute else None
    numbers = {value: number for number, value in enumerate(one.classes, 1)}
    for k, shape in enumerate(shapes):
        mark = ET.Element("Placemark")
        if heading is not None and heading.values[k] is not None:
            ET.SubElement(mark, "name").text = plain(_said(heading.values[k], options.lang))
        number = numbers.get(str(classes.values[k]), 0) if classes is not None else 0
        ET.SubElement(mark, "styleUrl").text = f"#{prefix}_{number}"
        data = ET.SubElement(mark, "ExtendedData")
        for name, title, column in zip(names, titles, columns):
            if column.values[k] is None:
                continue
            cell = ET.SubElement(data, "Data", name=plain(name))
            ET.SubElement(cell, "displayName").text = plain(title)
            ET.SubElement(cell, "value").text = plain(_said(column.values[k], options.lang))
        if shape is not None:
            _geometry(mark, shape)
        yield ET.tostring(mark, encoding="unicode") + "\n"


def _heading(sheet: Sheet, columns: Sequence[Column], options: WriteOptions) -> Column | None:
    """Return the column that names the places: the chosen one, else ``name``, else the first text."""
    if options.label:
        chosen = sheet.column(options.label)
        if chosen is None:
            from ..errors import InputError

            raise InputError(
                f"Layer '{sheet.name}' has no field '{options.label}' to name its places by; it has"
                f" {', '.join(column.name for column in sheet.columns)}."
            )
        return chosen.labelled(options.lang)
    found = sheet.column("name") or sheet.column("名称")
    return found or next(
        (column for column in columns if column.kind == "text" and column.name != "uid"), None
    )


def _said(value: Any, lang: str) -> str:
    if isinstance(value, bool):
        return {("zh", True): "是", ("zh", False): "否"}.get((lang, value), "yes" if value else "no")
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _geometry(parent: ET.Element, shape: Any) -> None:
    kind = shape.geom_type
    if kind.startswith("Multi") or kind == "GeometryCollection":
        many = ET.SubElement(parent, "MultiGeometry")
        for one in shape.geoms:
            _geometry(many, one)
    elif kind == "Polygon":
        polygon = ET.SubElement(parent, "Polygon")
        for tag, rings in (("outerBoundaryIs", [shape.exterior]), ("innerBoundaryIs", shape.interiors)):
            for ring in rings:
                closed = ET.SubElement(ET.SubElement(polygon, tag), "LinearRing")
                ET.SubElement(closed, "coordinates").text = _places(ring)
    else:
        one = ET.SubElement(parent, "Point" if kind == "Point" else "LineString")
        ET.SubElement(one, "coordinates").text = _places(shape)


def _places(shape: Any) -> str:
    rounded = np.round(shapely.get_coordinates(shape), _DECIMALS).tolist()
    return " ".join(f"{x!r},{y!r}" for x, y in rounded)
