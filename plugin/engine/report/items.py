"""The ledger of items (问题整改销号台账): the columns that offices keep, overdue first."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import Catalog, label
from ..rectification import LAYER, missing, overdue_days
from . import text
from .publish import publish, settle, stamp
from .sheet import Column, Styles, add_table, workbook

if TYPE_CHECKING:
    import geopandas as gpd

#: Title in both languages, field, kind and widest width; fields without a layer field are made below.
_COLUMNS = (
    ("问题编号", "Problem no.", "problem_no", "text", 20), ("属地乡镇(街道)", "Township", "township", "text", 14),
    ("问题名称", "Name", "name", "text", 24), ("类型", "Kind", "feature_layer", "text", 14),
    ("问题描述", "Problem", "problem", "text", 46), ("经度", "Longitude", "lon", "degrees", 14),
    ("纬度", "Latitude", "lat", "degrees", 14), ("所涉断面", "Sections", "section_id", "text", 12),
    ("岸别", "Bank", "bank", "text", 8), ("河道里程(m)", "Chainage (m)", "chainage_m", "metres", 12),
    ("距离(m)", "Distance (m)", "distance_m", "metres", 12), ("依据条款", "Clause", "clause", "text", 12),
    ("责任单位", "Responsible unit", "responsible_party", "text", 30),
    ("责任人", "Responsible person", "responsible_person", "text", 12), ("整改措施", "Measure", "measure", "text", 24),
    ("整改期限", "Due on", "due_on", "date", 12), ("期限原文", "Deadline in words", "due_words", "text", 16),
    ("逾期天数", "Days overdue", "late", "int", 8), ("整改状态", "Status", "status", "text", 10),
    ("待核实", "To be verified", "tentative", "text", 8), ("核查结果", "Verification", "verification", "text", 10),
    ("核查人", "Verified by", "verified_by", "text", 12), ("完成日期", "Done on", "done_on", "date", 12),
    ("销号日期", "Closed on", "closed_on", "date", 12), ("销号审批人", "Closed by", "closed_by", "text", 12),
    ("整改前照片", "Photo before", "photo_before", "text", 18), ("整改后照片", "Photo after", "photo_after", "text", 18),
    ("备注", "Remark", "remark", "text", 24),
)  # fmt: skip


def write_items(path: str | Path, items: gpd.GeoDataFrame, catalog: Catalog, *, as_of: date, lang: str = "zh") -> Path:
    """Write the ledger of items, overdue ones first, then by deadline.

    Raises
    ------
    InputError
        If openpyxl is missing or the file cannot be written.
    """
    lang = text.check_language(lang)
    book, styles, spec = workbook(), Styles(), catalog[LAYER]
    late = overdue_days(items, as_of) if len(items) else []
    order = sorted(range(len(items)), key=lambda k: _rank(items.iloc[k], int(late[k])))
    choices = tuple(titles[lang] for titles in spec.field("status").domain.values())
    columns = [Column({"zh": "序号", "en": "No."}[lang], "int")]
    for zh, en, name, kind, widest in _COLUMNS:
        columns.append(
            Column(zh if lang == "zh" else en, kind, widest=widest, choices=choices if name == "status" else ())
        )
    body, marks = [], []
    for number, k in enumerate(order, start=1):
        item = items.iloc[k]
        body.append(
            [
                number,
                *(_cell(item, name, kind, int(late[k]), catalog, lang) for _, _, name, kind, _ in _COLUMNS),
            ]
        )
        marks.append("late" if late[k] else "")
    counted = items["status"].value_counts() if len(items) else {}
    states = ", ".join(f"{titles[lang]} {counted.get(code, 0)}" for code, titles in spec.field("status").domain.items())
    overdue = sum(1 for value in late if value)
    notes = [
        f"统计日期:{as_of};共{len(items)}项,{states},逾期{overdue}"
        if lang == "zh"
        else f"As of {as_of}: {len(items)} items, {states}, overdue {overdue}"
    ]
    title = {"zh": "问题整改销号台账", "en": "Problems to be rectified"}[lang]
    empty = {"zh": "没有问题。", "en": "No item."}[lang]
    add_table(book, styles, title, title, notes, columns, body, marks=marks, lang=lang, empty=empty)
    moment = stamp(as_of)
    book.properties.creator = "EnvZones"
    book.properties.created = moment
    buffer = io.BytesIO()
    book.save(buffer)
    return publish(path, settle(buffer.getvalue(), moment))


def _rank(item: Any, late: int) -> tuple[Any, ...]:
    due = item["due_on"]
    return (-late, "9999" if due != due else f"{due:%Y-%m-%d}", str(item["problem_no"]))


def _cell(item: Any, name: str, kind: str, late: int, catalog: Catalog, lang: str) -> Any:
    if name == "late":
        return late or None
    if name in ("lon", "lat"):
        point = item.geometry
        return None if point is None or point.is_empty else (point.x if name == "lon" else point.y)
    value = item.get(name)
    if missing(value):
        return None
    if name == "feature_layer":
        return catalog[value].title(lang) if value in catalog else value
    if kind == "date":
        return value.date()
    if kind == "metres":
        return float(value)
    return label(catalog[LAYER].field(name), value, lang)
