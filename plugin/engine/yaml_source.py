"""A YAML file that knows the line of every key, so that each fault is one sentence with file, line and key.

The files come from offices and strangers: only the safe loader reads them, a key that stands twice is refused
(YAML would drop the first in silence), and so are anchors (nested aliases make a small file unfold without end).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from .errors import InputError

Place = tuple[Any, ...]


class YamlSource:
    """One parsed file.

    Parameters
    ----------
    path : Path
    what : str
        What kind of file it is, for the message when it cannot be read.

    Attributes
    ----------
    data : object
        The content.

    Raises
    ------
    InputError
        If the file cannot be read, is not valid YAML, repeats a key, uses anchors, or names an impossible date.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self._lines: dict[Place, int] = {}
        try:
            source = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{what} {path} cannot be read ({error}); give a UTF-8 YAML file.") from error
        # The safe loader, in C where libyaml is there: QGIS reads the whole catalog when it starts.
        kind = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            self._refuse_anchors(source, kind)
            loader = kind(source)
            try:
                node = loader.get_single_node()
                self._note_lines(loader, node, ())
                self.data = loader.construct_document(node) if node is not None else None
            finally:
                loader.dispose()
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            problem = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise InputError(f"{path.name}{line}: not valid YAML ({problem}); mend the line.") from error
        except ValueError as error:
            # PyYAML makes dates itself and lets datetime's own complaint through, without a place.
            wrong = next((n for n, text in enumerate(source.splitlines(), 1) if _impossible_date(text)), 1)
            raise InputError(f"{path.name}, line {wrong}: no such date ({error}); correct it.") from error

    def line(self, at: Place) -> int:
        """Return the line of a key, or of the nearest one above it."""
        while at and at not in self._lines:
            at = at[:-1]
        return self._lines.get(at, 1)

    def fault(self, at: Place, what: str) -> InputError:
        """Return the error that says what is wrong at a key."""
        key = ".".join(str(part) for part in at) or "the file"
        return InputError(f"{self.path.name}, line {self.line(at)}, {key}: {what.rstrip('.')}.")

    def mapping(
        self, value: Any, at: Place, allowed: Collection[str] | None = None, needed: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return a value that must be keys and values, all of them `allowed` and none `needed` left out."""
        if not isinstance(value, dict):
            raise self.fault(at, "expected keys with values here; indent them below the key")
        for key in value:
            if allowed is not None and key not in allowed:
                raise self.fault((*at, key), f"unknown key; use one of {', '.join(sorted(allowed))}")
        for key in needed:
            if value.get(key) in (None, "", []):
                raise self.fault(at, f"'{key}' is missing; add it")
        return value

    def _refuse_anchors(self, source: str, kind: Any) -> None:
        if "&" not in source and "*" not in source:
            return
        for event in yaml.parse(source, Loader=kind):
            if getattr(event, "anchor", None):
                line = event.start_mark.line + 1
                raise InputError(
                    f"{self.path.name}, line {line}: anchors (&) and aliases (*) are refused; write it out."
                )

    def _note_lines(self, loader: Any, node: yaml.Node | None, at: Place) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                # A bare `yes` or `2019` is no text to YAML: lines are kept under what the parser makes of it.
                here = (*at, loader.construct_object(key) if isinstance(key, yaml.ScalarNode) else "?")
                line = key.start_mark.line + 1
                if here in self._lines:
                    self._lines[here] = line
                    raise self.fault(here, "this key stands twice; keep one of them")
                self._lines[here] = line
                self._note_lines(loader, value, here)
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                self._lines[(*at, i)] = value.start_mark.line + 1
                self._note_lines(loader, value, (*at, i))


def _impossible_date(text: str) -> bool:
    for year, month, day in re.findall(r"\b(\d{4})-(\d\d?)-(\d\d?)\b", text):
        try:
            date(int(year), int(month), int(day))
        except ValueError:
            return True
    return False
