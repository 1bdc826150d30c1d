"""What the checks can find: every code with its severity, what it says, how to mend it, and the frame of issues.

``docs/checks.md`` describes the codes for users; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd

#: Columns of an issues frame; kind as in :func:`.findings.table` (i: whole number).
ISSUE_COLUMNS: Mapping[str, str] = {
    "severity": "t", "code": "t", "layer": "t", "uid": "t", "fid": "i", "name": "t", "field": "t",
    "what_zh": "t", "what_en": "t", "mend_zh": "t", "mend_en": "t", "repair": "t",
    "other_layer": "t", "other_uid": "t", "area_m2": "f",
}  # fmt: skip
SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Code:
    """One kind of issue: texts may hold {placeholders}; `repair` is the code of a safe repair, or empty."""

    severity: str
    zh: str
    en: str
    mend_zh: str
    mend_en: str
    repair: str = ""


_REDRAW = ("重画该处边界,或用“修复为有效面”后核对面积变化。", "Redraw the boundary there, or make it valid and look at the change of area.")
_VALUE = ("改正该字段的值。", "Correct the value of the field.")
#: Code -> what it is.  Codes are stable: ledgers and scripts may rely on them.
CODES: Mapping[str, Code] = {
    # --- the layer as a whole ---
    "layer_unreadable": Code("error", "图层无法读取:{why}", "the layer cannot be read: {why}",
        "用QGIS导出为新图层后重新导入。", "Export it anew from QGIS and import it again."),
    "crs_missing": Code("error", "图层没有坐标系", "the layer declares no coordinate reference system",
        "核实坐标来源后指定坐标系(CGCS2000经纬度为EPSG:4490)。",
        "Find out what the coordinates are and assign it (CGCS2000 degrees: EPSG:4490)."),
    "not_degrees": Code("error", "坐标超出经纬度范围(x={x:.1f}, y={y:.1f}),像是投影坐标",
        "coordinates beyond degrees (x={x:.1f}, y={y:.1f}): they look projected",
        "指定其真实的投影坐标系再导入。", "Assign the projected reference system they are in and import again."),
    "axes_swapped": Code("error", "经纬度颠倒:交换后落在中国境内", "longitude and latitude are swapped: exchanged, they lie in China",
        "交换X、Y。", "Swap x and y.", "swap_axes"),
    "outside_country": Code("warning", "坐标不在中国境内(x={x:.4f}, y={y:.4f})",
        "the coordinates are not in China (x={x:.4f}, y={y:.4f})",
        "核对坐标及坐标系。", "Check the coordinates and the reference system."),
    "looks_like_gcj02": Code("warning",
        "疑似GCJ-02(火星坐标):与{reference}比对{n}处,现中位差{before:.0f} m,去偏后{after:.0f} m,{share:.0%}变近;把握:{sure_zh}",
        "looks like GCJ-02: against {reference_en}, {n} features, median {before:.0f} m as it is and {after:.0f} m"
        " with the"
        " shift taken off, {share:.0%} nearer; confidence: {sure_en}",
        "向数据提供单位核实坐标来源;确认后用“坐标转换”去偏,切勿仅凭此提示改数。",
        "Ask where the coordinates come from; convert them only when that is confirmed, never on this hint alone."),
    # --- shape ---
    "no_geometry": Code("error", "没有几何图形", "has no geometry", "补画图形,或删除该行。", "Draw it, or remove the row."),
    "bad_coordinate": Code("error", "第{vertex}个节点坐标不是数", "the coordinate of vertex {vertex} is not a number",
        "删除或重新输入该节点。", "Delete the vertex or enter it again."),
    "wrong_geometry_type": Code("error", "几何类型为{found},应为{due}", "is a {found}, {due} is due",
        "按规定类型重画;只有点位的,先核实范围。", "Draw it as the type due; where only a point is known, find the extent first."),
    "point_sized": Code("warning", "面积仅{area:.2f} m²,应为面却只画成一个点", "has {area:.2f} m² only: a point drawn as a polygon",
        "按文件描述画出实际范围。", "Draw the extent that the document describes."),
    "self_crossing": Code("error", "边界自相交", "the boundary crosses itself", *_REDRAW, "make_valid"),
    "ring_touches_itself": Code("error", "环与自身相接", "a ring touches itself", *_REDRAW, "make_valid"),
    "hole_outside": Code("error", "内洞在外环之外", "a hole lies outside its shell", *_REDRAW, "make_valid"),
    "nested_rings": Code("error", "外环套外环或洞套洞", "a shell lies in a shell, or a hole in a hole", *_REDRAW, "make_valid"),
    "duplicate_rings": Code("error", "两个环完全重合", "two rings are the same", *_REDRAW, "make_valid"),
    "interior_split": Code("error", "内洞把面切成不连通的几块", "holes cut the interior apart", *_REDRAW, "make_valid"),
    "too_few_points": Code("error", "环的节点太少,围不成面", "a ring has too few points to enclose anything", *_REDRAW,
    "make_valid"),
    "invalid_geometry": Code("error", "几何无效:{why}", "the geometry is invalid: {why}", *_REDRAW, "make_valid"),
    "ring_not_closed": Code("error", "环未闭合,首尾相距{gap:.3f} m", "a ring is not closed: its ends are {gap:.3f} m apart",
        "闭合该环。", "Close the ring.", "close_ring"),
    "repeated_point": Code("info", "相邻节点重复", "a point is repeated", "删除重复节点。", "Remove the repeated point.",
        "remove_repeated_points"),
    "spike": Code("warning", "尖刺:夹角{angle:.2f}°,长{length:.1f} m", "a spike of {angle:.2f}°, {length:.1f} m long",
        "删除尖刺节点。", "Remove the vertex at its tip.", "remove_spikes"),
    # --- topology ---
    "duplicate_row": Code("error", "与另一行图形、属性完全相同", "is the same as another row, in shape and attributes",
        "删除重复的一行。", "Delete one of the two rows.", "drop_duplicate"),
    "same_geometry": Code("warning", "与另一行图形相同、属性不同", "has the geometry of another row, but other attributes",
        "核实两行是否为同一对象。", "Find out whether the two are one object."),
    "near_duplicate": Code("warning", "与另一行图形几乎相同(重合{share:.1%})",
    "is almost the same as another row ({share:.1%} in common)",
        "核实是否为同一对象的新旧两版。", "Find out whether they are two versions of one object."),
    "overlap": Code("error", "与同层另一要素重叠{area:.0f} m²", "overlaps another feature of the layer by {area:.0f} m²",
        "按批复文件确定归属,把一方裁到公共边界。", "Decide by the documents whose land it is and cut the other back."),
    "overlap_sliver": Code("warning", "与邻接要素细缝重叠,均宽{width:.2f} m",
    "overlaps its neighbour in a sliver, {width:.2f} m wide",
        "把边界捕捉到邻接要素。", "Snap the boundary to the neighbour.", "snap_to_neighbour"),
    "gap": Code("warning", "与邻接要素之间有缝隙,均宽{width:.2f} m", "leaves a gap to its neighbour, {width:.2f} m wide",
        "把边界捕捉到邻接要素。", "Snap the boundary to the neighbour.", "snap_to_neighbour"),
    # --- nesting ---
    "not_nested": Code("error", "{child}超出{parent}{area:.0f} m²", "{child_en} reaches {area:.0f} m² beyond {parent_en}",
        "按批复范围调整两级边界。", "Adjust the two boundaries to the approved extent."),
    "nesting_overlap": Code("warning", "{parent}已扣除{child},但两者仍重叠{area:.0f} m²",
        "{parent_en} is drawn without {child_en}, and yet they overlap by {area:.0f} m²",
        "把公共边界对齐。", "Make the shared boundary one line."),
    "nesting_gap": Code("warning", "{child}与{parent}之间有空隙{area:.0f} m²",
    "a gap of {area:.0f} m² between {child_en} and {parent_en}",
        "把内洞边界对齐到{child}外边界。", "Make the hole follow the boundary of {child_en}."),
    "nesting_detached": Code("error", "{child}与{parent}相距{distance:.0f} m",
    "{child_en} is {distance:.0f} m away from {parent_en}",
        "核对水源地编码及两级范围。", "Check the source code and the extent of both."),
    "not_enclosed": Code("warning", "{child}边界仅{share:.0%}与{parent}相接",
    "only {share:.0%} of the boundary of {child_en} meets {parent_en}",
        "核对{parent}是否漏画。", "Check whether part of {parent_en} is missing."),
    # --- places ---
    "outside_jurisdiction": Code("warning", "超出{where_zh}{how_zh}", "lies outside {where_en}{how_en}",
        "核对边界;确属界外的函告邻市。", "Check the boundary; what truly lies outside is the neighbour's to be told."),
    "section_target": Code("error", "断面目标{target}低于所在{zone}的要求({due})",
    "the target {target_en} is weaker than {zone_en} demands ({due_en})",
        "核对断面目标类别与保护区级别(GB 3838-2002)。", "Check the section's target and the zone's level (GB 3838-2002)."),
    # --- values ---
    "uid_missing": Code("error", "没有要素标识", "has no stable id", "补上唯一标识。", "Give it an id of its own."),
    "uid_duplicate": Code("error", "要素标识与另一行相同", "has the id of another row", "换一个唯一标识。", "Give it an id of its own."),
    "required_empty": Code("error", "{title}未填", "{title_en} is empty, and it is required", "填写该字段。", "Fill it in."),
    "requires_empty": Code("error", "{title}未填:{when}时必填", "{title_en} is empty; it is required where {when_en}",
    "填写该字段。", "Fill it in."),
    "wrong_type": Code("error", "{title}的值{value}不是{due}", "{title_en}: {value} is no {due_en}", *_VALUE),
    "not_in_domain": Code("error", "{title}的值{value}不在代码表内", "{title_en}: {value} is not in its domain",
        "从代码表中选择。", "Choose from the list."),
    "below_minimum": Code("error", "{title}的值{value}小于{limit}", "{title_en}: {value} is less than {limit}", *_VALUE),
    "above_maximum": Code("error", "{title}的值{value}大于{limit}", "{title_en}: {value} is more than {limit}", *_VALUE),
    "pattern_mismatch": Code("warning", "{title}的值{value}不合格式", "{title_en}: {value} does not have the form due",
    *_VALUE),
    "in_future": Code("warning", "{title}{value}晚于检查日期", "{title_en} {value} is later than the day of the check",
    *_VALUE),
    "not_unique": Code("error", "{title}{value}与另一行重复", "{title_en} {value} stands in another row too", *_VALUE),
    "link_broken": Code("warning", "{title}{value}在{layer_zh}中不存在", "{title_en} {value}: {layer_en} has no such row",
        "改正编码,或补录上级要素。", "Correct the code, or enter the row it points to."),
    "values_contradict": Code("error", "{title}({value})大于{other}({limit})",
    "{title_en} ({value}) is more than {other_en} ({limit})", *_VALUE),
    "dates_contradict": Code("error", "{title}({value})晚于{other}({limit})",
    "{title_en} ({value}) is later than {other_en} ({limit})",
        "核对两个日期。", "Check the two dates."),
    "cancelled_without_document": Code("warning", "已取消,但没有取消文号或日期",
    "is cancelled, without number or date of a document",
        "补录取消文件。", "Enter the document that cancels it."),
    "in_force_before_issued": Code("warning", "生效日期{value}早于发文日期{limit}",
    "in force on {value}, before it was issued on {limit}",
        "核对两个日期。", "Check the two dates."),
}  # fmt: skip


@dataclass
class Subject:
    """The rows of one layer as issues name them: uid, fid and name of each row, and the layer's titles."""

    layer: str
    uid: Sequence[Any]
    fid: Sequence[Any]
    name: Sequence[Any]
    geometry: Any


@dataclass
class Collector:
    """Gathers issues; :meth:`frame` gives them in one order, whatever order they were found in."""

    subjects: dict[str, Subject] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        code: str,
        layer: str,
        row: int | None = None,
        *,
        place: Any = None,
        field: str = "",
        other: tuple[str, int] | None = None,
        area_m2: float | None = None,
        severity: str = "",
        repair: str | None = None,
        words: Mapping[str, Any] | None = None,
    ) -> None:
        """Note one issue of a row (None: of the whole layer).

        `place` is a geometry in EPSG:4490 (left out: the row's own point on surface is put there), `other` the layer
        and row it concerns too, `words` fill the texts.
        """
        known = CODES[code]
        told = dict(words or {})
        subject = self.subjects.get(layer)
        uid = name = None
        fid: Any = None
        if subject is not None and row is not None:
            uid, fid, name = subject.uid[row], subject.fid[row], subject.name[row]
            if place is None:
                place = _point(subject.geometry[row])
        other_layer = other_uid = None
        if other is not None:
            other_layer = other[0]
            other_uid = self.subjects[other[0]].uid[other[1]]
        self.rows.append(
            {
                "severity": severity or known.severity, "code": code, "layer": layer, "uid": uid, "fid": fid,
                "name": name, "field": field, "what_zh": known.zh.format(**told), "what_en": known.en.format(**told),
                "mend_zh": known.mend_zh.format(**told), "mend_en": known.mend_en.format(**told),
                "repair": known.repair if repair is None else repair, "other_layer": other_layer,
                "other_uid": other_uid, "area_m2": area_m2, "geometry": place,
                "_row": -1 if row is None else row, "_other": -1 if other is None else other[1],
            }
        )  # fmt: skip

    def frame(self, order: Sequence[str]) -> gpd.GeoDataFrame:
        """Return the issues: by layer in `order`, row, severity, code, the other row, and place."""
        import shapely

        rank = {name: i for i, name in enumerate(order)}
        places = np.array([r["geometry"] for r in self.rows] + [None], dtype=object)[:-1]
        corner = shapely.bounds(places)[:, :2] if len(places) else np.zeros((0, 2))
        keys = [
            (
                rank.get(r["layer"], len(rank)), r["layer"], r["_row"], SEVERITIES.index(r["severity"]), r["code"],
                r["field"], r["_other"], *(np.nan_to_num(xy, nan=-999.0)), r["what_en"],
            )
            for r, xy in zip(self.rows, corner)
        ]  # fmt: skip
        order_of = sorted(range(len(keys)), key=keys.__getitem__)
        # Two rules may ask for one thing: what is said twice of the same place is said once.
        kept = [i for n, i in enumerate(order_of) if n == 0 or keys[i] != keys[order_of[n - 1]]]
        return issues_frame([self.rows[i] for i in kept])


def issues_frame(rows: Sequence[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Return rows as an issues frame: exactly ISSUE_COLUMNS and a geometry in EPSG:4490."""
    import pandas as pd

    from .findings import table

    kinds = {name: "t" if kind == "t" else "f" for name, kind in ISSUE_COLUMNS.items()}
    frame = table([dict(row) for row in rows], kinds)
    frame["fid"] = pd.array([pd.NA if v != v else int(v) for v in frame["fid"].tolist()], dtype="Int64")
    for name, kind in ISSUE_COLUMNS.items():
        if kind == "t":
            # Newer pandas would make a column of texts of its own kind, with NaN for None.
            empty = "" if name in ("field", "repair") else None
            cells = [empty if value is None or value != value else value for value in frame[name].tolist()]
            frame[name] = pd.Series(cells, dtype=object, index=frame.index)
    return frame


def _point(geometry: Any) -> Any:
    """A point on the geometry, None where it has none."""
    import shapely

    if geometry is None or geometry.is_empty or not np.isfinite(shapely.bounds(geometry)).all():
        return None
    try:
        return shapely.point_on_surface(geometry)
    except shapely.errors.GEOSException:  # some invalid polygons have no scan line
        return shapely.points(shapely.get_coordinates(geometry)[0])
