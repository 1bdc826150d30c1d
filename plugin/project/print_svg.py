"""SVG as every program draws it: text as outlines, the same bytes for the same drawing."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QFont, QPainterPath

_TAG = re.compile(r"<([\w:]+)((?:\s+[\w:.-]+=\"[^\"]*\")+)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w:.-]+)=\"([^\"]*)\"")
_TEXT = re.compile(r"<text((?:\s+[\w:.-]+=\"[^\"]*\")*)\s*>([^<]*)</text>")
_EMPTY = re.compile(r"^\s*<g(?:\s+[\w:.-]+=\"[^\"]*\")*\s*/>\r?\n", re.MULTILINE)
_TITLE = re.compile(r"<title>[^<]*</title>\s*(?:<desc>[^<]*</desc>)?")
_BOX = re.compile(r"viewBox=\"([^\"]*)\"")
_ROOT = re.compile(r"<svg\b[^>]*>")
_GROUP = re.compile(r"<g\b[^>]*\binkscape:label=\"[^\"]*\"[^>]*>")
_LABEL = re.compile(r"inkscape:label=\"([^\"]*)\"")
_ID = re.compile(r"\s+id=\"[^\"]*\"")
_INKSCAPE = re.compile(r"\s+inkscape:(?:label|groupmode)=\"[^\"]*\"")
#: Parts of a map that lie on its frame or beyond it, in QGIS's words.
_WHOLE = ("Grids", "Frame")
#: Letters are outlined at this size and scaled down, so that no hinting for a screen bends them.
_SIZE = 1000
_BOLD = 600


def settle(
    path: Path, title: str, frames: Mapping[str, tuple[float, float, float, float]], *, layers: bool
) -> None:
    """Rewrite an SVG that Qt wrote, a group for each layer of a map.

    Parameters
    ----------
    frames : mapping of str to (x, y, width, height)
        Where each map lies on the page, in shares of its width and height.  Qt writes no clipping: without a frame,
        what a map draws runs on over the page.
    layers : bool
        Whether the groups are layers for Inkscape.

    Text becomes outlines (the words stay beside them as ``aria-label``): Inkscape and WPS replace fonts that a machine
    lacks and ignore how Qt spaces letters, outlines they draw as they are.  Qt puts attributes in an order that it
    draws by lot, and one empty group for every change of its pen; both go.
    """
    text = path.read_text(encoding="utf-8")
    text = _EMPTY.sub("", text)
    text = _TEXT.sub(lambda found: _outlined(dict(_ATTRIBUTE.findall(found[1])), html.unescape(found[2])), text)
    names = list(frames)
    box = [float(one) for one in _BOX.search(text)[1].split()]
    clips = "".join(_clip(number, frames[name], box) for number, name in enumerate(names))
    told = html.escape(title, quote=False)
    text = _TITLE.sub("", text)
    text = _ROOT.sub(lambda found: f"{found[0]}\n <title>{told}</title>\n <defs>{clips}</defs>", text, count=1)
    text = _GROUP.sub(lambda found: _group(found[0], names, layers), text)
    text = text.replace(' baseProfile="tiny"', "").replace(' version="1.2"', ' version="1.1"')
    text = _TAG.sub(_sorted, text)
    path.write_text(text, encoding="utf-8", newline="\n")


def _clip(number: int, frame: tuple[float, float, float, float], box: list[float]) -> str:
    x, y, width, height = frame
    sizes = {"x": x * box[2], "y": y * box[3], "width": width * box[2], "height": height * box[3]}
    inside = " ".join(f'{name}="{size:.3f}"' for name, size in sizes.items())
    return f'<clipPath id="map-{number}"><rect {inside}/></clipPath>'


def _group(tag: str, names: list[str], layers: bool) -> str:
    """Clip a group of what a map draws within its frame; the frame itself and what is written along it stay whole."""
    label = html.unescape(_LABEL.search(tag)[1])
    # Ids hold blanks and come twice.
    tag = _ID.sub("", tag)
    if not layers:
        tag = _INKSCAPE.sub("", tag)
    whole = {word for key in _WHOLE for word in (key, QCoreApplication.translate("QgsLayoutItemMap", key))}
    for number, name in enumerate(names):
        if label.startswith(f"{name}: ") and label[len(name) + 2 :] not in whole:
            return f'{tag[:-1]} clip-path="url(#map-{number})">'
    return tag


def _sorted(found: re.Match[str]) -> str:
    inside = " ".join(f'{name}="{value}"' for name, value in sorted(_ATTRIBUTE.findall(found[2])))
    return f"<{found[1]} {inside}{found[3]}>"


def _outlined(given: dict[str, str], words: str) -> str:
    font = QFont(html.unescape(given.get("font-family", "")))
    font.setPixelSize(_SIZE)
    font.setBold(_number(given.get("font-weight", "400")) >= _BOLD)
    font.setItalic(given.get("font-style", "normal") != "normal")
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    path = QPainterPath()
    path.addText(0.0, 0.0, font, words)
    x, y, size = (_number(given.get(name, "0")) for name in ("x", "y", "font-size"))
    kept = "".join(f' {name}="{given[name]}"' for name in ("fill", "fill-opacity") if name in given)
    label = html.escape(words).replace("\n", " ")
    lines = _drawn(path, x, y, size / _SIZE)
    return f'<path aria-label="{label}" d="{lines}" fill-rule="nonzero" stroke="none"{kept}/>'


def _drawn(path: QPainterPath, x: float, y: float, scale: float) -> str:
    """Return the path as SVG writes it."""
    kinds = QPainterPath.ElementType
    signs = {kinds.MoveToElement: "M", kinds.LineToElement: "L", kinds.CurveToElement: "C"}
    parts: list[str] = []
    for number in range(path.elementCount()):
        one = path.elementAt(number)
        # The places of a curve's other two points follow it.
        parts.append(f"{signs.get(one.type, '')}{x + one.x * scale:.6g},{y + one.y * scale:.6g}")
    return " ".join(parts)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # a word, such as "bold"
        return float(_BOLD) if text == "bold" else 0.0
