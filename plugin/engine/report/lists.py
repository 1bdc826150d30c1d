"""The ledger's lists of features: what to clear under a clause, along a section, within a heat radius."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import text
from .features import Features
from .ledger_places import Places
from .ledger_registers import Register
from .ledger_registers import cells as register_cells
from .ledger_registers import columns as register_columns
from .rows import Row, Words, sorted_ledger, standing, standing_words, standings, truth, zone_name
from .sheet import Column, Styles, add_table
from .wording import deadline, radius_result


class Lists:
    """The sheets of one workbook that list features."""

    def __init__(self, book: Any, styles: Styles, words: Words, features: Features, places: Places) -> None:
        self.book, self.styles, self.words, self.features, self.places = book, styles, words, features, places
        self.lang, self.say = words.lang, words.zh_en

    def _add(
        self, name: str, heading: str, notes: Sequence[str], columns: Sequence[Column], rows: Any, **more: Any
    ) -> None:
        more.setdefault("empty", self.say("(无记录)", "(no rows)"))
        add_table(self.book, self.styles, name, heading, notes, columns, rows, lang=self.lang, **more)

    def _dated(self) -> str:
        return self.say("研判日期:", "As of: ") + text.day(self.words.as_of, self.lang)

    def _counts(self, rows: list[Row]) -> str:
        late = sum(bool(self._late(row)) for row in rows)
        apart = [sum(standing(row) == k for row in rows) for k in range(4)]
        return self._dated() + self.say(
            f"；共{len(rows)}条，其中范围内{apart[0]}条、待核实{apart[1]}条、左右带{apart[2]}条、界外{apart[3]}条；逾期{late}条。",
            f"; {len(rows)} rows: {apart[0]} inside, {apart[1]} to be verified, {apart[2]} in the"
            f" approximate band,"
            f" {apart[3]} outside the jurisdiction; {late} overdue.",
        )

    def _ledger(
        self, name: str, heading: str, notes: Sequence[str], rows: list[Row], register: Register | None = None
    ) -> None:
        say, lang = self.say, self.lang
        states = tuple(text.pick(state, lang) for state in text.STATES)
        done = "".join(f',{{state}}<>"{state}"' for state in states[2:])
        own = register_columns(register, self.words) if register is not None else []
        columns = [
            Column(say("序号", "No."), "int"),
            Column(say("县(市、区)", "County"), widest=9, choices=self.features.area_names("city", "county"), open=True),
            Column(say("乡镇", "Township"), widest=11, choices=self.features.area_names("town"), open=True),
            Column(say("问题名称", "Problem"), widest=20, total="count"),
            Column(say("类型", "Type"), widest=15),
            *own,
            *self.places.columns(),
            Column(say("所在断面/保护区", "Section or zone"), widest=15),
            Column(say("级别", "Level"), widest=10),
            Column(say("岸别", "Bank"), widest=7 if lang == "zh" else 9, choices=_choices(text.BANK, lang)),
            Column(say("里程(m)", "Chainage (m)"), "metres"),
            Column(say("距离(m)", "Distance (m)"), "metres"),
            Column(say("面积(m²)", "Area (m²)"), "area", total="sum"),
            Column(say("面积(公顷)", "Area (ha)"), "area4", total="sum"),
            Column(say("面积(亩)", "Area (mu)"), "area2", total="sum"),
            Column(say("依据条款", "Clause"), widest=30 if any(row.get("bases") for row in rows) else 15),
            Column(say("责任单位", "Responsible"), widest=24),
            Column(say("整改措施", "Measure"), widest=16),
            Column(say("整改时限", "Deadline"), "date", widest=12),
            Column(say("状态", "State"), widest=9, narrowest=9, choices=states, key="state"),
            Column(say("是否逾期", "Overdue"), widest=6, choices=(say("是", "Yes"), say("否", "No")), key="late"),
            Column(say("完成日期", "Done on"), "date", narrowest=11),
            Column(say("核查人", "Verified by"), widest=9),
            Column(say("照片", "Photos"), widest=16),
            Column(say("备注", "Remarks"), widest=34),
            Column(say("列别", "Listed as"), widest=11, choices=standings(self.words)),
            Column(say("问题编号", "Problem no."), widest=13),
            Column(say("要素编号", "Feature id"), widest=12),
        ]
        table, marks = [], []
        # What is settled is not overdue, and does not stand among what is.
        timed = ({**row, "overdue": self._late(row)} for row in rows)
        for i, row in enumerate(sorted_ledger(timed), start=1):
            table.append(self._ledger_row(i, row, states, register))
            marks.append("open" if standing(row) else "")
        live = f'AND({{late}}="{say("是", "Yes")}"{done})'
        self._add(name, heading, notes, columns, table, marks=marks, live=live, fixed=4)

    def _late(self, row: Row) -> bool | None:
        """Tell whether a problem is overdue; one that is recorded as done is not."""
        state = self.features.state(row)
        return False if state is not None and state >= 2 else row.get("overdue")

    def _ledger_row(
        self, number: int, row: Row, states: tuple[str, ...], register: Register | None
    ) -> list[Any]:
        feature, item, lang = self.features.feature(row), self.features.item(row), self.lang
        place = self.features.place(row)
        areas = self.features.areas_at(place)
        state = self.features.state(row)
        square = row.get("area_m2") if row.get("area_m2") is not None else row.get("overlap_m2")
        away = row.get("offset_m") if row.get("offset_m") is not None else row.get("distance_m")
        photos = [
            text.plain(one.get(key))
            for one in (item, row)
            for key in ("photo_before", "photo_after", "photo")
            if one.get(key)
        ]
        due = text.as_date(item.get("due_on")) or deadline(row)
        also = self.say("、", ", ").join(row.get("also") or ())
        remarks = [
            self.words.why(row),
            self.say("另涉及", "Also ") + also if also else "",
            text.plain(item.get("remark") or row.get("remark")),
        ]
        bases = row.get("bases") or ([self.words.basis(row)] if row.get("clause_id") else [])
        own = register_cells(register, feature, self.words) if register is not None else []
        layer = row.get("site_layer")
        return [
            number,
            row.get("county") or areas.get("county") or areas.get("city"),
            item.get("township") or row.get("township") or feature.get("township") or areas.get("town"),
            row.get("site_name") or feature.get("name") or row.get("site_id"),
            row.get("site_type") or self.features.kind(row),
            *own,
            *self.places.cells(
                place, address=feature.get("address"), hidden=self.places.publication.hides_row(row), layer=layer
            ),
            _where(row, self.words),
            self.features.level(row),
            text.word(text.BANK, row.get("bank"), lang),
            row.get("chainage_m"), away, square, text.hectares(square), text.mu(square),
            "\n".join(bases),
            item.get("responsible_party") or row.get("responsible") or feature.get("owner"),
            item.get("measure") or row.get("measure") or row.get("operative"),
            due,
            states[state] if state is not None else None,
            text.yes_no(self._late(row), lang),
            text.as_date(item.get("done_on") or row.get("done_on") or feature.get("closed_on")),
            item.get("verified_by") or row.get("verified_by"),
            "\n".join(photos),
            self.say("；", "; ").join(part for part in remarks if part),
            standing_words(row, self.words),
            "\n".join(self._numbers(row)) or row.get("problem_no"),
            row.get("site_id"),
        ]  # fmt: skip

    def _numbers(self, row: Row) -> list[str]:
        """Return the problem numbers of a row, of each of its findings where it joins several."""
        found = (self.features.item(one).get("problem_no") for one in row.get("findings") or (row,))
        return list(dict.fromkeys(text.plain(number) for number in found if number))

    # ---- sections and radius ----------------------------------------------------------------------------

    def sections(self, zones: list[Row], reaches: list[Row], rows: list[Row]) -> None:
        """The sections checked: what was traced, how wide, from which line."""
        say, lang = self.say, self.lang
        columns = [
            Column(say("序号", "No."), "int"),
            Column(say("断面编号", "Section id"), widest=18, total="count"),
            Column(say("断面名称", "Section"), widest=24),
            Column(say("所在河流", "River"), widest=20),
            Column(say("上游范围(m)", "Upstream (m)"), "metres"),
            Column(say("下游范围(m)", "Downstream (m)"), "metres"),
            Column(say("两岸范围(m)", "Either bank (m)"), "metres"),
            Column(say("上游河段总长(m)", "Traced upstream (m)"), "metres"),
            Column(say("下游河段总长(m)", "Traced downstream (m)"), "metres"),
            Column(say("岸线依据", "Bank taken from"), widest=24),
            Column(say("管控区面积(m²)", "Zone (m²)"), "area", total="sum"),
            Column(say("管控区面积(公顷)", "Zone (ha)"), "area2", total="sum"),
            Column(say("管控区面积(亩)", "Zone (mu)"), "area2", total="sum"),
            Column(say("范围内", "Inside"), "int", total="sum"),
            Column(say("待核实", "To be verified"), "int", total="sum"),
            Column(say("左右带", "Approximate band"), "int", total="sum"),
            Column(say("界外", "Outside"), "int", total="sum"),
            Column(say("说明", "Note"), widest=44),
        ]
        table = []
        for i, zone in enumerate(zones, start=1):
            key = zone.get("section_id")
            mine = [reach for reach in reaches if reach.get("section_id") == key]
            length = {
                side: sum(float(r.get("length_m") or 0) for r in mine if r.get("direction") == side)
                for side in "UD"
            }
            rivers = sorted({text.plain(r["river"]) for r in mine if r.get("river")})
            count = [sum(standing(r) == k for r in rows if r.get("section_id") == key) for k in range(4)]
            square = zone.get("area_m2")
            table.append([
                i, key, zone.get("name"), say("、", ", ").join(rivers), zone.get("upstream_m"),
                zone.get("downstream_m"),
                zone.get("bank_m"), length["U"], length["D"],
                text.word(text.BANK_FROM, zone.get("bank_from"), lang),
                square, text.hectares(square), text.mu(square), *count, zone.get("note"),
            ])  # fmt: skip
        self._add(say("断面清单", "Sections"), say("断面管控区清单", "Control zones of the sections"),
                  [self._dated()], columns, table)  # fmt: skip

    def section_ledger(self, rows: list[Row]) -> None:
        """Everything found in the control zones of the sections."""
        listed = [row for row in rows if row.get("status") in (None, "hit")]
        notes = [self._counts(listed), self.say(
            "里程沿河道量算，上游为正、下游为负；距离为到岸线的距离；岸别面向下游。",
            "Chainage runs along the river, upstream positive; distance is from the bank; banks as seen"
            " looking downstream.",
        )]  # fmt: skip
        self._ledger(
            self.say("断面排查台账", "Section ledger"),
            self.say("断面上下游排查台账", "Ledger of the sections"),
            notes,
            listed,
        )

    def radius(self, zones: list[Row], rows: list[Row]) -> None:
        """The heat sources with their circles, and the boilers by distance."""
        say, lang = self.say, self.lang
        columns = [
            Column(say("序号", "No."), "int"),
            Column(say("燃煤锅炉", "Boiler"), widest=30, total="count"),
            Column(say("编号", "Id"), widest=18),
            Column(say("乡镇", "Township"), widest=14),
            *self.places.columns(),
            Column(say("最近热源", "Nearest heat source"), widest=28),
            Column(say("距离(m)", "Distance (m)"), "metres"),
            Column(say("供热半径(m)", "Radius (m)"), "metres"),
            Column(say("方位", "Bearing"), widest=8),
            Column(say("结果", "Result"), widest=16),
            Column(say("容量(t/h)", "Capacity (t/h)"), "metres", total="sum"),
            Column(say("责任单位", "Responsible"), widest=26),
            Column(say("说明", "Remarks"), widest=46),
        ]
        table, marks = [], []
        for i, row in enumerate(sorted(rows, key=_by_result), start=1):
            feature, place = self.features.feature(row), self.features.place(row)
            hidden = self.places.publication.hides_row(row)
            table.append([
                i, row.get("site_name") or feature.get("name"), row.get("site_id"),
                row.get("township") or feature.get("township") or self.features.areas_at(place).get("town"),
                *self.places.cells(place, address=feature.get("address"), hidden=hidden, layer=row.get("site_layer")),
                row.get("zone_name"),
                row.get("distance_m"),
                row.get("threshold_m"), text.compass(row.get("bearing_deg"), lang),
                radius_result(row, self.words),
                row.get("capacity_tph") or feature.get("capacity_tph"),
                row.get("responsible") or feature.get("owner"),
                self.words.why(row),
            ])  # fmt: skip
            marks.append("open" if truth(row, "tentative") or row.get("status") == "not_assessed" else "")
        plants = say("热源:", "Heat sources: ") + say("；", "; ").join(
            f"{text.plain(zone.get('name') or zone.get('plant_id'))}({text.area(zone.get('area_m2'), lang)})"
            for zone in zones
        )
        self._add(say("供热半径", "Heat radius"), say("热电联产热源供热半径内燃煤锅炉", "Boilers within the heat radius"),
                  [self._dated(), plants], columns, table, marks=marks)  # fmt: skip


def _choices(table: dict[str, tuple[str, str]], lang: str) -> tuple[str, ...]:
    return tuple(text.pick(pair, lang) for pair in table.values())


def _where(row: Row, words: Words) -> str:
    if row.get("section_id") is not None:
        return text.plain(row.get("zone_name") or row.get("section_id"))
    return zone_name(row, words)


def _by_result(row: Row) -> tuple[Any, ...]:
    rank = {"hit": 0, "not_assessed": 2, "clear": 3}.get(str(row.get("status")), 4)
    if rank == 0 and truth(row, "tentative"):
        rank = 1
    gap = row.get("distance_m")
    return rank, 1e18 if gap is None else float(gap), str(row.get("site_id"))
