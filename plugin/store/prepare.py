"""Fit edits to their layers before any store sees them: the same rules for a file and for a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engine.catalog import COVERAGE, STORE_COLUMNS, Catalog, LayerSpec
from ..engine.errors import InputError
from .store import VERSION, Change

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class Prepared:
    """One change, fitted: `insert` has exactly the layer's fields, `update` uid and the columns to write.

    `versions` are the row versions the update's rows had when they were read, None where that is not known.
    """

    spec: LayerSpec
    insert: gpd.GeoDataFrame | None
    update: pd.DataFrame | None
    versions: tuple[int | None, ...]
    delete: tuple[tuple[str, int | None], ...]

    @property
    def columns(self) -> list[str]:
        """The content columns that the update writes, the geometry left out."""
        if self.update is None:
            return []
        geometry = getattr(self.update, "_geometry_column_name", None)
        return [name for name in self.update.columns if name not in ("uid", geometry)]

    @property
    def shapes(self) -> Any:
        """The geometries that the update writes, or None where it leaves them."""
        if self.update is None or getattr(self.update, "_geometry_column_name", None) not in self.update.columns:
            return None
        return self.update.geometry.array


def prepare(changes: Sequence[Change], catalog: Catalog, tables: Sequence[str], notes: list[str]) -> list[Prepared]:
    """Fit all changes, or raise at the first that does not fit.

    Raises
    ------
    InputError
        If a layer is unknown or not in the map, a row lacks its uid or names it twice, or a value breaks its
        field's rules.
    """
    prepared = []
    for change in changes:
        spec = COVERAGE if change.layer == COVERAGE.name else catalog.require(change.layer, "The changes")
        if change.layer not in tables:
            raise InputError(
                f"The map has no layer '{change.layer}'; bring it up to date with: envzones onemap migrate."
            )
        insert = update = None
        versions: tuple[int | None, ...] = ()
        if change.insert is not None and len(change.insert):
            from ..engine.conform import conform

            bare = change.insert.drop(columns=[name for name in STORE_COLUMNS if name in change.insert])
            insert = conform(bare, spec, "the changes", notes=notes)
            _known_layers(insert, spec, catalog)
        if change.update is not None and len(change.update):
            update, versions = _updates(change.update, spec)
            _known_layers(update, spec, catalog)
        prepared.append(Prepared(spec, insert, update, versions, tuple(change.delete)))
    return prepared


def _known_layers(frame: pd.DataFrame, spec: LayerSpec, catalog: Catalog) -> None:
    if spec.name == COVERAGE.name and "layer" in frame:
        for name in frame["layer"]:
            catalog.require(name, "Layer 'layer_coverage'")


def _updates(frame: pd.DataFrame, spec: LayerSpec) -> tuple[pd.DataFrame, tuple[int | None, ...]]:
    import geopandas as gpd
    import pandas as pd

    from ..engine.conform import examine_columns

    if "uid" not in frame:
        raise InputError(f"Layer '{spec.name}': the rows to update carry no uid; read them from the map.")
    frame = frame.reset_index(drop=True)
    versions: tuple[int | None, ...] = (None,) * len(frame)
    if VERSION in frame:
        versions = tuple(None if pd.isna(value) else int(value) for value in frame[VERSION])
    fitted, problems = examine_columns(frame, spec, "the changes")
    if problems:
        more = f" ({len(problems) - 1} more like it)" if len(problems) > 1 else ""
        raise InputError(f"Layer '{spec.name}' from the changes, {problems[0].sentence()}{more}; correct the data.")
    if fitted["uid"].isna().any():
        raise InputError(f"Layer '{spec.name}': a row to update carries no uid; read the rows from the map.")
    wanted = {name for name in frame.columns if isinstance(name, str)} - {*spec.field_names, *STORE_COLUMNS}
    if isinstance(frame, gpd.GeoDataFrame):
        wanted.discard(frame._geometry_column_name)
    if wanted:
        raise InputError(
            f"Layer '{spec.name}' has no field {', '.join(sorted(wanted))}; leave it out or name one that it has."
        )
    return fitted, versions


def doubled(layer: str, uid: str, count: int) -> InputError:
    """Return the refusal of a uid that names several rows of a layer."""
    return InputError(
        f"Layer '{layer}': {count} rows have the uid {uid}, so none can be meant; see: envzones onemap validate."
    )


def counts(prepared: Sequence[Prepared]) -> tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int]]:
    """Return how many rows per layer are inserted, updated, deleted."""
    sums: tuple[dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {})
    for one in prepared:
        for total, rows in zip(sums, (one.insert, one.update, one.delete)):
            if rows is not None and len(rows):
                total[one.spec.name] = total.get(one.spec.name, 0) + len(rows)
    return sums
