"""Collect what is to be translated: every ``tr("…")`` of the plugin, into ``envzones_zh_CN.ts``.

Qt's own collector sorts strings by class; here all share one context, so that a string that moves keeps its
translation.  Existing translations are kept, strings that are gone are dropped, new ones are unfinished.
Run ``python i18n/update.py``, then translate in Qt Linguist or any editor; ``lrelease`` makes the .qm.
"""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TS = ROOT / "i18n" / "envzones_zh_CN.ts"
CONTEXT = "EnvZones"


def sources(root: Path = ROOT) -> dict[str, str]:
    """Return text -> place of every string handed to ``tr``.

    Raises
    ------
    ValueError
        Where ``tr`` is given anything but one literal, which could never be translated.
    """
    found: dict[str, str] = {}
    for path in sorted((root / "plugin").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"):
                continue
            place = f"{path.relative_to(root).as_posix()}:{node.lineno}"
            literal = node.args[0] if len(node.args) == 1 else None
            if not (isinstance(literal, ast.Constant) and isinstance(literal.value, str)):
                raise ValueError(f"{place}: tr() takes one literal text; fill placeholders after translating")
            found.setdefault(literal.value, place)
    return found


def read(path: Path = TS) -> dict[str, str]:
    """Return text -> finished translation."""
    if not path.is_file():
        return {}
    done = {}
    for message in ElementTree.parse(path).getroot().iter("message"):  # nosec B314: our own file
        translation = message.find("translation")
        if translation is not None and translation.text and translation.get("type") is None:
            done[message.findtext("source", "")] = translation.text
    return done


def write(texts: dict[str, str], done: dict[str, str], path: Path = TS) -> int:
    """Write the file in the order of the texts; return how many are unfinished."""
    root = ElementTree.Element("TS", version="2.1", language="zh_CN", sourcelanguage="en")
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    unfinished = 0
    for text in sorted(texts):
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        if text in done:
            translation.text = done[text]
        else:
            translation.set("type", "unfinished")
            unfinished += 1
    ElementTree.indent(root, "    ")
    body = ElementTree.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8")
    return unfinished


def main() -> int:
    """Update the file and say what is left to do."""
    left = write(sources(), read())
    if left:
        sys.stderr.write(f"{TS.name}: {left} texts wait for a translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
