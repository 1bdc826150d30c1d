"""Rows that could not be imported, kept beside the map with the reason, to be mended and given again."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from ..engine.catalog import LayerSpec
from ..engine.conform import Problem
from ..engine.errors import InputError
from ..engine.exchange.model import Reject

#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"^[-+]?\d+(?:\.\d+)?$")
_HEAD = ("row", "code", "reason_zh", "reason_en")
#: How the checks' sentences are said in Chinese.
_ZH = (
    (re.compile(r"^is empty, and it is required$"), "为必填项,不能为空"),
    (re.compile(r"^(?P<v>.+) is no text$", re.DOTALL), "{v} 不是文本"),
    (re.compile(r"^(?P<v>.+) is no whole number$", re.DOTALL), "{v} 不是整数"),
    (re.compile(r"^(?P<v>.+) is no number$", re.DOTALL), "{v} 不是数字"),
    (re.compile(r"^(?P<v>.+) is no yes or no .*$", re.DOTALL), "{v} 不是“是/否”"),
    (re.compile(r"^(?P<v>.+) is no date .*$", re.DOTALL), "{v} 不是日期(如 2020-12-31)"),
    (re.compile(r"^(?P<v>.+) is less than (?P<w>.+)$"), "{v} 小于 {w}"),
    (re.compile(r"^(?P<v>.+) is more than (?P<f>\w+), which is (?P<w>.+)$"), "{v} 大于 {f}({w})"),
    (re.compile(r"^(?P<v>.+) is more than (?P<w>.+)$"), "{v} 大于 {w}"),
    (re.compile(r"^stands twice; .*$"), "标识重复"),
    (re.compile(r"^is empty; .*$"), "没有图形"),
    (re.compile(r"^is a (?P<v>\w+), and the layer holds (?P<w>\w+)$"), "图形为 {v},图层要求 {w}"),
)  # fmt: skip


def reason(problem: Problem, spec: LayerSpec) -> tuple[str, str]:
    """Return a problem's sentence in zh and en."""
    item = None if problem.field == "geometry" else spec.field(problem.field)
    title = "图形" if item is None else item.zh
    if item is not None and item.domain and " is not in the domain (" in problem.message:
        value = problem.message.partition(" is not in the domain (")[0]
        words = "、".join(one["zh"] for one in item.domain.values())
        return f"{title}:{value} 不在值域内(可选:{words})", f"{problem.field}: {problem.message}"
    for pattern, words in _ZH:
        match = pattern.match(problem.message)
        if match:
            return f"{title}:{words.format(**match.groupdict())}", f"{problem.field}: {problem.message}"
    return f"{title}:{problem.message}", f"{problem.field}: {problem.message}"


class RejectsFile:
    """A CSV (UTF-8 with a byte order mark, as Excel reads it) that is there only if a row was rejected.

    It appears under its name when :meth:`keep` is called; until then it is a file beside it, which :meth:`drop`
    removes.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0
        self._new = None if path is None else path.with_name(f".{path.name}.new")
        self._stream: TextIO | None = None
        self._columns: list[str] = []

    def write(self, rejects: Iterable[Reject], columns: Sequence[str]) -> None:
        """Add rows; `columns` are the source's."""
        for one in rejects:
            self.count += 1
            if self.path is None:
                continue
            if self._stream is None:
                self._open(columns)
            cells = [_safe(str(one.values.get(name, ""))) for name in self._columns]
            csv.writer(self._stream).writerow([one.row, one.code, _safe(one.zh), _safe(one.en), *cells])

    def _open(self, columns: Sequence[str]) -> None:
        self._columns = list(columns)
        if self._new is None:
            return
        try:
            self._stream = self._new.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be written ({error.strerror}); choose another file for the rejected rows."
            ) from error
        csv.writer(self._stream).writerow([*_HEAD, *(_safe(name) for name in self._columns)])

    def keep(self) -> Path | None:
        """Put the file in its place; return where it is, None where nothing was rejected."""
        if self._stream is None or self._new is None or self.path is None:
            return None
        self._stream.close()
        self._stream = None
        os.replace(self._new, self.path)
        return self.path

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        if self._new is not None:
            self._new.unlink(missing_ok=True)


def _safe(cell: str) -> str:
    """A cell that a spreadsheet takes for text."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.match(cell) else cell


def cells_of(record: Mapping[str, Any]) -> dict[str, str]:
    """Return a record's cells as text, its geometry as WKT."""
    out = {}
    for key, value in record.items():
        if hasattr(value, "wkt"):
            out["geometry"] = str(value.wkt)
        else:
            out[str(key)] = "" if value is None or value != value else str(value)
    return out
