"""The ledger of items (问题整改销号台账): the columns that offices keep, overdue first; its periods and its photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import Catalog, label
from ..publication import INTERNAL, Publication
from ..rectification import LAYER, missing, overdue_days
from . import text
from .items_dispatch import add_dispatch
from .items_period import parse_period
from .items_photos import add_photos
from .items_trace import Trace, add_trace, canonical
from .ledger_places import Places
from .sheet import Column, Styles, add_table, finish, workbook

if TYPE_CHECKING:
    import geopandas as gpd

#: Title in both languages, field, kind and widest width; fields without a layer field are made below.
COLUMNS = (
    ("问题编号", "Problem no.", "problem_no", "text", 20), ("属地乡镇(街道)", "Township", "township", "text", 14),
    ("问题名称", "Name", "name", "text", 24), ("类型", "Kind", "feature_layer", "text", 14),
    ("问题描述", "Problem", "problem", "text", 40), ("经度", "Longitude", "lon", "degrees", 14),
    ("纬度", "Latitude", "lat", "degrees", 14), ("经度(度分秒)", "Longitude (DMS)", "lon_dms", "text", 18),
    ("纬度(度分秒)", "Latitude (DMS)", "lat_dms", "text", 18),
    ("坐标状态", "Coordinates known", "place_state", "text", 8), ("所涉断面", "Sections", "section_id", "text", 12),
    ("岸别", "Bank", "bank", "text", 8), ("河道里程(m)", "Chainage (m)", "chainage_m", "metres", 12),
    ("距离(m)", "Distance (m)", "distance_m", "metres", 12), ("依据条款", "Clause", "clause", "text", 12),
    ("责任单位", "Responsible unit", "responsible_party", "text", 24),
    ("责任人", "Responsible person", "responsible_person", "text", 12), ("整改措施", "Measure", "measure", "text", 24),
    ("发现日期", "Found on", "found_on", "date", 12), ("整改期限", "Due on", "due_on", "date", 12),
    ("期限原文", "Deadline in words", "due_words", "text", 16), ("逾期天数", "Days overdue", "late", "int", 8),
    ("整改状态", "Status", "status", "text", 10), ("待核实", "To be verified", "tentative", "text", 8),
    ("核查结果", "Verification", "verification", "text", 10), ("核查人", "Verified by", "verified_by", "text", 12),
    ("核查日期", "Verified on", "verified_on", "date", 12), ("完成日期", "Done on", "done_on", "date", 12),
    ("销号日期", "Closed on", "closed_on", "date", 12), ("销号审批人", "Closed by", "closed_by", "text", 12),
    ("整改前照片", "Photo before", "photo_before", "text", 18), ("整改后照片", "Photo after", "photo_after", "text", 18),
    ("备注", "Remark", "remark", "text", 24),
)  # fmt: skip
#: What the layer does not hold and the ledger tells.
_MADE = ("late", "lon", "lat", "lon_dms", "lat_dms", "place_state")
_PLACE = ("lon", "lat", "lon_dms", "lat_dms", "place_state")
#: What tells where a feature lies whose place is left out.
_TELLING = ("chainage_m", "distance_m")


def write_items(
    path: str | Path,
    items: gpd.GeoDataFrame,
    catalog: Catalog,
    *,
    as_of: date,
    lang: str = "zh",
    publication: Publication = INTERNAL,
    period: str | None = None,
    folder: Path | None = None,
) -> Path:
    """Write the ledger of items, overdue ones first, then by deadline.

    Parameters
    ----------
    path : path
    items : GeoDataFrame
        Of the layer rectification_item; with ``row_version`` the ledger can be taken back.
    catalog : Catalog
    as_of : date
        The day to which what is overdue is counted.
    lang : {"zh", "en"}
    publication : Publication
    period : str, optional
        ``week:2019-26``, ``month:2019-06``, ``quarter:2019-Q2`` or ``year:2019``: adds what came, was settled and is
        overdue, by township and by responsible unit, beside the period before.
    folder : path, optional
        The map's; adds a sheet with the photos before and after that the items name.

    Raises
    ------
    InputError
        If openpyxl is missing, the period cannot be understood or the file cannot be written.
    """
    lang = text.check_language(lang)
    span = parse_period(period) if period else None
    book, styles = workbook(publication), Styles()
    cells = _Cells(items, catalog, as_of, lang, publication)
    title = cells.say("问题整改销号台账", "Problems to be rectified")
    table = [[number, *cells.row(k)] for number, k in enumerate(cells.order, start=1)]
    notes = [cells.counted(), *publication.marks(lang)]
    add_table(
        book, styles, title, title, notes, cells.columns(), table, live=cells.overdue_rule(), fixed=4, lang=lang,
        empty=cells.say("没有问题。", "No item."),
    )  # fmt: skip
    if span is not None:
        add_dispatch(book, styles, items, span, as_of, cells)
        # The ledger stays the first sheet; what is to be read first is open.
        book.active = 1
    if folder is not None:
        rows = [items.iloc[k] for k in cells.order]
        add_photos(book, styles, rows, [cells.caption(k) for k in cells.order], Path(folder), lang)
    if not publication.public:
        titles = {text.pick((zh, en), lang): name for zh, en, name, _, _ in COLUMNS}
        written = {canonical(cells.value(k, "problem_no")): cells.written(k, titles.values()) for k in cells.order}
        add_trace(book, styles, Trace(title, as_of, lang, titles, written))
    return finish(book, path, as_of, title=title)


class _Cells:
    """What each column says of each item."""

    def __init__(
        self, items: gpd.GeoDataFrame, catalog: Catalog, as_of: date, lang: str, publication: Publication
    ) -> None:
        self.items, self.as_of, self.lang = items, as_of, lang
        self._catalog, self._spec = catalog, catalog[LAYER]
        self._places = Places(publication, lang)
        self._late = overdue_days(items, as_of).tolist() if len(items) else []
        names = [name for _, _, name, _, _ in COLUMNS if name not in _MADE and name in items]
        # A column at a time: a row of a frame costs more than all of its cells.
        self._values = {name: items[name].tolist() for name in (*names, *_layers(items), *_versions(items))}
        self._points = list(items.geometry) if len(items) else []
        self.order = sorted(range(len(items)), key=self._rank)

    def say(self, zh: str, en: str) -> str:
        """Return the text of the language in use."""
        return zh if self.lang == "zh" else en

    def value(self, k: int, name: str) -> Any:
        """Return a field of an item, None where it is unknown."""
        value = self._values[name][k] if name in self._values else None
        return None if missing(value) else value

    def _rank(self, k: int) -> tuple[Any, ...]:
        due = self.value(k, "due_on")
        return (-self._late[k], "9999" if due is None else f"{due:%Y-%m-%d}", str(self.value(k, "problem_no")))

    def columns(self, names: Sequence[str] = ()) -> list[Column]:
        """Return the columns of the ledger, or of some fields in their order, behind a number."""
        known = {one[2]: one for one in COLUMNS}
        made = [Column(self.say("序号", "No."), "int")]
        for name in names or known:
            zh, en, _, kind, widest = known[name]
            choices, open_ = self._choices(name)
            total = "count" if name == "problem_no" else ""
            more = {"choices": choices, "open": open_, "total": total, "key": name}
            made.append(Column(self.say(zh, en), kind, widest=widest, **more))
        return made

    def _choices(self, name: str) -> tuple[tuple[str, ...], bool]:
        if name == "place_state":
            return self._places.columns()[4].choices, False
        if name == "township":
            named = (str(value).strip() for value in self._values.get(name, ()) if not missing(value))
            return tuple(sorted({one for one in named if one})), True
        if name in _MADE or name not in self._spec.field_names:
            return (), False
        one = self._spec.field(name)
        if one.domain:
            return tuple(titles[self.lang] for titles in one.domain.values()), False
        return ((self.say("是", "yes"), self.say("否", "no")) if one.type == "boolean" else ()), False

    def overdue_rule(self) -> str:
        """Return the rule by which rows are marked overdue, whatever is typed into deadline and state."""
        domain = self._spec.field("status").domain or {}
        settled = "".join(f',{{status}}<>"{domain[code][self.lang]}"' for code in ("done", "closed") if code in domain)
        day = self.as_of
        return f"AND(ISNUMBER({{due_on}}),{{due_on}}<DATE({day.year},{day.month},{day.day}){settled})"

    def row(self, k: int, names: Iterable[str] = ()) -> list[Any]:
        """Return an item's cells of all fields, or of some."""
        hidden = self._hidden(k)
        places = dict(zip(_PLACE, self._places.cells(self._point(k), hidden=hidden)))
        kinds = {name: kind for _, _, name, kind, _ in COLUMNS}
        return [
            places[name] if name in places
            else self._places.withheld if hidden and name in _TELLING and self.value(k, name) is not None
            else self._cell(k, name, kinds[name])
            for name in (tuple(names) or kinds)
        ]  # fmt: skip

    def _hidden(self, k: int) -> bool:
        return self._places.publication.hides_row({name: self._values[name][k] for name in _layers(self.items)})

    def _point(self, k: int) -> tuple[float, float] | None:
        point = self._points[k]
        return None if point is None or point.is_empty else (point.x, point.y)

    def _cell(self, k: int, name: str, kind: str) -> Any:
        if name == "late":
            return self._late[k] or None
        value = self.value(k, name)
        if value is None:
            return None
        if name == "feature_layer":
            return self._catalog[value].title(self.lang) if value in self._catalog else value
        if kind == "date":
            return value.date()
        if kind == "metres":
            return float(value)
        return label(self._spec.field(name), value, self.lang)

    def written(self, k: int, names: Iterable[str]) -> dict[str, str]:
        """Return what the ledger says of an item, as the trace keeps it."""
        place = dict(zip(("lon", "lat"), self._point(k) or (None, None)))
        return {
            name: canonical(place[name] if name in place else self.value(k, name))
            for name in ("row_version", *names)
            if name != "late"
        }

    def caption(self, k: int) -> str:
        """Return an item in a line."""
        names = ("name", "township", "responsible_party", "status")
        said = [text.plain(cell) for cell in self.row(k, names) if cell]
        return f"{text.plain(self.value(k, 'problem_no'))}  {self.say('，', ', ').join(said)}"

    def counted(self) -> str:
        """Return how many items there are, by state, and how many are overdue."""
        states = self._values.get("status", [])
        domain = self._spec.field("status").domain or {}
        by_state = self.say("，", ", ").join(
            f"{titles[self.lang]}{self.say('', ' ')}{states.count(code)}" for code, titles in domain.items()
        )
        late = sum(1 for days in self._late if days)
        day = text.day(self.as_of, self.lang)
        return self.say(
            f"统计日期：{day}；共{len(self.items)}项，{by_state}，逾期{late}。",
            f"As of {day}: {len(self.items)} items, {by_state}, overdue {late}.",
        )


def _layers(items: gpd.GeoDataFrame) -> tuple[str, ...]:
    return tuple(name for name in ("feature_layer",) if name in items)


def _versions(items: gpd.GeoDataFrame) -> tuple[str, ...]:
    return tuple(name for name in ("row_version",) if name in items)
