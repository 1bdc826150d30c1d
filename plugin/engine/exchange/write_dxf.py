"""DXF drawings: areas as closed polylines, a CAD layer per class with its colour, Chinese text as CAD reads it.

The file is of AutoCAD 2004 (AC1018) with code page ANSI_936, or of 2007 (AC1021), which is UTF-8.  Reference: Autodesk,
DXF Reference (2012).
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import Progress, part, report
from .write_colours import look
from .write_columns import Column, Sheet, Told

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .write import WriteOptions

#: Encodings by the name a user gives: Python's codec, the version of the file, its code page.
_ENCODINGS = {
    "": ("gbk", "AC1018", "ANSI_936"), "gbk": ("gbk", "AC1018", "ANSI_936"), "gb18030": ("gbk", "AC1018", "ANSI_936"),
    "cp936": ("gbk", "AC1018", "ANSI_936"),
    "utf-8": ("utf-8", "AC1021", "ANSI_936"), "utf8": ("utf-8", "AC1021", "ANSI_936"),
}  # fmt: skip
_NOT_IN_NAMES = str.maketrans(dict.fromkeys('<>/\\":;?*|=,`\r\n\t', "_"))
_LABELS = {"zh": "注记", "en": "label"}
_STEP = 2000


class _Tags:
    """Group codes and values, with the handles that objects refer to each other by."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._last = 0x20

    def handle(self) -> str:
        self._last += 1
        return f"{self._last:X}"

    def add(self, *pairs: tuple[int, Any]) -> None:
        for code, value in pairs:
            self.lines.append(f"{code:3d}\n{value}")

    @property
    def seed(self) -> str:
        return f"{self._last + 1:X}"


def make(
    sheets: Sequence[Sheet], folder: Path, stem: str, options: WriteOptions, told: Told, progress: Progress
) -> list[str]:
    """Write one drawing.

    Holes are closed polylines of their own; rows without a shape are left out, which is told.

    Raises
    ------
    InputError
        If the coordinates are degrees and that is not allowed, the layers are in different systems, a field is not
        there, or the text has characters that the encoding lacks.
    """
    if options.encoding.lower() not in _ENCODINGS:
        raise InputError(
            f"A drawing's text is written as gbk or utf-8, not '{options.encoding}'; choose one of the two."
        )
    codec, version, page = _ENCODINGS[options.encoding.lower()]
    _check_systems(sheets, options, told)
    text = _Text(codec, options, told)
    bounds = [shapely.total_bounds(sheet.shapes) for sheet in sheets if len(sheet.shapes)]
    placed = np.array([one for one in bounds if not np.isnan(one[0])]).reshape(-1, 4)
    box = (
        np.concatenate([placed[:, :2].min(axis=0), placed[:, 2:].max(axis=0)]) if len(placed) else np.zeros(4)
    )
    height = options.text_height or _fitting(box, options.degrees)
    tags = _Tags()
    layers: dict[str, tuple[int, int, int]] = {}
    for k, sheet in enumerate(sheets):
        share = part(progress, 0.9 * k / len(sheets), 0.9 * (k + 1) / len(sheets))
        _sheet(tags, sheet, layers, text, height, options, told, share)
    gone = sum(int(shapely.is_missing(sheet.shapes).sum()) for sheet in sheets)
    if gone:
        told.say("warning", "no_shape", f"{gone} 行没有图形,DXF 中没有写出",
                 f"{gone} rows have no shape and are not in the drawing")  # fmt: skip
    name = f"{stem}.dxf"
    with (folder / name).open("w", encoding=codec, newline="\r\n") as stream:
        for block in _file(tags, layers, version, page, box):
            report(progress, 0.95, name)
            stream.write(block)
    return [name]


def _check_systems(sheets: Sequence[Sheet], options: WriteOptions, told: Told) -> None:
    first = sheets[0]
    for sheet in sheets:
        if sheet.degrees and not options.degrees:
            raise InputError(
                f"Layer '{sheet.name}' is in degrees, and a drawing is measured in metres; choose a projected"
                f" system such as"
                f" EPSG:4547, or allow degrees."
            )
        if sheet.crs != first.crs or sheet.system != first.system:
            raise InputError("The layers are in different reference systems; choose one for the drawing.")
    words = first.system.upper() or (f"{first.crs.name} ({first.crs.to_string()[:40]})" if first.crs else "?")
    told.say("info", "dxf_system", f"DXF 不记坐标系,请随文件告知:{words}",
             f"a DXF says nothing of its reference system; tell it with the file: {words}")  # fmt: skip


def _fitting(box: NDArray[np.float64], degrees: bool) -> float:
    """Return a height of labels that reads well when the whole drawing is on a sheet."""
    size = float(max(box[2] - box[0], box[3] - box[1])) / 250
    low = 1e-5 if degrees else 1.0
    return float(f"{max(size, low):.1g}")


class _Text:
    """Puts words into what the file's encoding and CAD programs take."""

    def __init__(self, codec: str, options: WriteOptions, told: Told) -> None:
        self._codec, self._lossy, self._told = codec, options.lossy, told

    def __call__(self, words: str, what: str) -> str:
        out = []
        # A caret starts a control character in DXF; with a blank behind it it is itself.
        for char in " ".join(words.split()).replace("^", "^ "):
            try:
                char.encode(self._codec)
                out.append(char)
            except UnicodeEncodeError:
                out.append(self._escaped(char, what))
        return "".join(out)

    def _escaped(self, char: str, what: str) -> str:
        if 0x80 <= ord(char) < 0xD800 or 0xE000 <= ord(char) < 0x10000:
            return f"\\U+{ord(char):04X}"
        if not self._lossy:
            raise InputError(
                f"{what} has the character {char} (U+{ord(char):04X}), which a drawing in {self._codec.upper()}"
                f" cannot hold; write"
                f" it as utf-8 (AutoCAD 2007 and newer), or allow '?' in its place."
            )
        self._told.say(
            "warning", "not_in_encoding", f"字符 {char} 写为 ?", f"the character {char} is written as ?"
        )
        return "?"


# --------------------------------------------------------------------------------------------------------
# Entities
# --------------------------------------------------------------------------------------------------------


def _sheet(
    tags: _Tags, sheet: Sheet, layers: dict[str, tuple[int, int, int]], text: _Text, height: float,
    options: WriteOptions,
    told: Told, progress: Progress,
) -> None:  # fmt: skip
    names, colours = _layers(sheet, options, text)
    label = _label(sheet, options)
    digits = 9 if sheet.degrees else 4
    holes = 0
    for k, shape in enumerate(sheet.shapes):
        if k % _STEP == 0:
            report(progress, k / len(sheet.shapes), sheet.name)
        if shape is None:
            continue
        layers.setdefault(names[k], colours[k])
        for one in shapely.get_parts(_flat(shape)):
            holes += _entity(tags, one, names[k], digits)
        if label is not None and label.values[k] is not None:
            layer = f"{names[k]}_{_LABELS[options.lang]}"
            layers.setdefault(layer, colours[k])
            x, y = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
            words = text(_words(label.values[k], options.lang), f"Layer '{sheet.name}', row {k + 1}")
            _label_at(tags, words, float(x), float(y), height, layer, digits)
    if holes:
        told.say("info", "holes", f"“{sheet.title('zh')}”有 {holes} 个内环,写为单独的闭合多段线",
                 f"{holes} holes of '{sheet.name}' are closed polylines of their own")  # fmt: skip


def _flat(shape: Any) -> Any:
    """Return a shape whose parts are simple: collections in collections are taken apart."""
    if shape.geom_type != "GeometryCollection":
        return shape
    parts: list[Any] = []
    waiting = list(shape.geoms)
    while waiting:
        one = waiting.pop(0)
        if hasattr(one, "geoms"):
            waiting = list(one.geoms) + waiting
        else:
            parts.append(one)
    return shapely.GeometryCollection(parts)


def _layers(sheet: Sheet, options: WriteOptions, text: _Text) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Return for each row its CAD layer and colour: by the chosen field, else by the classes of the layer's style."""
    style = look(sheet.spec.style if sheet.spec else None)
    titles = options.titles is not False
    base = sheet.title(options.lang) if titles else sheet.name
    wanted = options.layer_by or style.attribute
    column = sheet.column(wanted) if wanted and wanted != "none" else None
    if column is None and options.layer_by and options.layer_by != "none":
        raise InputError(
            f"Layer '{sheet.name}' has no field '{options.layer_by}' to make CAD layers of; it has"
            f" {', '.join(one.name for one in sheet.columns)}."
        )
    rest = style.rest.stroke
    count = len(sheet.shapes)
    if column is None:
        name = _name(base, text)
        return [name] * count, [rest] * count
    shown = column.labelled(options.lang) if titles else column
    made: dict[Any, tuple[str, tuple[int, int, int]]] = {}
    for value, words in zip(column.values, shown.values):
        if value not in made:
            name = base if words is None else f"{base}-{_words(words, options.lang)}"
            paint = style.of(value) if column.name == style.attribute else style.rest
            made[value] = _name(name, text), paint.stroke
    return [made[value][0] for value in column.values], [made[value][1] for value in column.values]


def _name(words: str, text: _Text) -> str:
    return text(words.translate(_NOT_IN_NAMES).strip()[:120], f"The layer name '{words}'") or "0"


def _label(sheet: Sheet, options: WriteOptions) -> Column | None:
    if not options.label:
        return None
    column = sheet.column(options.label)
    if column is None:
        raise InputError(
            f"Layer '{sheet.name}' has no field '{options.label}' to label it with; it has"
            f" {', '.join(one.name for one in sheet.columns)}."
        )
    return column.labelled(options.lang)


def _words(value: Any, lang: str) -> str:
    if isinstance(value, bool):
        return ("是" if value else "否") if lang == "zh" else ("yes" if value else "no")
    if isinstance(value, float):
        return f"{value:.10g}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _entity(tags: _Tags, shape: Any, layer: str, digits: int) -> int:
    """Add one simple shape; return the number of its holes."""
    if shape.geom_type == "Point":
        ((x, y),) = shapely.get_coordinates(shape).tolist()
        _open(tags, "POINT", layer, "AcDbPoint")
        tags.add((10, _number(x, digits)), (20, _number(y, digits)), (30, "0.0"))
        return 0
    if shape.geom_type == "Polygon":
        for ring in (shape.exterior, *shape.interiors):
            _polyline(tags, shapely.get_coordinates(ring)[:-1], True, layer, digits)
        return len(shape.interiors)
    xy = shapely.get_coordinates(shape)
    closed = len(xy) > 3 and bool((xy[0] == xy[-1]).all())
    _polyline(tags, xy[:-1] if closed else xy, closed, layer, digits)
    return 0


def _polyline(tags: _Tags, xy: NDArray[np.float64], closed: bool, layer: str, digits: int) -> None:
    _open(tags, "LWPOLYLINE", layer, "AcDbPolyline")
    tags.add((90, len(xy)), (70, int(closed)), (43, "0.0"))
    tags.lines.extend(f" 10\n{x:.{digits}f}\n 20\n{y:.{digits}f}" for x, y in xy.tolist())


def _label_at(tags: _Tags, words: str, x: float, y: float, height: float, layer: str, digits: int) -> None:
    _open(tags, "TEXT", layer, "AcDbText")
    place = ((10, _number(x, digits)), (20, _number(y, digits)), (30, "0.0"))
    aligned = ((11, _number(x, digits)), (21, _number(y, digits)), (31, "0.0"))
    # Centred on the place (72, 73), which is then read from the second point.
    tags.add(
        *place, (40, f"{height:g}"), (1, words), (7, "HZ"), (72, 1), *aligned, (100, "AcDbText"), (73, 2)
    )


def _open(tags: _Tags, kind: str, layer: str, marker: str) -> None:
    tags.add((0, kind), (5, tags.handle()), (330, "1F"), (100, "AcDbEntity"), (8, layer), (100, marker))


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"


# --------------------------------------------------------------------------------------------------------
# The file around them
# --------------------------------------------------------------------------------------------------------


def _file(
    entities: _Tags,
    layers: dict[str, tuple[int, int, int]],
    version: str,
    page: str,
    box: NDArray[np.float64],
) -> Iterator[str]:
    tables = _Tags()
    tables._last = int(entities.seed, 16)
    _tables(tables, layers, box)
    low, high = box[:2].tolist(), box[2:].tolist()
    head = _Tags()
    head.add(
        (0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, version), (9, "$DWGCODEPAGE"), (3, page),
        (9, "$INSUNITS"), (70, 6), (9, "$MEASUREMENT"), (70, 1), (9, "$LUPREC"), (70, 4),
        (9, "$PDMODE"), (70, 34), (9, "$PDSIZE"), (40, "-2.0"),
        (9, "$EXTMIN"), (10, f"{low[0]:.4f}"), (20, f"{low[1]:.4f}"), (30, "0.0"),
        (9, "$EXTMAX"), (10, f"{high[0]:.4f}"), (20, f"{high[1]:.4f}"), (30, "0.0"),
        (9, "$HANDSEED"), (5, tables.seed), (0, "ENDSEC"), (0, "SECTION"), (2, "CLASSES"), (0, "ENDSEC"),
    )  # fmt: skip
    yield "\n".join(head.lines) + "\n"
    yield "\n".join(tables.lines) + "\n"
    yield "  0\nSECTION\n  2\nENTITIES\n"
    for first in range(0, len(entities.lines), 100_000):
        yield "\n".join(entities.lines[first : first + 100_000]) + "\n"
    end = _Tags()
    end.add(
        (0, "ENDSEC"), (0, "SECTION"), (2, "OBJECTS"),
        (0, "DICTIONARY"), (5, "C"), (330, "0"), (100, "AcDbDictionary"), (281, 1), (3, "ACAD_GROUP"), (350, "D"),
        (0, "DICTIONARY"), (5, "D"), (330, "C"), (100, "AcDbDictionary"), (281, 1), (0, "ENDSEC"), (0, "EOF"),
    )  # fmt: skip
    yield "\n".join(end.lines) + "\n"


def _tables(tags: _Tags, layers: dict[str, tuple[int, int, int]], box: NDArray[np.float64]) -> None:
    """Add the tables and blocks without which AutoCAD opens no drawing; handles below 20 are fixed."""
    middle = ((box[:2] + box[2:]) / 2).tolist()
    height = max(float(box[3] - box[1]), 1e-3) * 1.1

    def table(name: str, handle: str, count: int) -> None:
        tags.add((0, "TABLE"), (2, name), (5, handle), (330, "0"), (100, "AcDbSymbolTable"), (70, count))

    def entry(kind: str, handle: str, owner: str, marker: str, name: str, flag: int = 0) -> None:
        tags.add(
            (0, kind),
            (105 if kind == "DIMSTYLE" else 5, handle),
            (330, owner),
            (100, "AcDbSymbolTableRecord"),
        )
        tags.add((100, marker), (2, name), (70, flag))

    tags.add((0, "SECTION"), (2, "TABLES"))
    table("VPORT", "8", 1)
    entry("VPORT", tags.handle(), "8", "AcDbViewportTableRecord", "*Active")
    tags.add(
        (10, "0.0"), (20, "0.0"), (11, "1.0"), (21, "1.0"), (12, f"{middle[0]:.4f}"), (22, f"{middle[1]:.4f}")
    )
    tags.add(
        (13, "0.0"), (23, "0.0"), (14, "1.0"), (24, "1.0"), (15, "1.0"), (25, "1.0"), (16, "0.0"), (26, "0.0")
    )
    tags.add(
        (36, "1.0"), (17, "0.0"), (27, "0.0"), (37, "0.0"), (40, f"{height:.4f}"), (41, "1.5"), (42, "50.0")
    )
    tags.add(
        (43, "0.0"),
        (44, "0.0"),
        (50, "0.0"),
        (51, "0.0"),
        (71, 0),
        (72, 100),
        (73, 1),
        (74, 3),
        (75, 0),
        (76, 0),
    )
    tags.add((77, 0), (78, 0), (0, "ENDTAB"))
    table("LTYPE", "5", 3)
    for name in ("ByBlock", "ByLayer", "Continuous"):
        entry("LTYPE", tags.handle(), "5", "AcDbLinetypeTableRecord", name)
        tags.add((3, ""), (72, 65), (73, 0), (40, "0.0"))
    tags.add((0, "ENDTAB"))
    table("LAYER", "2", len(layers) + 1)
    for name, rgb in {"0": (255, 255, 255), **layers}.items():
        entry("LAYER", tags.handle(), "2", "AcDbLayerTableRecord", name)
        tags.add((62, nearest(rgb)))
        if name != "0":
            tags.add((420, rgb[0] << 16 | rgb[1] << 8 | rgb[2]))
        tags.add((6, "Continuous"))
    tags.add((0, "ENDTAB"))
    table("STYLE", "3", 2)
    for name, big in (("Standard", ""), ("HZ", "gbcbig.shx")):
        entry("STYLE", tags.handle(), "3", "AcDbTextStyleTableRecord", name)
        tags.add((40, "0.0"), (41, "1.0"), (50, "0.0"), (71, 0), (42, "2.5"), (3, "txt.shx"), (4, big))
    tags.add((0, "ENDTAB"))
    table("VIEW", "6", 0)
    tags.add((0, "ENDTAB"))
    table("UCS", "7", 0)
    tags.add((0, "ENDTAB"))
    table("APPID", "9", 1)
    entry("APPID", tags.handle(), "9", "AcDbRegAppTableRecord", "ACAD")
    tags.add((0, "ENDTAB"))
    table("DIMSTYLE", "A", 1)
    tags.add((100, "AcDbDimStyleTable"), (71, 0))
    entry("DIMSTYLE", tags.handle(), "A", "AcDbDimStyleTableRecord", "Standard")
    tags.add((0, "ENDTAB"))
    table("BLOCK_RECORD", "1", 2)
    for name, handle in (("*Model_Space", "1F"), ("*Paper_Space", "1B")):
        tags.add((0, "BLOCK_RECORD"), (5, handle), (330, "1"), (100, "AcDbSymbolTableRecord"))
        tags.add((100, "AcDbBlockTableRecord"), (2, name))
    tags.add((0, "ENDTAB"), (0, "ENDSEC"), (0, "SECTION"), (2, "BLOCKS"))
    for name, owner, space in (("*Model_Space", "1F", 0), ("*Paper_Space", "1B", 1)):
        paper = ((67, 1),) if space else ()
        tags.add((0, "BLOCK"), (5, tags.handle()), (330, owner), (100, "AcDbEntity"), *paper, (8, "0"))
        tags.add(
            (100, "AcDbBlockBegin"),
            (2, name),
            (70, 0),
            (10, "0.0"),
            (20, "0.0"),
            (30, "0.0"),
            (3, name),
            (1, ""),
        )
        tags.add(
            (0, "ENDBLK"),
            (5, tags.handle()),
            (330, owner),
            (100, "AcDbEntity"),
            *paper,
            (8, "0"),
            (100, "AcDbBlockEnd"),
        )
    tags.add((0, "ENDSEC"))


def _palette() -> dict[int, tuple[float, float, float]]:
    """AutoCAD's colour index: seven plain colours, then 24 hues in five shades, each full and pale."""
    plain = {
        1: (255, 0, 0),
        2: (255, 255, 0),
        3: (0, 255, 0),
        4: (0, 255, 255),
        5: (0, 0, 255),
        6: (255, 0, 255),
    }
    out: dict[int, tuple[float, float, float]] = {
        k: (float(r), float(g), float(b)) for k, (r, g, b) in plain.items()
    }
    for index in range(10, 250):
        hue, shade, pale = (index // 10 - 1) / 24, (1.0, 0.65, 0.5, 0.3, 0.15)[index % 10 // 2], index % 2
        red, green, blue = colorsys.hsv_to_rgb(hue, 0.5 if pale else 1.0, shade)
        out[index] = (255 * red, 255 * green, 255 * blue)
    out.update({250 + k: (float(v),) * 3 for k, v in enumerate((51, 91, 132, 173, 214))})
    return out


_PALETTE = _palette()


def nearest(rgb: tuple[int, int, int]) -> int:
    """Return the index of AutoCAD's palette that is nearest to a colour; 7 (black on white) for white and black."""
    if rgb in ((255, 255, 255), (0, 0, 0)):
        return 7
    return min(_PALETTE, key=lambda index: (sum((a - b) ** 2 for a, b in zip(_PALETTE[index], rgb)), index))
