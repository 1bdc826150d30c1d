"""The lines of a boundary-point TXT: which are header, plot, point or none of these, and their cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from ..progress import SILENT, Progress, report

KINDS = {"点": "点", "线": "线", "面": "面", "point": "点", "line": "线", "polyline": "线", "polygon": "面"}
#: Cells of a plot's line by their place; those after are named by it.
PLACES = ("points", "area_ha", "plot_no", "plot_name", "kind", "map_sheet", "land_use", "land_class")
_MOST_CELLS = 200
_BLOCK = re.compile(r"\[\s*([^\[\]]{1,40}?)\s*\]")
_OURS = ("地块坐标", "属性描述", "项目信息")
_COMMENT = ("#", "//", ";", "--", "%", "*")
_NUMBER = re.compile(r"[-+]?\d{1,20}(?:\.\d{0,20})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,7}(?:\.0+)?", re.ASCII)
_LABEL = re.compile(r"[A-Za-z]{1,4}\d{1,7}", re.ASCII)
_DEGREES = re.compile(r"\d.*[°º度˚]|\d+[:]\d+[:]\d")
_SPACES = re.compile(r"[;\t]|\s+")
#: Signs that stand full-width as well are only changed where they part lines and cells: names keep theirs.
_BRACKETS = str.maketrans({"【": "[", "】": "]", "［": "[", "］": "]", "〔": "[", "〕": "]"})
_FIGURES = str.maketrans(
    {
        **{chr(0xFF10 + k): str(k) for k in range(10)}, "．": ".", "－": "-", "＋": "+", "，": ",", "Ｊ": "J", "ｊ": "j",
        "；": ";",
    }
)  # fmt: skip


@dataclass
class Line:
    """One line: its number (from 1), and what it is: ``plot``, ``point``, ``block``, ``bad`` (meant to be a point)."""

    number: int
    what: str
    cells: dict[str, str] = field(default_factory=dict)
    label: str = ""
    ring: int = 1
    first: float = np.nan
    second: float = np.nan
    width: int = 0
    at: bool = False


@dataclass
class Said:
    """What the lines of a file say.

    `headers` are (line, keys and values) for each header there is; `unread` (line, text) what is none of the format.
    """

    lines: list[Line] = field(default_factory=list)
    headers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)
    blocks: int = 0
    plots: int = 0
    comments: int = 0

    @property
    def header(self) -> dict[str, str]:
        """The keys and values of all headers; the first that says something stands."""
        out: dict[str, str] = {}
        for _, one in self.headers:
            for key, value in one.items():
                if not out.get(key):
                    out[key] = value
        return out


def parsed(words: str, *, most: int | None = None, progress: Progress = SILENT) -> Said:
    """Sort the lines of a text; only the first `most` of them where it is given."""
    said = Said()
    lines = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    later: list[tuple[Line, int, str]] = []
    block = ""
    for number, raw in enumerate(lines[:most], 1):
        if number % 5000 == 0:
            report(progress, 0.5 * number / len(lines))
        line = raw.strip().strip("\ufeff\0").strip()
        if not line:
            continue
        found = _BLOCK.fullmatch(line.translate(_BRACKETS))
        if found:
            block = found[1]
            said.blocks += block in _OURS
            said.lines.append(Line(number, "block"))
            if block == "属性描述" or not said.headers:
                said.headers.append((number, {}))
            continue
        if line.startswith(_COMMENT):
            said.comments += 1
        elif not _keyed(line, block, number, said):
            one = _line(line, number, later)
            if one is None:
                said.unread.append((number, line))
            else:
                said.lines.append(one)
                said.plots += one.what == "plot"
    _angles(later)
    return said


def _keyed(line: str, block: str, number: int, said: Said) -> bool:
    """Take a header's line: ``key=value``, within a header also ``key:value``."""
    signs = "=＝:：" if block in _OURS[1:] else "=＝" if not said.lines else "="
    sign = next((one for one in signs if one in line), "")
    key, found, value = line.partition(sign) if sign else ("", "", "")
    key = key.strip()
    if not found or not key or len(key) > 40 or "," in key or "@" in key or _NUMBER.fullmatch(key):
        return False
    if not said.headers:
        said.headers.append((number, {}))
    header = said.headers[-1][1]
    # A key that stands already, after points: a file put behind another without the block's name.
    if key in header and header[key] != value.strip() and said.lines and said.lines[-1].what != "block":
        said.headers.append((number, {}))
        header = said.headers[-1][1]
    header[key] = value.strip()
    return True


def _line(line: str, number: int, later: list[tuple[Line, int, str]]) -> Line | None:
    cells = _cells(line, plain=False)
    plot = _plot(line, cells, number)
    if plot is not None:
        return plot
    return _point(_cells(line.translate(_FIGURES), plain=True), line, number, later)


def _cells(line: str, *, plain: bool) -> list[str]:
    """Cut a line at its commas, at other signs where it has none."""
    sign = "," if "," in line else "，" if "，" in line else ""
    cells = line.split(sign, _MOST_CELLS) if sign else _SPACES.split(line, _MOST_CELLS)
    cells = [cell.strip() for cell in cells]
    if plain:
        while cells and cells[-1] in ("", "@", "＠"):
            cells.pop()
    return cells


# --------------------------------------------------------------------------------------------------------
# Plots
# --------------------------------------------------------------------------------------------------------


def _plot(line: str, cells: list[str], number: int) -> Line | None:
    """A plot's line: its ``@``, or its kind, tell it."""
    if "@" not in line and "＠" not in line and not any(cell.lower() in KINDS for cell in cells[2:]):
        return None
    if "，" in line and (len(cells) < 4 or not _WHOLE.fullmatch(cells[0].strip("@").translate(_FIGURES) or "0")):
        cells = [cell.strip() for cell in line.replace("，", ",").split(",", _MOST_CELLS)]
    cells = ["@" if cell == "＠" else cell for cell in cells]
    cells[0] = cells[0].replace("＠", "@")
    bare, marked = _unmarked(cells)
    kind = _kind_at(bare)
    if kind is None:
        # Without a kind only the mark tells, and points that end in one are points still.
        if not marked or len(bare) < 3 or all(_NUMBER.fullmatch(cell) for cell in bare[2:4]) and len(bare) <= 4:
            return None
    elif len(bare) < 4 and not marked:
        return None
    return Line(number, "plot", _named(bare, kind), at=marked, width=len(bare))


def _unmarked(cells: list[str]) -> tuple[list[str], bool]:
    """The cells without the ``@``, wherever it stands, and whether it was there."""
    if cells[0] == "@":
        return cells[1:], True
    if cells[0].startswith("@"):
        return [cells[0].strip("@").strip(), *cells[1:]], True
    if "@" in cells:
        at = len(cells) - 1 - cells[::-1].index("@")
        # What stands behind the mark keeps its place in the line.
        rest = cells[at + 1 :]
        return (cells[:at] + [""] + rest if any(rest) else cells[:at]), True
    for k in range(len(cells) - 1, -1, -1):
        if cells[k]:
            marked = cells[k].endswith("@")
            return ([*cells[:k], cells[k].rstrip("@").strip(), *cells[k + 1 :]] if marked else cells), marked
    return cells, False


def _kind_at(cells: list[str]) -> int | None:
    """The place of the kind: the fifth cell, else the only one that is a kind (names may hold commas)."""
    if len(cells) > 4 and cells[4].lower() in KINDS:
        return 4
    found = [k for k, cell in enumerate(cells) if k >= 2 and cell.lower() in KINDS]
    return found[0] if len(found) == 1 else None


def _named(cells: list[str], kind: int | None) -> dict[str, str]:
    """Cells by name; what a name with commas was cut into is put together again."""
    if kind is not None and kind > 4:
        cells = [*cells[:3], ",".join(cells[3:kind]), *cells[kind:]]
    elif kind is not None and kind < 4:
        cells = [*cells[:kind], *[""] * (4 - kind), *cells[kind:]]
    elif kind is None and len(cells) > 4 and cells[4]:
        # Five cells and more without a kind: the fifth says something else.
        cells = [*cells[:4], "", *cells[4:]]
    out = {name: cells[k] if k < len(cells) else "" for k, name in enumerate(PLACES)}
    out["kind"] = KINDS.get(out["kind"].lower(), "")
    out.update({f"field_{k + 1}": cell for k, cell in enumerate(cells) if k >= len(PLACES) and cell})
    return out


# --------------------------------------------------------------------------------------------------------
# Points
# --------------------------------------------------------------------------------------------------------


def _is_ordinate(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell)) or (len(cell) <= 60 and bool(_DEGREES.search(cell)))


def _is_large(cell: str) -> bool:
    """Whether a cell can be nothing but an ordinate: it has decimals, or is too large for a number of a ring."""
    return _is_ordinate(cell) and ("." in cell or not cell.isdigit() or float(cell) >= 1000)


def _is_pair(first: str, second: str) -> bool:
    """Whether two cells are a place, and not a label or a height."""
    if not (_NUMBER.fullmatch(first) and _NUMBER.fullmatch(second)):
        return False
    low, high = sorted((float(first), float(second)))
    return (3 <= low <= 54 and 73 <= high <= 136) or (low >= 1e5 and high >= 1e6)


def _point(cells: list[str], line: str, number: int, later: list[tuple[Line, int, str]]) -> Line | None:
    """A point's line: label, ring, first and second ordinate, or fewer of them."""
    width = len(cells)
    label, ring, rest = "", "1", cells
    # Label 114 of ring 35 is no longitude and latitude where a place stands behind it.
    if width >= 4 and (_is_pair(cells[2], cells[3]) or not _is_pair(cells[0], cells[1])):
        label, ring, rest = cells[0], cells[1], cells[2:]
        if not _WHOLE.fullmatch(ring or "1") and _WHOLE.fullmatch(label) and len(ring) <= 40:
            label, ring = ring, label
    elif width == 3 and not (_is_pair(cells[0], cells[1]) and not _is_pair(cells[1], cells[2])):
        label, rest = cells[0], cells[1:]
    good = len(rest) >= 2 and _is_ordinate(rest[0]) and _is_ordinate(rest[1]) and bool(_WHOLE.fullmatch(ring or "1"))
    if good and width <= 3:
        good = _is_large(rest[0]) and _is_large(rest[1])
    if good and len(label) <= 60:
        one = Line(number, "point", {}, label, int(float(ring or "1")), width=width)
        one.first, one.second = (_value(one, k, cell, later) for k, cell in enumerate(rest[:2]))
        return one
    meant = width >= 2 and (bool(_LABEL.fullmatch(cells[0])) or (width >= 3 and any(map(_is_large, cells[-2:]))))
    return Line(number, "bad", label=line) if meant else None


def _value(line: Line, k: int, cell: str, later: list[tuple[Line, int, str]]) -> float:
    if _NUMBER.fullmatch(cell):
        return float(cell)
    later.append((line, k, cell))
    return np.nan


def _angles(later: list[tuple[Line, int, str]]) -> None:
    """Read ordinates written as degrees, minutes and seconds."""
    if not later:
        return
    from .coordinates import parse

    for (line, k, cell), value in zip(later, parse([cell for _, _, cell in later], "dms").values.tolist()):
        if not np.isfinite(value):
            line.what, line.label = "bad", cell
        elif k == 0:
            line.first = value
        else:
            line.second = value
