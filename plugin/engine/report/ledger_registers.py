"""The registers (名录、清单) that offices keep by theme: which columns of its layer each has, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import text
from .rows import Row, Words, standing, truth, zone_name
from .sheet import Column


@dataclass(frozen=True, eq=False)
class Register:
    """One register.

    Attributes
    ----------
    title : pair of str
    layer : str
    columns : sequence of (pair of str, str)
        Title and field.
    states : mapping of str to tuple of str
        Field -> codes of the features that belong to it; empty: all.
    """

    title: tuple[str, str]
    layer: str
    columns: Sequence[tuple[tuple[str, str], str]]
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def holds(self, feature: Row) -> bool:
        """Tell whether a feature of the layer belongs to this register."""
        return all(feature.get(name) in codes for name, codes in self.states.items())


_ADDRESS = (("地址", "Address"), "address")
_INDUSTRY = (("行业类别", "Industry"), "industry")
REGISTERS = (
    Register(
        ("重点监管单位", "Key soil-pollution units"), "pollution_source",
        (_ADDRESS, _INDUSTRY, (("纳入名单原因", "Why it is listed"), "remark")), {"kind": ("soil",)},
    ),
    Register(
        ("污染地块名录", "Contaminated plots"), "contaminated_plot",
        (_ADDRESS, _INDUSTRY, (("纳入原因", "Why it is listed"), "reason"), (("名录状态", "Register state"), "register_state"),
         (("规划用途", "Planned use"), "planned_use"), (("列入日期", "Listed on"), "listed_on")),
        {"register_state": ("contaminated", "controlled", "restored", "removed")},
    ),
    Register(
        ("疑似污染地块清单", "Suspected plots"), "contaminated_plot",
        (_ADDRESS, _INDUSTRY, (("地块情况", "State of the plot"), "register_state"),
         (("原企业(用途)", "Former use"), "former_use"), (("地块创建时间", "Entered on"), "listed_on")),
    ),
    Register(
        ("饮用水水源保护区", "Drinking-water zones"), "drinking_water_zone",
        ((("水源地名称", "Source"), "source_name"), (("水源地编码", "Source code"), "source_code"),
         (("水源类型", "Source type"), "source_type"), (("水源级别", "Source rank"), "source_rank"),
         (("保护区级别", "Zone level"), "level"), (("批准机关", "Approved by"), "approved_by"),
         (("批复文号", "Document"), "document_no")),
    ),
    Register(
        ("饮用水水源地", "Drinking-water sources"), "drinking_water_source",
        ((("水源地编码", "Source code"), "source_code"), (("水源类型", "Source type"), "source_type"),
         (("水源级别", "Source rank"), "source_rank"), (("管理单位", "Operator"), "operator"),
         (("日供水量(t/d)", "Daily supply (t/d)"), "daily_supply_t"), (("服务人口(人)", "People served"), "population")),
    ),
    *(
        Register(
            (title, "Black-odorous water"), layer,
            ((("清单编号", "Register no."), "register_no"), (("城乡类型", "Setting"), "setting"),
             (("水体类型", "Kind of water"), "water_kind"), (("黑臭级别", "Grade"), "grade"),
             (("判定依据", "Basis"), "basis"), (("治理状态", "State of treatment"), "state"),
             (("消除时限", "Target date"), "target_date")),
        )
        for title, layer in (("黑臭水体清单", "black_odorous_water"), ("黑臭水体(河段)清单", "black_odorous_reach"))
    ),
    Register(
        ("矿山清单", "Mines"), "mine_site",
        ((("采矿许可证号", "Licence no."), "licence_no"), (("开采矿种", "Mineral"), "mineral"),
         (("开采方式", "Method"), "mining_method"), (("生产状态", "Status"), "status"),
         (("治理责任主体", "Party liable"), "responsible_party"), (("责任主体灭失", "Party extinct"), "party_extinct"),
         (("已损毁面积(公顷)", "Damaged (ha)"), "mined_area_ha"), (("已恢复面积(公顷)", "Restored (ha)"), "restored_area_ha")),
    ),
    Register(
        ("燃煤锅炉清单", "Coal boilers"), "coal_boiler",
        (_ADDRESS, (("容量(t/h)", "Capacity (t/h)"), "capacity_tph"), (("台数", "Boilers"), "boiler_count"),
         (("燃料", "Fuel"), "fuel"), (("用途", "Use"), "use"), (("锅炉状态", "Status"), "status"),
         (("确需保留", "To be kept"), "keep"), (("处置意见", "Outcome"), "outcome")),
    ),
    Register(
        ("入河排污口清单", "Outfalls"), "outfall",
        ((("排污口编码", "Outfall code"), "outfall_code"), (("排污口类型", "Outfall type"), "outfall_type"),
         (("受纳水体", "Receiving water"), "river"), (("查测溯治阶段", "Stage"), "stage"),
         (("溯源单位", "Traced to"), "traced_to"), (("日排放量(t/d)", "Discharge (t/d)"), "discharge_t_d")),
    ),
)  # fmt: skip


def register_of(layer: str, feature: Row) -> Register | None:
    """Return the register that a feature belongs to, or None where offices keep none of its layer."""
    return next((one for one in REGISTERS if one.layer == layer and one.holds(feature)), None)


def columns(register: Register, words: Words) -> list[Column]:
    """Return a register's own columns."""
    spec, made = words.catalog.get(register.layer), []
    for title, name in register.columns:
        one = spec.field(name) if spec is not None and name in spec.field_names else None
        kind, choices = "text", ()
        if one is not None:
            kind = {"date": "date", "integer": "int", "real": "area2"}.get(one.type, "text")
            choices = tuple(titles[words.lang] for titles in one.domain.values()) if one.domain else ()
        total = "sum" if name.endswith("_ha") or name == "boiler_count" else ""
        made.append(Column(text.pick(title, words.lang), kind, widest=18, choices=choices, total=total))
    return made


def cells(register: Register, feature: Row, words: Words) -> list[Any]:
    """Return a feature's cells of a register's own columns."""
    spec, made = words.catalog.get(register.layer), []
    for _, name in register.columns:
        value = feature.get(name)
        one = spec.field(name) if spec is not None and name in spec.field_names else None
        if value is None or one is None:
            made.append(value)
        elif one.type == "date":
            made.append(text.as_date(value))
        elif one.type in ("integer", "real"):
            made.append(float(value))
        else:
            made.append(words.value(register.layer, name, value))
    return made


def by_feature(rows: list[Row], words: Words) -> list[Row]:
    """Return one row per feature: its gravest finding, with all clauses and zones that it comes under.

    The earliest deadline holds, and a feature is overdue if it is under any clause.
    """
    found: dict[tuple[Any, Any], list[Row]] = {}
    for row in rows:
        found.setdefault((row.get("site_layer"), row.get("site_id")), []).append(row)
    kept = []
    for group in found.values():
        group.sort(key=lambda row: (standing(row), not truth(row, "overdue"), str(row.get("deadline") or "9")))
        best = group[0]
        bases = dict.fromkeys(words.basis(row) for row in group if row.get("clause_id"))
        zones = sorted({zone_name(row, words) for row in group} - {zone_name(best, words), ""})
        known = [row.get("overdue") for row in group if row.get("overdue") is not None]
        dues = sorted(str(row["deadline"]) for row in group if row.get("deadline"))
        kept.append({
            **best, "also": zones, "bases": [base for base in bases if base], "findings": group,
            "overdue": any(bool(one) for one in known) if known else None,
            "deadline": dues[0] if dues else best.get("deadline"),
        })  # fmt: skip
    return kept
