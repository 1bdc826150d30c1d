"""The colours of a layer's QGIS style, for formats that know none: one for each class, and one for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat  # nosec B407 - entities are refused before one is expanded

Rgba = tuple[int, int, int, int]
_GREY: Rgba = (90, 100, 110, 110)
_LARGEST = 4 << 20


@dataclass(frozen=True)
class Paint:
    """How a shape is drawn: fill, line (red, green, blue, opacity; 0 to 255) and the line's width in millimetres."""

    fill: Rgba = _GREY
    line: Rgba = (70, 80, 90, 255)
    width: float = 0.5

    @property
    def stroke(self) -> tuple[int, int, int]:
        """The colour of a line that stands for the shape: that of the fill where the outline is white."""
        return self.fill[:3] if min(self.line[:3]) > 225 else self.line[:3]

    @property
    def is_casing(self) -> bool:
        """Whether this is a white line with nothing in it, drawn beneath another."""
        return min(self.line[:3]) > 225 and self.fill == (*self.line[:3], 110)


@dataclass(frozen=True)
class Look:
    """The classes of a style: the field they go by (empty for none), a paint for each value, and one for the rest."""

    attribute: str = ""
    classes: dict[str, Paint] = field(default_factory=dict)
    rest: Paint = Paint()

    def of(self, value: Any) -> Paint:
        """Return the paint of a value of the field."""
        return self.classes.get(str(value), self.rest) if value is not None else self.rest


def look(style: Path | None) -> Look:
    """Return the colours of a .qml; grey where there is none or it cannot be understood."""
    if style is None or not style.is_file() or style.stat().st_size > _LARGEST:
        return Look()
    return _read(style, style.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(style: Path, _changed: int) -> Look:
    reader = _Reader()
    try:
        reader.parse(style.read_bytes())
    except (expat.ExpatError, ValueError, OSError):
        return Look()
    paints = {name: paint for name, paint in reader.paints.items() if name in reader.symbols}
    rest = next(iter(paints.values()), Paint())
    classes = {value: paints[symbol] for value, symbol in reader.classes if value and symbol in paints}
    others = [paints[symbol] for value, symbol in reader.classes if not value and symbol in paints]
    if reader.attribute.isidentifier() and classes:
        return Look(reader.attribute, classes, others[0] if others else Paint())
    return Look(rest=others[0] if others else rest)


class _Reader:
    """Walks a style: its classes, and of each symbol the first colours that are named."""

    def __init__(self) -> None:
        self.attribute = ""
        self.classes: list[tuple[str, str]] = []
        self.symbols: list[str] = []
        self.paints: dict[str, Paint] = {}
        self._path: list[str] = []
        self._symbol = ""
        self._wide: set[str] = set()
        self._depth = 0

    def parse(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._refused
        parser.Parse(data, True)

    def _refused(self, *_: Any) -> None:
        raise ValueError("entities")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._path.append(tag)
        if tag == "renderer-v2" and not self.attribute:
            self.attribute = attributes.get("attr", "")
        elif tag == "category":
            self.classes.append((attributes.get("value", ""), attributes.get("symbol", "")))
        elif tag == "symbol":
            self._depth += 1
            if self._depth == 1:
                self._symbol = attributes.get("name", "") if "symbols" in self._path else ""
                if self._symbol:
                    self.symbols.append(self._symbol)
        elif self._symbol and tag in ("Option", "prop"):
            name = attributes.get("name") or attributes.get("k") or ""
            self._option(name, attributes.get("value") or attributes.get("v") or "")

    def _option(self, name: str, value: str) -> None:
        paint = self.paints.get(self._symbol)
        colour = _colour(value) if name in ("color", "outline_color", "line_color") else None
        if name == "color" and colour and paint is None:
            self.paints[self._symbol] = Paint(colour, (*colour[:3], 255))
        elif name == "line_color" and colour and (paint is None or paint.is_casing):
            # A white line beneath the line itself only sets it off.
            self.paints[self._symbol] = Paint((*colour[:3], 110), colour)
            self._wide.discard(self._symbol)
        elif name == "outline_color" and colour and paint is not None and paint.line[:3] == paint.fill[:3]:
            self.paints[self._symbol] = Paint(paint.fill, colour, paint.width)
        elif name in ("outline_width", "line_width") and paint is not None and self._symbol not in self._wide:
            # The first is that of the outline; patterns that fill it follow.
            self._wide.add(self._symbol)
            self.paints[self._symbol] = Paint(paint.fill, paint.line, _number(value))

    def _end(self, tag: str) -> None:
        self._path.pop()
        if tag == "symbol":
            self._depth -= 1
            if self._depth == 0:
                self._symbol = ""


def _colour(value: str) -> Rgba | None:
    cells = value.split(",")[:4]
    if len(cells) < 3 or not all(cell.strip().isdigit() for cell in cells):
        return None
    red, green, blue, opacity = [min(int(cell), 255) for cell in (*cells, "255")][:4]
    return red, green, blue, opacity


def _number(value: str) -> float:
    try:
        return min(max(float(value), 0.0), 10.0)
    except ValueError:
        return 0.0
