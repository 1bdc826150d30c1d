"""One layer of features to be listed, read once and asked for ever more zones."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from ..errors import InputError
from ..geodesy import to_storage
from .rows import issue, numbers_read, text

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_IDS = ("uid", "site_id", "id")
_UNKNOWN, _VALID, _INVALID = 0, 1, 2


@dataclass(frozen=True)
class Features:
    """One layer of features, ready to be asked again and again.

    Attributes
    ----------
    layer : str
    data : GeoDataFrame
        All rows of the layer, EPSG:4490.
    row : (n,) int
        The rows of `data` that take part: those with a geometry, and in force.
    geometry : (n,) geometry
        As they are: whether one is valid is looked up when it matters (:meth:`valid`).
    accuracy : (n,) float
        Positional accuracy in metres, NaN where unknown.
    """

    layer: str
    data: gpd.GeoDataFrame
    row: NDArray[np.int64]
    geometry: NDArray[Any]
    accuracy: NDArray[np.float64]
    _state: NDArray[np.int8] = field(repr=False)

    def __len__(self) -> int:
        return len(self.geometry)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of the features."""
        return shapely.STRtree(self.geometry)

    def uid(self, which: NDArray[np.int64]) -> NDArray[Any]:
        """Return the ids of features: ``uid``, ``site_id`` or ``id``, else the layer and the row number."""
        return _ids(self.data, self.layer, self.row[which])

    def name(self, which: NDArray[np.int64]) -> NDArray[Any]:
        """Return the names of features, None where there is none."""
        return _cells(self.data, "name", self.row[which])

    def valid(self, which: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which features have a valid geometry; each is looked at once."""
        fresh = np.unique(which[self._state[which] == _UNKNOWN])
        if len(fresh):
            self._state[fresh] = np.where(shapely.is_valid(self.geometry[fresh]), _VALID, _INVALID)
        return self._state[which] == _VALID

    def invalid_rows(self, which: NDArray[np.int64], sections: list[str | None]) -> list[dict[str, Any]]:
        """Return one issue row for each of the invalid features `which`, met by `sections`."""
        rows = []
        for k, uid, section in zip(which.tolist(), self.uid(which).tolist(), sections):
            geometry = self.geometry[k]
            reason = shapely.is_valid_reason(geometry)
            zh = f"{self.layer} 的要素 {uid} 图形无效({reason}),未参与;请修复后重算"
            en = f"Feature {uid} of {self.layer} is invalid ({reason}) and was left out; repair it and run again."
            corner = shapely.get_coordinates(geometry)[:1]
            where = shapely.points(corner[0]) if np.isfinite(corner).all() else None
            rows.append(issue("error", "invalid_geometry", zh, en, where, section_id=section, site_id=uid))
        return rows

    def all_valid(self) -> tuple[Features, list[dict[str, Any]]]:
        """Return the layer without its invalid features, and an issue row for each of these."""
        every = np.arange(len(self))
        valid = self.valid(every)
        bad = every[~valid]
        rest = Features(
            self.layer,
            self.data,
            self.row[valid],
            self.geometry[valid],
            self.accuracy[valid],
            self._state[valid],
        )
        return rest, self.invalid_rows(bad, [None] * len(bad))


def prepare(layer: str, data: gpd.GeoDataFrame, as_of: Any = None) -> tuple[Features, list[dict[str, Any]]]:
    """Read one feature layer.

    Features without a geometry are left out with an issue row each.  Whether geometries are valid is not looked
    at here: an invalid one becomes an issue when it is met near a zone (or by :meth:`Features.all_valid`).

    Parameters
    ----------
    layer : str
        As the user knows it.
    data : GeoDataFrame
        Any declared CRS.  Used where present: ``uid`` (``site_id``, ``id``), ``name``, ``accuracy_m``,
        ``valid_from``, ``valid_to``, ``life_state``.
    as_of : date or ISO text, optional
        Features not in force on that day are left out and counted in one issue row.

    Returns
    -------
    Features
    list of issue rows

    Raises
    ------
    InputError
        No CRS, impossible coordinates, or dates that are none.
    """
    stored = to_storage(data, layer)
    geometry = np.asarray(stored.geometry.array, dtype=object)
    issues = []
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    rows = np.flatnonzero(missing)
    for uid in _ids(stored, layer, rows).tolist():
        zh = f"{layer} 的要素 {uid} 没有图形,未参与"
        en = f"Feature {uid} of {layer} has no geometry and was left out."
        issues.append(issue("warning", "no_geometry", zh, en, site_id=uid))
    keep = ~missing & in_force_on(stored, layer, as_of)
    gone = int((~missing & ~keep).sum())
    if gone:
        zh = f"{layer} 中 {gone} 个要素在 {as_of} 不在有效期内,未参与"
        en = f"{gone} features of {layer} are not in force on {as_of} and were left out."
        issues.append(issue("info", "not_in_force", zh, en))
    accuracy, unread = numbers_read(stored, "accuracy_m", layer)
    issues.extend(unread)
    row = np.flatnonzero(keep)
    state = np.zeros(len(row), dtype=np.int8)
    # A point that is no number would never be met by a spatial index.
    state[~np.isfinite(shapely.bounds(geometry[row])).all(axis=1)] = _INVALID
    found = Features(layer, stored, row, geometry[row], accuracy[row], state)
    lost = np.flatnonzero(state == _INVALID)
    issues.extend(found.invalid_rows(lost, [None] * len(lost)))
    return found, issues


def in_force_on(data: gpd.GeoDataFrame, layer: str, as_of: Any) -> NDArray[np.bool_]:
    """Return which rows of a layer are in force on a day (all, where no day is given)."""
    out = np.ones(len(data), dtype=bool)
    if as_of is None:
        return out
    day = pd.Timestamp(as_of)
    for column, sign in (("valid_from", 1), ("valid_to", -1)):
        if column not in data.columns:
            continue
        try:
            dates = pd.to_datetime(data[column])
        except (ValueError, TypeError) as error:
            raise InputError(
                f"Field '{column}' of layer '{layer}' holds what is no date ({error}); correct it and run again."
            ) from error
        if dates.dt.tz is not None:
            dates = dates.dt.tz_localize(None)
        out &= ~(sign * (dates - day) > pd.Timedelta(0)).to_numpy(dtype=bool)
    if "life_state" in data.columns:
        code, words = pd.factorize(data["life_state"])
        cancelled = np.array([text(word) == "cancelled" for word in words] + [False], dtype=bool)
        out &= ~cancelled[code]
    return out


def _cells(data: pd.DataFrame, column: str, rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return some cells of a column as texts, None where they are empty or where there is no such column."""
    out = np.full(len(rows), None, dtype=object)
    if column in data.columns:
        out[:] = [text(value) for value in data[column].iloc[rows]]
    return out


def _ids(data: pd.DataFrame, layer: str, rows: NDArray[np.int64]) -> NDArray[Any]:
    out = np.full(len(rows), None, dtype=object)
    for column in _IDS:
        open_ = np.flatnonzero(np.equal(out, None))
        if not len(open_):
            return out
        out[open_] = _cells(data, column, rows[open_])
    open_ = np.flatnonzero(np.equal(out, None))
    out[open_] = [f"{layer}-{row + 1}" for row in rows[open_].tolist()]
    return out
