"""The life cycle of zones (划定 → 调整 → 取消): each step by a document, no row deleted, the map as of any day.

An adjusted zone's row ends on the day on which its new row, which names it in ``adjusts_uid``, begins.  A cancelled
zone's row ends and keeps the document that cancelled it.  A row counts from ``valid_from`` to ``valid_to`` exclusive
(:meth:`.onemap.OneMap.in_force`), so that on no day two rows of one zone stand beside each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from . import geodesy
from .errors import InputError
from .progress import SILENT, Progress, report

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from .onemap import OneMap

#: Square metres of a mu (亩).
MU_M2 = 10000 / 15
#: Column -> kind: t text, f number.  One row per zone that differs between two days; areas on the ellipsoid.
CHANGE_COLUMNS: Mapping[str, str] = {
    "layer": "t", "layer_zh": "t", "change": "t", "uid": "t", "before_uid": "t", "name": "t", "on": "t",
    "document_no": "t", "document_date": "t", "area_before_m2": "f", "area_after_m2": "f", "gained_m2": "f",
    "lost_m2": "f",
}  # fmt: skip
CHANGES = {
    "delineated": ("划定", "Delineated"),
    "adjusted": ("调整", "Adjusted"),
    "cancelled": ("取消", "Cancelled"),
    "ended": ("期满", "Ended"),
}


@dataclass(frozen=True)
class Document:
    """What adjusts or cancels a zone: its number, when it was issued, from which day it counts."""

    number: str
    issued: date
    day: date


@dataclass(frozen=True)
class Changed:
    """What differs between two days.

    Attributes
    ----------
    rows : GeoDataFrame
        :data:`CHANGE_COLUMNS`, with the extent as it is on the later day (before it, for what is gone).
    pieces : GeoDataFrame
        What polygons gained and lost: ``layer``, ``uid``, ``name``, ``part`` (``gained`` or ``lost``), ``area_m2``.
    """

    rows: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame


def adjust(
    frame: gpd.GeoDataFrame, uid: str, geometry: Any, document: Document, values: Mapping[str, Any] | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Give a zone another extent (or other `values`) by a document.

    Parameters
    ----------
    frame : GeoDataFrame
        The layer's rows, with ``row_version`` where the store keeps it.
    uid : str
        The row that is in force.
    geometry : geometry or None
        The new extent in EPSG:4490; None keeps the old one.
    document : Document
    values : mapping, optional
        Other fields of the new row.

    Returns
    -------
    insert : GeoDataFrame, one row
        The new row; it keeps the code of its source (HJ 747: a change of the zone does not change it).
    update : DataFrame, one row
        What ends the old row: uid, valid_to and its row_version.

    Raises
    ------
    InputError
        If there is no such row, it has ended, or the day contradicts its dates.
    """
    import geopandas as gpd
    import pandas as pd

    row = _row(frame, uid, document)
    new = row.drop(labels=[name for name in ("fid", "row_version", "edited_by", "edited_at") if name in row.index])
    new = new.to_dict()
    new.update(values or {})
    new.update(
        uid=str(uuid.uuid4()), adjusts_uid=uid, life_state="adjusted", document_no=document.number,
        document_date=pd.Timestamp(document.issued), valid_from=pd.Timestamp(document.day), valid_to=pd.NaT,
        cancel_document_no=None, cancel_document_date=pd.NaT,
    )  # fmt: skip
    new = {name: value for name, value in new.items() if name in frame.columns}
    new.pop(frame.geometry.name)
    shape = row[frame.geometry.name] if geometry is None else geometry
    insert = gpd.GeoDataFrame([new], geometry=[shape], crs=frame.crs)
    return insert, _ended(row, valid_to=pd.Timestamp(document.day))


def cancel(frame: gpd.GeoDataFrame, uids: Sequence[str], document: Document) -> pd.DataFrame:
    """End zones by a document; return what to update.

    Raises
    ------
    InputError
        If there is no such row, it has ended or is cancelled, or the day contradicts its dates.
    """
    import pandas as pd

    rows = []
    for uid in uids:
        row = _row(frame, uid, document)
        if row.get("life_state") == "cancelled":
            raise InputError(f"The zone {_title(row)} is cancelled already, by {row.get('cancel_document_no') or '?'}.")
        rows.append(
            _ended(
                row, valid_to=pd.Timestamp(document.day), life_state="cancelled", cancel_document_no=document.number,
                cancel_document_date=pd.Timestamp(document.issued),
            )  # fmt: skip
        )
    return pd.concat(rows, ignore_index=True)


def _row(frame: gpd.GeoDataFrame, uid: str, document: Document) -> pd.Series:
    import pandas as pd

    found = frame[frame["uid"] == uid]
    if len(found) != 1:
        raise InputError(f"{len(found) or 'No'} rows have the uid {uid}; give the uid of one zone.")
    row, day = found.iloc[0], pd.Timestamp(document.day)
    if document.day < document.issued:
        raise InputError(
            f"{document.number} cannot count from {document.day}, before it was issued on {document.issued}."
        )
    if not pd.isna(row.get("valid_from")) and day <= row["valid_from"]:
        raise InputError(f"The zone {_title(row)} is in force from {row['valid_from'].date()} on; give a later day.")
    if not pd.isna(row.get("valid_to")) and row["valid_to"] <= day:
        raise InputError(f"The zone {_title(row)} ended on {row['valid_to'].date()} already.")
    return row


def _ended(row: pd.Series, **values: Any) -> pd.DataFrame:
    import pandas as pd

    kept = {"row_version": row["row_version"]} if "row_version" in row.index else {}
    return pd.DataFrame([{"uid": row["uid"], **values, **kept}])


def _title(row: pd.Series) -> str:
    return str(row.get("name") or row["uid"])


# --------------------------------------------------------------------------------------------------------
# Between two days
# --------------------------------------------------------------------------------------------------------


def changes(
    onemap: OneMap,
    earlier: date,
    later: date,
    *,
    layers: Sequence[str] | None = None,
    progress: Progress = SILENT,
) -> Changed:
    """List what differs between the map of two days, with the areas gained and lost.

    Parameters
    ----------
    onemap : OneMap
    earlier, later : date
    layers : sequence of str, optional
        The layers to compare; all when left out.

    Raises
    ------
    InputError
        If `later` is not after `earlier`, or a layer is not in the map.
    """
    from .findings import table

    if later <= earlier:
        raise InputError(f"The second day ({later}) must come after the first ({earlier}).")
    names = list(onemap.layers() if layers is None else layers)
    for name in names:
        if name not in onemap.layers():
            raise InputError(f"The map has no layer '{name}'; see: envzones onemap info.")
    rows: list[dict[str, Any]] = []
    pieces: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        report(progress, number / len(names), name)
        _compare(onemap, name, earlier, later, rows, pieces)
    report(progress, 1.0)
    kinds = {"layer": "t", "uid": "t", "name": "t", "part": "t", "area_m2": "f"}
    return Changed(table(rows, CHANGE_COLUMNS), table(pieces, kinds))


def _compare(
    onemap: OneMap, name: str, earlier: date, later: date, rows: list[dict[str, Any]], pieces: list[dict[str, Any]]
) -> None:
    all_rows, before, after = onemap.layer(name), onemap.in_force(name, earlier), onemap.in_force(name, later)
    if all_rows is None or not len(all_rows) or "uid" not in all_rows:
        return
    old, new = set(before["uid"]), set(after["uid"])
    if old == new:
        return
    replaced = dict(zip(all_rows["uid"], all_rows["adjusts_uid"])) if "adjusts_uid" in all_rows else {}
    heirs: dict[str, list[str]] = {}
    fresh = []
    for uid in after["uid"]:
        if uid in old:
            continue
        origin = _origin(uid, replaced, old)
        if origin is None:
            fresh.append(uid)
        else:
            heirs.setdefault(origin, []).append(uid)
    was, now = before.set_index("uid", drop=False), after.set_index("uid", drop=False)
    for uid in fresh:
        _tell("delineated", onemap, name, None, [now.loc[uid]], rows, pieces)
    for uid in before["uid"]:
        if uid in heirs:
            # A part that goes on unchanged beside its heirs is part of what stands afterwards.
            rest = [now.loc[uid]] if uid in new else []
            _tell(
                "adjusted",
                onemap,
                name,
                was.loc[uid],
                [*(now.loc[heir] for heir in heirs[uid]), *rest],
                rows,
                pieces,
            )
        elif uid not in new:
            kind = "cancelled" if was.loc[uid].get("life_state") == "cancelled" else "ended"
            _tell(kind, onemap, name, was.loc[uid], [], rows, pieces)


def _origin(uid: str, replaced: Mapping[str, Any], old: set[str]) -> str | None:
    """Follow what a row replaces back to a row of the earlier day."""
    seen = set()
    while uid not in seen:
        seen.add(uid)
        before = replaced.get(uid)
        if before is None or before != before:
            return None
        if before in old:
            return str(before)
        uid = before
    return None


def _tell(
    change: str,
    onemap: OneMap,
    layer: str,
    old: pd.Series | None,
    new: Sequence[pd.Series],
    rows: list[dict[str, Any]],
    pieces: list[dict[str, Any]],
) -> None:
    import shapely

    row = new[0] if new else old
    was = None if old is None else old.geometry
    now = shapely.union_all([one.geometry for one in new]) if new else None
    gained, lost = _minus(now, was), _minus(was, now)
    cells = {
        "layer": layer, "layer_zh": onemap.title(layer), "change": change, "uid": row["uid"],
        "before_uid": None if old is None else old["uid"], "name": row.get("name"),
        "area_before_m2": _area(was), "area_after_m2": _area(now), "gained_m2": _area(gained), "lost_m2": _area(lost),
        "geometry": now if new else was,
    }  # fmt: skip
    if change == "cancelled":
        cells.update(
            on=_day(row.get("valid_to")), document_no=row.get("cancel_document_no"),
            document_date=_day(row.get("cancel_document_date")),
        )  # fmt: skip
    elif change == "ended":
        cells.update(on=_day(row.get("valid_to")), document_no=None, document_date=None)
    else:
        cells.update(
            on=_day(row.get("valid_from")), document_no=row.get("document_no"),
            document_date=_day(row.get("document_date")),
        )  # fmt: skip
    rows.append(cells)
    for part, shape in (("gained", gained), ("lost", lost)):
        area = _area(shape)
        if area:
            pieces.append(
                {
                    "layer": layer,
                    "uid": row["uid"],
                    "name": row.get("name"),
                    "part": part,
                    "area_m2": area,
                    "geometry": shape,
                }
            )


def _minus(one: Any, other: Any) -> Any:
    """Return the polygons of `one` outside `other`; None where there is nothing to compare."""
    import shapely

    if one is None:
        return None
    if other is None:
        return one
    parts = shapely.get_parts(shapely.difference(shapely.make_valid(one), shapely.make_valid(other)))
    parts = [part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else None


def _area(shape: Any) -> float:
    import shapely

    if shape is None or shapely.get_dimensions(shape) < 2:
        return 0.0
    return float(geodesy.area_m2(np.array([shape], dtype=object))[0])


def _day(value: Any) -> str | None:
    return None if value is None or value != value else f"{value:%Y-%m-%d}"
