"""The chapters of a report that list features: along river sections, within heat radii, under the clauses of a plan."""

from __future__ import annotations

from datetime import date
from typing import Any

from . import text
from .features import Features
from .rows import Row, Words, sorted_ledger, standing, truth
from .word import Paper
from .wording import board_mark, board_value, radius_result

_UNDONE, _MILD = ("overdue", "outstanding"), ("attend", "encourage")


class ListChapters:
    """The chapters of one report that list features."""

    paper: Paper
    words: Words
    features: Features
    lang: str
    zh_en: Any

    def maps(self, key: str) -> None:
        """Place the maps of a subject."""
        raise NotImplementedError

    def section(self, zones: list[Row], reaches: list[Row], rows: list[Row]) -> None:
        """The control zone of each river section and what lies in it."""
        paper, say = self.paper, self.zh_en
        paper.chapter(say("断面上下游排查", "River sections"))
        paper.say(say("里程沿河道量算，自断面起算；距离为到岸线的距离；左右岸以面向下游为准。",
                      "Chainage runs along the river from the section; offsets are from the bank; banks as"
                      " seen downstream."), keep=True)  # fmt: skip
        table = []
        for zone in zones:
            mine = [reach for reach in reaches if reach.get("section_id") == zone.get("section_id")]
            length = {
                s: sum(float(r.get("length_m") or 0) for r in mine if r.get("direction") == s) for s in "UD"
            }
            rule = "/".join(
                text.distance(zone.get(key), self.lang) for key in ("upstream_m", "downstream_m", "bank_m")
            )
            table.append([
                text.plain(zone.get("name") or zone.get("section_id")), rule,
                "/".join(text.distance(length[side], self.lang) for side in "UD"),
                text.word(text.BANK_FROM, zone.get("bank_from"), self.lang),
                text.area(zone.get("area_m2"), self.lang),
                text.plain(zone.get("note")),
            ])  # fmt: skip
        paper.table(say("断面管控区", "Control zones"),
                    (say("断面", "Section"), say("上游/下游/两岸范围", "Upstream/downstream/bank"),
                     say("河段总长(上/下游)", "Traced (up/down)"), say("岸线依据", "Bank from"), say("面积", "Area"),
                     say("说明", "Note")),
                    table, (26, 25, 24, 18, 24, 39), size=8.5)  # fmt: skip
        listed = [row for row in rows if row.get("status") in (None, "hit")]
        for zone in zones:
            key = zone.get("section_id")
            name = text.plain(zone.get("name") or key)
            mine = sorted_ledger(row for row in listed if row.get("section_id") == key)
            paper.part(name)
            if not mine:
                paper.say(
                    say(
                        "管控区内未见所排查类型的要素；以已声明完整的图层为准。",
                        "None of the kinds looked for was found.",
                    )
                )
            self._along(say(f"{name}范围内(含待核实)", f"{name}: inside (to be verified included)"),
                        [row for row in mine if standing(row) <= 1])  # fmt: skip
            self._along(say(f"{name}左右带(文件称“左右”，现场核定)", f"{name}: approximate band, to be settled on site"),
                        [row for row in mine if standing(row) == 2])  # fmt: skip
            self._along(say(f"{name}界外(函告所在地)", f"{name}: outside the jurisdiction, to be notified"),
                        [row for row in mine if standing(row) == 3])  # fmt: skip
            self.maps(f"section:{key}")

    def _along(self, caption: str, rows: list[Row]) -> None:
        if not rows:
            return
        say, lang = self.zh_en, self.lang
        table, marks = [], []
        for i, row in enumerate(rows, start=1):
            extent = text.area(row.get("area_m2"), lang) if row.get("area_m2") else ""
            if row.get("length_m"):
                extent = say("区内长 ", "length inside ") + text.distance(row["length_m"], lang)
            remarks = [extent, self.words.why(row)]
            if truth(row, "tentative") and say("待核实", "To be verified") not in remarks[1]:
                remarks.insert(0, say("待核实", "To be verified"))
            table.append([
                i, text.plain(row.get("site_name") or row.get("site_id")), self.features.kind(row),
                text.chainage(row.get("chainage_m"), row.get("direction"), lang),
                text.word(text.BANK, row.get("bank"), lang),
                text.separation(row.get("offset_m"), row.get("threshold_m"), lang),
                text.distance(row.get("straight_m"), lang),
                say("；", "; ").join(part for part in remarks if part),
            ])  # fmt: skip
            marks.append("open" if truth(row, "tentative") else "")
        self.paper.table(
            caption,
            (say("序号", "No."), say("名称", "Name"), say("类型", "Type"), say("里程", "Chainage"), say("岸别", "Bank"),
             say("距岸", "Offset"), say("直线距离", "Straight"), say("说明", "Remarks")),
            table, (10, 27, 20, 22, 12, 15, 16, 34), marks=marks, centred=(0, 4), size=9,
        )  # fmt: skip

    def radius(self, zones: list[Row], rows: list[Row]) -> None:
        """The boilers within the heat radius, and the nearest beyond."""
        paper, say, lang = self.paper, self.zh_en, self.lang
        paper.chapter(say("热电联产供热半径", "Heat radius"))
        names = say("、", ", ").join(text.plain(zone.get("name") or zone.get("plant_id")) for zone in zones)
        inside = [row for row in rows if row.get("status") != "clear" or truth(row, "tentative")]
        beyond = [row for row in rows if row.get("status") == "clear" and not truth(row, "tentative")]
        sure = sum(row.get("status") == "hit" and not truth(row, "tentative") for row in rows)
        doubtful = len(inside) - sure
        paper.say(say(f"热源{len(zones)}个：{names or '无'}。半径内{sure}台，待核实{doubtful}台，半径外{len(beyond)}台。",
                      f"{len(zones)} heat sources: {names or 'none'}. {sure} boilers inside,"
                      f" {len(inside) - sure} to be verified,"
                      f" {len(beyond)} outside."), keep=bool(inside))  # fmt: skip
        for zone in zones:
            self.maps(f"radius:{zone.get('plant_id')}")
        table, marks = [], []
        by_distance = sorted(
            inside,
            key=lambda r: (r.get("distance_m") is None, r.get("distance_m") or 0.0, str(r.get("site_id"))),
        )
        for i, row in enumerate(by_distance, start=1):
            result = radius_result(row, self.words)
            table.append([
                i, text.plain(row.get("site_name") or row.get("site_id")), text.plain(row.get("zone_name")),
                text.separation(row.get("distance_m"), row.get("threshold_m"), lang),
                text.distance(row.get("threshold_m"), lang), result, self.words.why(row),
            ])  # fmt: skip
            marks.append("open" if truth(row, "tentative") or row.get("status") == "not_assessed" else "")
        if table:
            paper.table(say("供热半径内及待核实的燃煤锅炉", "Boilers inside or to be verified"),
                        (say("序号", "No."), say("锅炉", "Boiler"), say("最近热源", "Nearest source"),
                            say("距离", "Distance"),
                         say("半径", "Radius"), say("结果", "Result"), say("说明", "Remarks")),
                        table, (10, 38, 27, 22, 16, 16, 27), marks=marks, centred=(0, 5), size=9)  # fmt: skip

    def board(self, rows: list[Row], planned: list[Row]) -> None:
        """The plan board: clause, count, deadline, what is overdue."""
        paper, say = self.paper, self.zh_en
        shown = [row for row in rows if row.get("state") in _UNDONE and row.get("effect") not in _MILD]
        if shown:
            # Ten columns need the width of a page laid across.
            paper.turn(landscape=True)
        paper.chapter(say("方案落实情况", "The plan board"))
        late = sum(row.get("state") == "overdue" for row in rows)
        unknown = sum(row.get("state") == "not_computable" for row in rows)
        paper.say(say(f"共{len(rows)}项(条款×对象)：逾期{late}项，待核实{unknown}项。清单见台账。",
                      f"{len(rows)} tasks (clause by kind of feature): {late} overdue, {unknown} to be"
                      f" verified. The ledger lists them."), keep=True)  # fmt: skip
        keys = (
            "clause",
            "clause_zh",
            "layer",
            "listed",
            "tentative",
            "open",
            "settled",
            "outstanding",
            "deadline",
            "state",
        )
        paper.say(say(f"下表列出尚未完成的{len(shown)}项强制性任务；目标值、关注类条款和已完成任务见台账“任务看板”。",
                      f"The table has the {len(shown)} binding tasks that are not done; figures, what is only attended"
                      " to and what is done are on the ledger's plan board."))  # fmt: skip
        table = []
        for row in shown:
            cells = [board_value(key, row, self.words) for key in keys]
            cells = [text.day(c, "en") if isinstance(c, date) else "" if c is None else c for c in cells]
            cells[1] = [cells[1], board_value("rulebook", row, self.words)]
            days = row.get("overdue_days")
            if days:
                cells[-1] = [cells[-1], say(f"{int(days)}天", f"{int(days)} days")]
            elif row.get("state") == "not_computable":
                cells[-1] = [cells[-1], self.words.why(row)]
            table.append(cells)
        paper.table(say("任务进展", "Progress"),
                    (say("条款", "Clause"), say("任务", "Task"), say("对象", "Features"), say("列入", "Listed"),
                     say("存疑", "Doubtful"), say("缺资料", "No data"), say("已销号", "Settled"),
                     say("未完成", "Outstanding"),
                     say("时限", "Deadline"), say("进展", "State")),
                    table, (44, 66, 32, 12, 12, 14, 14, 14, 21, 18) if self.lang == "zh" else (38, 53, 29, 14,
                        18, 13, 15, 22, 22, 23),
                    marks=[board_mark(row) for row in shown], centred=(3, 4, 5, 6, 7, 8),
                    size=9)  # fmt: skip
        if shown:
            paper.turn(landscape=False)
        if planned and not rows:
            paper.say(say(f"列出要素{len(planned)}条。", f"{len(planned)} features listed."))
