"""Tables: CSV and XLSX with titles, places as degrees and as degrees, minutes and seconds, areas in hectares and mu.

No text becomes a formula: in a workbook such cells are stored as text, in a CSV an apostrophe goes before them,
which is told.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import Progress, part, report
from ..report.sheet import (
    BODY_FONT,
    FORMULA_STARTS,
    HEAD_FONT,
    MAX_CELL,
    MAX_ROWS,
    put_text,
    sheet_title,
    workbook,
)
from ..report.text import HECTARE_M2, MU_M2, dms, plain, width
from .write_columns import Sheet, Told
from .write_gpkg import clock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .write import WriteOptions

COLUMNS = ("degrees", "dms", "wkt", "xy", "areas")
_ENCODINGS = {
    "": "utf-8-sig", "utf-8-sig": "utf-8-sig", "utf-8": "utf-8", "utf8": "utf-8", "gb18030": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
}  # fmt: skip
#: 1e-8 degrees are 1 mm.
_DEGREE_DECIMALS, _METRE_DECIMALS = 8, 3
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")
_NUMBER = re.compile(r"^[-+]?\d+(?:\.\d+)?$")
_FORMATS = {
    "degrees": "0.000000",
    "metres": "0.000",
    "ha": "#,##0.0000",
    "mu": "#,##0.00",
    "date": "yyyy-mm-dd",
}
#: Whole numbers with more digits are rounded by spreadsheets.
_EXACT = 10**15
_STEP, _BLOCK = 2000, 10_000
_SAMPLED = 500


class _Cells:
    """A column as it stands in a table: its title, its cells, and how numbers are shown."""

    def __init__(self, title: str, values: Sequence[Any], form: str = "") -> None:
        self.title, self.values, self.form = title, values, form


def make(
    sheets: Sequence[Sheet], folder: Path, stem: str, options: WriteOptions, told: Told, progress: Progress
) -> list[str]:
    """Write a CSV of one sheet, or a workbook with a worksheet for each.

    Raises
    ------
    InputError
        If a worksheet would have more rows than a workbook holds, or an option is unknown.
    """
    wrong = [name for name in options.columns if name not in COLUMNS]
    if wrong:
        raise InputError(f"'{wrong[0]}' is no kind of column; use {', '.join(COLUMNS)}.")
    tables = [
        _table(sheet, options, told, part(progress, 0.4 * k / len(sheets), 0.4 * (k + 1) / len(sheets)))
        for k, sheet in enumerate(sheets)
    ]
    progress = part(progress, 0.4, 1.0)
    if options.format == "xlsx":
        name = f"{stem}.xlsx"
        (folder / name).write_bytes(_workbook(sheets, tables, options, told, progress))
        return [name]
    if options.encoding.lower() not in _ENCODINGS:
        raise InputError(
            f"A CSV is written as utf-8-sig, utf-8 or gb18030, not '{options.encoding}'; choose one of them."
        )
    name = f"{stem}.csv"
    with (folder / name).open("w", encoding=_ENCODINGS[options.encoding.lower()], newline="") as stream:
        _csv(stream, tables[0], options, told, progress)
    return [name]


def _table(sheet: Sheet, options: WriteOptions, told: Told, progress: Progress) -> list[_Cells]:
    titles = options.titles is not False
    labels = options.labels is not False
    columns = [column.labelled(options.lang) for column in sheet.columns] if labels else sheet.columns
    out = [
        _Cells(column.title(options.lang) if titles else column.name, column.values, column.kind)
        for column in columns
    ]
    out += _places(sheet, options, told, progress)
    taken: set[str] = set()
    for cells in out:
        wanted, number = cells.title, 1
        while cells.title in taken:
            number += 1
            cells.title = f"{wanted}_{number}"
        taken.add(cells.title)
    return out


# --------------------------------------------------------------------------------------------------------
# Places and areas
# --------------------------------------------------------------------------------------------------------


def _places(sheet: Sheet, options: WriteOptions, told: Told, progress: Progress) -> list[_Cells]:
    out: list[_Cells] = []
    lang, shapes = options.lang, sheet.shapes
    known = np.array([shape is not None for shape in shapes], dtype=bool)
    system = _system_words(sheet)
    in_degrees = system if sheet.degrees else "CGCS2000"
    degrees = _in_degrees(sheet, told) if {"degrees", "dms", "areas"} & set(options.columns) else None
    points = bool((shapely.get_type_id(shapes[known]) == 0).all())
    if not points and "wkt" not in options.columns:
        told.say("info", "shapes_left_out", "表中只有代表点和面积,没有完整图形(需要时加 WKT 列)",
                 "the table has a point inside and the area of each shape, not the shape itself (add WKT for"
                 " that)")  # fmt: skip
    if degrees is not None and {"degrees", "dms"} & set(options.columns):
        at = _middles(degrees, part(progress, 0.0, 0.3))
        lon, lat = np.round(at.T, _DEGREE_DECIMALS)
        words = [("经度", "Longitude"), ("纬度", "Latitude")]
        if not points:
            words = [(f"代表点{zh}", f"{en} of a point inside") for zh, en in words]
        for (zh, en), axis, values in zip(words, ("lon", "lat"), (lon, lat)):
            title = f"{zh}({in_degrees})" if lang == "zh" else f"{en} ({in_degrees})"
            there = [float(value) if ok else None for value, ok in zip(values, known)]
            if "degrees" in options.columns:
                out.append(_Cells(title, there, "degrees"))
            if "dms" in options.columns:
                more = f"{title[:-1]},度分秒)" if lang == "zh" else f"{title[:-1]}, DMS)"
                out.append(_Cells(more, [None if one is None else dms(one, axis) for one in there], "text"))
    if "xy" in options.columns and not sheet.degrees:
        at = np.round(_middles(shapes, part(progress, 0.3, 0.5)), _METRE_DECIMALS)
        before = ("", "") if points else ("代表点", " of a point inside")
        for place, zh, en in ((1, "X(北", "Northing"), (0, "Y(东", "Easting")):
            values = [float(value) if ok else None for value, ok in zip(at[:, place], known)]
            title = f"{before[0]}{zh},{system})" if lang == "zh" else f"{en}{before[1]} ({system})"
            out.append(_Cells(title, values, "metres"))
    if "wkt" in options.columns:
        digits = _DEGREE_DECIMALS + 1 if sheet.degrees else _METRE_DECIMALS + 1
        words_ = shapely.to_wkt(shapes, rounding_precision=digits, trim=True)
        code = sheet.crs.to_epsg() if sheet.crs is not None else None
        out.append(_Cells(f"WKT({f'EPSG:{code}' if code else system})", list(words_), "wkt"))
    if degrees is not None and "areas" in options.columns:
        out += _areas(degrees, lang, part(progress, 0.5, 1.0))
    return out


def _system_words(sheet: Sheet) -> str:
    if sheet.system:
        return {"gcj02": "GCJ-02", "bd09": "BD-09"}[sheet.system]
    if sheet.crs is None:
        return "?"
    code = sheet.crs.to_epsg()
    return {4490: "CGCS2000", 4326: "WGS 84"}.get(code or 0) or (f"EPSG:{code}" if code else sheet.crs.name)


def _in_degrees(sheet: Sheet, told: Told) -> NDArray[Any] | None:
    """Return the shapes in degrees, None where what they are in is not known or cannot be left without parameters."""
    from .crs_systems import OLD_DATUMS, datum_of

    if sheet.degrees:
        return sheet.shapes
    if sheet.crs is None or datum_of(sheet.crs) in OLD_DATUMS:
        told.say("warning", "no_degrees", "坐标无法换算为经纬度,未写出经纬度和面积列",
                 "the coordinates cannot be brought to degrees; such columns and areas are left out")  # fmt: skip
        return None
    import geopandas as gpd

    from ..geodesy import to_storage

    frame = to_storage(gpd.GeoDataFrame(geometry=list(sheet.shapes), crs=sheet.crs), sheet.name)
    return np.asarray(frame.geometry.array, dtype=object)


def _middles(shapes: NDArray[Any], progress: Progress) -> NDArray[np.float64]:
    """Return a place for each shape: a point itself, else the centroid where it lies inside, else a point on it."""
    out = np.full((len(shapes), 2), np.nan)
    for rows in _blocks(len(shapes), progress):
        some = shapes[rows]
        at = np.array(shapely.centroid(some), dtype=object)
        beside = ~shapely.intersects(some, at) & (shapely.get_dimensions(some) >= 0)
        at[beside] = shapely.point_on_surface(some[beside])
        out[rows] = np.column_stack([shapely.get_x(at), shapely.get_y(at)])
    return out


def _blocks(count: int, progress: Progress) -> Iterator[slice]:
    """Yield slices of rows, reporting before each."""
    for first in range(0, count, _BLOCK):
        report(progress, first / count)
        yield slice(first, min(first + _BLOCK, count))


def _areas(degrees: NDArray[Any], lang: str, progress: Progress) -> list[_Cells]:
    from ..geodesy import area_m2, projected_area_m2

    areal = np.flatnonzero(shapely.get_dimensions(degrees) == 2)
    if not len(areal):
        return []
    out = []
    units = (
        ("公顷" if lang == "zh" else "ha", HECTARE_M2, "ha"),
        ("亩" if lang == "zh" else "mu", MU_M2, "mu"),
    )
    measures = (("椭球面积", "ellipsoidal area", area_m2), ("投影面积", "projected area", projected_area_m2))
    for k, (zh, en, measure) in enumerate(measures):
        square = np.full(len(degrees), np.nan)
        for rows in _blocks(len(areal), part(progress, k / 2, (k + 1) / 2)):
            square[areal[rows]] = measure(degrees[areal[rows]])
        for unit, size, form in units:
            there = (square / size).round(4).tolist()
            values = [None if value != value else value for value in there]
            out.append(
                _Cells(f"{zh}({unit})" if lang == "zh" else f"{en.capitalize()} ({unit})", values, form)
            )
    return out


# --------------------------------------------------------------------------------------------------------
# CSV
# --------------------------------------------------------------------------------------------------------


def _csv(stream: Any, table: Sequence[_Cells], options: WriteOptions, told: Told, progress: Progress) -> None:
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([_safe(cells.title) for cells in table])
    columns = []
    for k, cells in enumerate(table):
        report(progress, 0.5 * k / len(table))
        said, guarded = [], []
        for row, value in enumerate(cells.values, 1):
            words = _said(value, options)
            safe = _safe(words) if isinstance(value, str) else words
            if safe is not words:
                guarded.append(row)
            said.append(safe)
        told.rows("info", "formula_guarded", f"“{cells.title}”的文本像公式,前面加了单引号",
                  f"'{cells.title}' has text that looks like a formula; an apostrophe was put before it",
                  guarded)  # fmt: skip
        columns.append(said)
    count = len(columns[0]) if columns else 0
    for k, row_cells in enumerate(zip(*columns)):
        if k % _STEP == 0:
            report(progress, 0.5 + 0.5 * k / count)
        writer.writerow(row_cells)


def _safe(words: str) -> str:
    return f"'{words}" if words.startswith(FORMULA_STARTS) and not _NUMBER.match(words) else words


def _said(value: Any, options: WriteOptions) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        if options.labels is False:
            return "true" if value else "false"
        return ("是" if value else "否") if options.lang == "zh" else ("yes" if value else "no")
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return repr(value)


# --------------------------------------------------------------------------------------------------------
# XLSX
# --------------------------------------------------------------------------------------------------------


def _workbook(
    sheets: Sequence[Sheet],
    tables: Sequence[Sequence[_Cells]],
    options: WriteOptions,
    told: Told,
    progress: Progress,
) -> bytes:
    workbook()  # says where openpyxl is missing
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    count = len(sheets)
    for k, (sheet, table) in enumerate(zip(sheets, tables)):
        if len(sheet.shapes) >= MAX_ROWS:
            raise InputError(
                f"Layer '{sheet.name}' has {len(sheet.shapes)} rows, and a worksheet holds {MAX_ROWS - 1}; write"
                f" a CSV or a"
                f" GeoPackage."
            )
        title = sheet.title(options.lang) if options.titles is not False else sheet.name
        _worksheet(
            book,
            sheet_title(book, title),
            table,
            options,
            told,
            part(progress, 0.9 * k / count, 0.9 * (k + 1) / count),
        )
    moment = clock().replace(tzinfo=None)
    book.properties.creator = "EnvZones"
    book.properties.created = moment
    # What the worksheets take is known; how long openpyxl takes to pack it is not.
    watched = _Watched(part(progress, 0.9, 0.95))
    book.save(watched)
    settled = _Watched(part(progress, 0.95, 1.0))
    _settle(watched, settled, moment)
    return settled.getvalue()


def _settle(source: io.BytesIO, target: io.BytesIO, moment: datetime) -> None:
    """Pack a workbook again with one moment in place of the clock's, block by block."""
    stamp = max(moment, datetime(1980, 1, 1)).timetuple()[:6]
    said = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.file_size = entry.file_size
            with old.open(entry) as body, new.open(info, "w") as out:
                if entry.filename == "docProps/core.xml":
                    out.write(_MODIFIED.sub(rb"\g<1>" + said + rb"\g<2>", body.read()))
                    continue
                while block := body.read(1 << 20):
                    out.write(block)


class _Watched(io.BytesIO):
    """A buffer that lets a user stop whoever writes into it."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def write(self, data: Any) -> int:
        report(self._progress, 0.5)
        return super().write(data)


def _worksheet(
    book: Any, title: str, table: Sequence[_Cells], options: WriteOptions, told: Told, progress: Progress
) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    count = len(table[0].values) if table else 0
    for k, cells in enumerate(table, 1):
        sheet.column_dimensions[get_column_letter(k)].width = _width(cells, options)
    if table:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table))}{count + 1}"
    head_font, body_font = Font(name=HEAD_FONT, size=10), Font(name=BODY_FONT, size=10)
    fill, middle = PatternFill("solid", fgColor="FFDCE6F0"), Alignment(vertical="center", wrap_text=True)

    def cell(value: Any, form: str) -> Any:
        one = WriteOnlyCell(sheet)
        one.font = body_font
        if isinstance(value, str):
            put_text(one, value)
        else:
            one.value = value
            if form in _FORMATS and not isinstance(value, bool):
                one.number_format = _FORMATS[form]
        return one

    header = []
    for cells in table:
        one = WriteOnlyCell(sheet)
        put_text(one, cells.title)
        one.font, one.fill, one.alignment = head_font, fill, middle
        header.append(one)
    sheet.append(header)
    forms = [cells.form for cells in table]
    columns = []
    for cells in table:
        report(progress, 0.0, title)
        columns.append(_fitting(cells, told))
    for k, row in enumerate(zip(*columns)):
        if k % _STEP == 0:
            report(progress, k / count, title)
        sheet.append(
            [None if value is None else cell(_shown(value, options), form) for value, form in zip(row, forms)]
        )


def _shown(value: Any, options: WriteOptions) -> Any:
    if isinstance(value, bool) and options.labels is not False:
        return _said(value, options)
    return value


def _fitting(cells: _Cells, told: Told) -> list[Any]:
    """Return the cells as a workbook can hold them: what would be rounded, or misread as a day, becomes text."""
    out: list[Any] = []
    long, rounded = [], []
    for row, value in enumerate(cells.values, 1):
        if isinstance(value, str) and len(value) > MAX_CELL:
            long.append(row)
            value = None if cells.form == "wkt" else value[: MAX_CELL - 1] + "…"
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
            rounded.append(row)
            value = str(value)
        elif (
            isinstance(value, datetime)
            and value.tzinfo is not None
            or isinstance(value, date)
            and value.year < 1901
        ):
            value = value.isoformat()
        out.append(value)
    told.rows("warning", "text_cut", f"“{cells.title}”超过 {MAX_CELL} 字,{'未写出' if cells.form == 'wkt' else '已截断'}",
              f"'{cells.title}' has more than {MAX_CELL} characters and was"
              f" {'left out' if cells.form == 'wkt' else 'cut'}",
              long)  # fmt: skip
    told.rows("info", "integer_as_text", f"“{cells.title}”超过 15 位,写为文本以免被四舍五入",
              f"'{cells.title}' has more than 15 digits and is written as text, which is not rounded",
              rounded)  # fmt: skip
    return out


def _width(cells: _Cells, options: WriteOptions) -> float:
    shown = [plain(_said(value, options)) for value in cells.values[:_SAMPLED] if value is not None]
    longest = max((width(line) for words in shown for line in words.split("\n")), default=0)
    if cells.form in _FORMATS:
        longest = min(longest, 14)
    return float(min(max(longest, width(cells.title), 6) + 2, 48))
