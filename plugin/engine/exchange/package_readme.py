"""The read-me of an exchange package: what it is, in Chinese and then in English, from its manifest alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_HA, _MU = 10_000.0, 10_000.0 / 15.0
_COVERAGE = {
    "declared": ("已声明完整", "declared complete"),
    "expired": ("声明已过期", "declaration expired"),
    "missing": ("未声明", "not declared"),
}
_PROVENANCE = {
    "official": ("法定成果", "official"), "fact": ("事实资料", "fact"), "illustrative": ("示意", "illustrative"),
    "": ("未注明", "not stated"),
}  # fmt: skip


def readme(manifest: Mapping[str, Any]) -> str:
    """Return the text of README.md; the manifest's own fingerprint stands in SHA256SUMS."""
    return "\n".join([*_chinese(manifest), "", "---", "", *_english(manifest), ""])


def _chinese(m: Mapping[str, Any]) -> list[str]:
    choice, meta = m["choice"], m["map"]["meta"]
    lines = [
        "# 部门共享数据包", "",
        f"- 制作时间: {m['made']}(UTC)",
        f"- 来源一张图: {meta.get('title') or m['map']['name'] or '未注明'}({m['map']['name'] or '—'})",
        f"- 提供单位: {m['sender'] or '未注明'}", f"- 接收单位: {m['receiver'] or '未注明'}",
        f"- 用途: {m['purpose'] or '未注明'}",
        f"- 密级: {m['classification'] or '未注明'}(按提供者填写;程序不判定密级)",
        f"- 坐标系: 2000 国家大地坐标系经纬度(CGCS2000,{m['crs']}),单位为度",
        f"- 时点: {choice['as_of'] + ' 有效的要素' if choice['as_of'] else '地图中的全部要素,含已失效的'}",
        f"- 范围: {_area_zh(m)}",
    ]  # fmt: skip
    if m["remark"]:
        lines.append(f"- 备注: {m['remark']}")
    lines += [
        "", "## 图层", "",
        "面积同时给出椭球面积与投影面积(CGCS2000 3 度带);以哪个为准由使用单位的规定决定。", "",
        "| 图层 | 名称 | 主管部门 | 行数 | 椭球面积(公顷) | 投影面积(公顷) | 长度(km) | 完整性声明 |",
        "|---|---|---|---:|---:|---:|---:|---|",
        *(_row(one, 0) for one in m["layers"]),
        "", "完整性声明之外,“没有要素”不等于“实地没有”。", "", "## 来源与性质", "",
        *(_sources(one, 0) for one in m["layers"]),
        "", "## 没有包含的内容", "", *_left_out(m, 0), "", "## 文件与指纹(SHA-256)", "",
        *_files(m["files"]),
        "", "README.md 和 manifest.json 的指纹在 SHA256SUMS 中;核对: `sha256sum -c SHA256SUMS` 或"
        " `envzones onemap package --check 包.zip`。指纹只能说明传输中是否被改动,不是签名。", "",
        "一张图各图层的指纹(制作时):", "",
        *(f"- {one['layer']}: `{one['map_sha256']}`(最新生效日期 {one['newest'] or '未注明'})" for one in m["layers"]),
    ]  # fmt: skip
    return lines


def _english(m: Mapping[str, Any]) -> list[str]:
    choice, meta = m["choice"], m["map"]["meta"]
    lines = [
        "# Exchange package", "",
        f"- Made: {m['made']} (UTC)",
        f"- From the one map: {meta.get('title') or m['map']['name'] or 'not stated'} ({m['map']['name'] or '—'})",
        f"- Sender: {m['sender'] or 'not stated'}", f"- Receiver: {m['receiver'] or 'not stated'}",
        f"- Purpose: {m['purpose'] or 'not stated'}",
        f"- Classification: {m['classification'] or 'not stated'} (as the sender gave it; the program decides none)",
        f"- Reference system: CGCS2000 longitude and latitude ({m['crs']}), degrees",
        f"- State:"
        f" {'what is in force on ' + choice['as_of'] if choice['as_of'] else 'all rows, those no longer in force too'}",
        f"- Extent: {_area_en(m)}",
    ]  # fmt: skip
    if m["remark"]:
        lines.append(f"- Remark: {m['remark']}")
    lines += [
        "", "## Layers", "",
        "Areas are given on the ellipsoid and in the projection (CGCS2000, 3-degree zone); which of them decides"
        " is for the"
        " receiver's rules to say.", "",
        "| Layer | Title | Department | Rows | Ellipsoidal area (ha) | Projected area (ha) | Length (km) |"
        " Completeness |",
        "|---|---|---|---:|---:|---:|---:|---|",
        *(_row(one, 1) for one in m["layers"]),
        "", "Outside what is declared complete, no feature does not mean that nothing is there.", "",
        "## Sources", "", *(_sources(one, 1) for one in m["layers"]),
        "", "## What is left out", "", *_left_out(m, 1), "", "## Files and fingerprints (SHA-256)", "",
        *_files(m["files"]),
        "",
        "The fingerprints of README.md and manifest.json stand in SHA256SUMS; check with `sha256sum -c SHA256SUMS` or"
        " `envzones onemap package --check PACKAGE.zip`. Fingerprints tell whether something changed on the way;"
        " they are"
        " no signature.", "",
        "Fingerprints of the map's layers when this was made:", "",
        *(
            f"- {one['layer']}: `{one['map_sha256']}` (newest valid from {one['newest'] or 'not stated'})"
            for one in m["layers"]
        ),
    ]  # fmt: skip
    return lines


def _area_zh(m: Mapping[str, Any]) -> str:
    if m["choice"]["area_bounds"] is None:
        return "整幅地图"
    how = "在边界处裁切" if m["choice"]["clipped"] else "与其相交的要素完整保留"
    return f"{m['choice']['area'] or '指定范围'},{how}"


def _area_en(m: Mapping[str, Any]) -> str:
    if m["choice"]["area_bounds"] is None:
        return "the whole map"
    how = "shapes cut at its edge" if m["choice"]["clipped"] else "shapes that touch it are whole"
    return f"{m['choice']['area'] or 'an area that was given'}; {how}"


def _row(one: Mapping[str, Any], lang: int) -> str:
    state = _COVERAGE[one["coverage"]["state"]][lang]
    if one["coverage"]["as_of"]:
        state += f" ({one['coverage']['as_of']})"
    if one["coverage"]["whole_area"] is False:
        state += ("(不含全部范围)", " (not of the whole extent)")[lang]

    def number(key: str, size: float, digits: int) -> str:
        return f"{one[key] / size:,.{digits}f}" if key in one else ""

    cells = (
        one["layer"], one[("title_zh", "title_en")[lang]], one["department"], str(one["rows"]),
        number("ellipsoidal_m2", _HA, 4), number("projected_m2", _HA, 4), number("length_m", 1000.0, 3), state,
    )  # fmt: skip
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(words: Any) -> str:
    """Return words that do not end a cell, a line or a list."""
    return " ".join(str(words or "").replace("|", "\\|").split())


def _sources(one: Mapping[str, Any], lang: int) -> str:
    kinds = ", ".join(
        f"{_PROVENANCE.get(key, (key, key))[lang]} {count}" for key, count in one["provenance"].items()
    )
    said = "; ".join(_cell(key) for key in one["sources"] if key)
    documents = "; ".join(_cell(key) for key in one["documents"] if key)
    none = ("未注明", "not stated")[lang]
    words = (("性质", "provenance"), ("来源与署名", "source and attribution"), ("文号", "documents"))
    values = (kinds or none, said or none, documents or none)
    return f"- {one['layer']}: " + "; ".join(f"{pair[lang]}: {value}" for pair, value in zip(words, values))


def _left_out(m: Mapping[str, Any], lang: int) -> list[str]:
    lines = []
    for one in m["layers"]:
        gone, said = one["left_out"], []
        if gone["not_in_force"]:
            said.append(
                (f"{gone['not_in_force']} 行在该时点无效", f"{gone['not_in_force']} rows not in force")[lang]
            )
        if gone["outside"]:
            said.append((f"{gone['outside']} 行在范围之外或没有图形",
                         f"{gone['outside']} rows outside the extent or without a shape")[lang])  # fmt: skip
        if one["cut"]:
            hectares, mu = one["cut_off_m2"] / _HA, one["cut_off_m2"] / _MU
            by_zh, by_en = (
                (f",裁去 {hectares:,.4f} 公顷({mu:,.2f} 亩)", f", by {hectares:,.4f} ha in all")
                if mu
                else ("", "")
            )
            said.append((f"{one['cut']} 行被裁切{by_zh}", f"{one['cut']} rows were cut{by_en}")[lang])
        if said:
            lines.append(f"- {one['layer']}({one['rows']}/{one['rows_in_map']}): " + "; ".join(said))
    others = m["layers_left_out"]
    if others:
        names = ", ".join(
            f"{one['layer']}({one['title_zh']})" if lang == 0 else one["layer"] for one in others
        )
        lines.append(
            (f"- 未选的 {len(others)} 个图层: {names}", f"- {len(others)} layers not chosen: {names}")[lang]
        )
    lines += [f"- {note[('zh', 'en')[lang]]}" for note in m["notes"]]
    lines.append(
        (
            "- 地图的编辑记录(编辑人、时间、版本)和样式",
            "- the map's record of edits (who, when, version) and styles",
        )[lang]
    )
    return lines


def _files(files: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"- {one['name']} ({one['bytes']:,} B): `{one['sha256']}`" for one in files]
