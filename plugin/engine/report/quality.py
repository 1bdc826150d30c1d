"""The list of what the checks of a map found, as a workbook that an office works off line by line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from . import text
from .sheet import Column, Styles, add_table, finish, workbook

_SEVERITY = {"error": ("错误", "Error"), "warning": ("警告", "Warning"), "info": ("说明", "Information")}
_MARK = {"error": "late", "warning": "open"}


def write_quality(
    path: str | Path,
    issues: Any,
    *,
    as_of: date,
    titles: dict[str, tuple[str, str]],
    repairs: Any = None,
    lang: str = "zh",
) -> Path:
    """Write issues, a summary by layer and code, and what was repaired.

    Parameters
    ----------
    path : path
        The .xlsx; written under a temporary name and renamed.
    issues : GeoDataFrame
        Of :func:`.quality.validate`.
    titles : dict
        Layer -> (zh, en).
    repairs : DataFrame, optional
        The account of :func:`.repair.repair`.

    Raises
    ------
    InputError
        If openpyxl is missing or the file cannot be written.
    """
    lang = text.check_language(lang)
    book, styles = workbook(), Styles()

    def say(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    def layer(name: Any) -> str:
        return say(*titles.get(name, (str(name), str(name)))) if name else ""

    dated = say(f"检查日期:{as_of}", f"As of {as_of}")
    rows = issues.drop(columns="geometry").to_dict("records")
    _summary(book, styles, rows, layer, say, lang, dated)
    columns = [
        Column(say("序号", "No."), "int"), Column(say("级别", "Severity"), widest=9),
        Column(say("图层", "Layer"), widest=20), Column(say("要素标识", "Stable id"), widest=18),
        Column(say("行号", "Row"), "int"), Column(say("名称", "Name"), widest=22),
        Column(say("问题", "What"), widest=46), Column(say("改正办法", "How to mend"), widest=40),
        Column(say("另一要素", "Other feature"), widest=20), Column(say("面积(m²)", "Area (m²)"), "area"),
        Column(say("经度", "Longitude"), "degrees"), Column(say("纬度", "Latitude"), "degrees"),
        Column(say("代码", "Code"), widest=22), Column(say("处理情况", "Dealt with"), narrowest=14),
    ]  # fmt: skip
    points = issues.geometry.representative_point() if len(issues) else issues.geometry
    body = []
    for number, (row, place) in enumerate(zip(rows, points), start=1):
        there = place is not None and not place.is_empty
        body.append([
            number, say(*_SEVERITY[row["severity"]]), layer(row["layer"]), row["uid"], _number(row["fid"]),
            row["name"], row[f"what_{lang}"], row[f"mend_{lang}"], row["other_uid"] or layer(row["other_layer"]),
            None if row["area_m2"] != row["area_m2"] else row["area_m2"],
            place.x if there else None, place.y if there else None, row["code"], None,
        ])  # fmt: skip
    add_table(
        book, styles, say("问题清单", "Issues"), say("一张图数据质量问题清单", "Data quality: issues of the one map"),
        [dated], columns, body, marks=[_MARK.get(row["severity"], "") for row in rows], lang=lang,
        empty=say("未发现问题。", "No issue was found."),
    )  # fmt: skip
    if repairs is not None and len(repairs):
        _repairs(book, styles, repairs, layer, say, lang, dated)
    return finish(book, path, as_of)


def _number(value: Any) -> int | None:
    return None if value is None or type(value).__name__ == "NAType" or value != value else int(value)


def _summary(
    book: Any, styles: Styles, rows: Sequence[Any], layer: Any, say: Any, lang: str, dated: str
) -> None:
    counts: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row["layer"], row["severity"], row["code"])
        counts[key] = counts.get(key, 0) + 1
    columns = [
        Column(say("图层", "Layer"), widest=30), Column(say("级别", "Severity"), widest=10),
        Column(say("代码", "Code"), widest=28), Column(say("数量", "Count"), "int"),
    ]  # fmt: skip
    body = [[layer(name), say(*_SEVERITY[grave]), code, n] for (name, grave, code), n in counts.items()]
    add_table(
        book, styles, say("汇总", "Summary"), say("一张图数据质量检查汇总", "Data quality: summary"), [dated], columns,
        body, marks=[_MARK.get(grave, "") for _, grave, _ in counts], paper="A4", lang=lang,
        empty=say("未发现问题。", "No issue was found."),
    )  # fmt: skip


def _repairs(book: Any, styles: Styles, repairs: Any, layer: Any, say: Any, lang: str, dated: str) -> None:
    columns = [
        Column(say("序号", "No."), "int"), Column(say("图层", "Layer"), widest=24),
        Column(say("要素标识", "Stable id"), widest=20), Column(say("修复", "Repair"), widest=36),
        Column(say("结果", "Result"), widest=30), Column(say("原面积(m²)", "Area before (m²)"), "area2"),
        Column(say("现面积(m²)", "Area after (m²)"), "area2"), Column(say("改动面积(m²)", "Changed (m²)"), "area2"),
    ]  # fmt: skip
    from ..repair import REPAIRS

    body = []
    for number, row in enumerate(repairs.to_dict("records"), start=1):
        done = say("已修复", "mended") if row["done"] else say("未修复:", "left: ") + row[f"why_{lang}"]
        figures = [row[name] if row[name] == row[name] else None for name in
                   ("area_before_m2", "area_after_m2", "changed_m2")]  # fmt: skip
        body.append([number, layer(row["layer"]), row["uid"], say(*REPAIRS[row["code"]]), done, *figures])
    add_table(
        book, styles, say("修复记录", "Repairs"), say("修复记录", "What was repaired"), [dated], columns, body,
        marks=["" if row else "open" for row in repairs["done"]], paper="A4", lang=lang,
    )  # fmt: skip
