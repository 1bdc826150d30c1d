"""What the River section panel asks the engine, without a widget: reading near a place, snapping, computing.

Everything here may run in a worker; readers of layers are made in the main thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeatureRequest,
    QgsRectangle,
    QgsVectorLayer,
)

from .. import bridge, compat

if TYPE_CHECKING:
    import geopandas as gpd

    from ..engine.river.network import Network

STORAGE_CRS = "EPSG:4490"
#: The id of a section that was clicked on a river.
AD_HOC = "点选"
#: Issues that naming the river answers.
RIVER_QUESTIONS = frozenset({"ambiguous_river", "river_mismatch"})
#: A section that was set on its river by us lies this near to it, metres.
_ON_RIVER = 1.0
#: Transformed boxes are widened by this share, so that no edge of a bent box is missed.
_WIDER = 0.02
_DEGREE = 111_000.0
#: Features whose position is known no better than this are not looked for beyond it, metres.
_WORST_ACCURACY = 1000.0


@dataclass(frozen=True)
class Wish:
    """The distances and readings that the user chose; metres, 0 for a band or a working width that is off."""

    upstream: float = 5000.0
    downstream: float = 500.0
    bank: float = 500.0
    band: float = 50.0
    tolerance: float = 100.0
    working_width: float = 0.0
    main_stem: bool = False
    bank_from: str | None = None
    reverse: bool = False
    strips: bool = False

    @property
    def span(self) -> float:
        """The farthest that a trace can come from its section, metres."""
        return max(self.upstream, self.downstream)


@dataclass(frozen=True)
class Place:
    """A section: a stored one, or a place that was clicked.

    Attributes
    ----------
    lon, lat : float
        Degrees.
    uid, name, river : str or None
        `uid` is `AD_HOC` for a clicked place.
    reach : float
        How near a river must be, metres.
    asked : bool
        The user said which river; it is not asked again.
    source : (layer id, feature id) or None
        The stored section.
    """

    lon: float
    lat: float
    uid: str = AD_HOC
    name: str | None = None
    river: str | None = None
    reach: float = 100.0
    asked: bool = False
    source: tuple[str, int] | None = None

    @property
    def ad_hoc(self) -> bool:
        """Whether the place was clicked."""
        return self.uid == AD_HOC


@dataclass(frozen=True)
class River:
    """A river near a place: its name (None for unnamed), how far it is, the place on it."""

    name: str | None
    metres: float
    lon: float
    lat: float


@dataclass(frozen=True)
class Answer:
    """What came of a place: the engine's result, the section as used, and the rivers in reach."""

    result: Any
    place: Place
    rivers: tuple[River, ...] = ()
    #: (layer name, feature id of the engine) -> (id of the layer, its feature id)
    found: Mapping[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    #: The frames that were listed, by layer name, for the ledger.
    frames: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_zone(self) -> bool:
        """Whether a zone could be drawn."""
        return len(self.result.zone) > 0


class Feedback:
    """Lets the bridge report to the engine's kind of progress."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress

    def isCanceled(self) -> bool:  # noqa: N802 - QGIS's name
        """Return whether the user cancelled."""
        return bool(self._progress.cancelled)

    def setProgress(self, percent: float) -> None:  # noqa: N802 - QGIS's name
        """Pass the percentage on."""
        self._progress(percent / 100.0)


# --- reading ----------------------------------------------------------------------------------------------


def box_around(lon: float, lat: float, metres: float) -> QgsRectangle:
    """Return the box in degrees that holds all within `metres` of a place."""
    import math

    dy = metres / _DEGREE * 1.02
    dx = dy / max(math.cos(math.radians(lat)), 0.01)
    return QgsRectangle(lon - dx, lat - dy, lon + dx, lat + dy)


def widened(bounds: Any, metres: float) -> QgsRectangle:
    """Return bounds in degrees (west, south, east, north) with `metres` more on each side."""
    west, south, east, north = (float(value) for value in bounds)
    more = box_around((west + east) / 2, max(abs(south), abs(north)), metres)
    dx, dy = more.width() / 2, more.height() / 2
    return QgsRectangle(west - dx, south - dy, east + dx, north + dy)


def near(
    layer: QgsVectorLayer, box: QgsRectangle, context: QgsCoordinateTransformContext
) -> bridge.LayerReader:
    """Return a reader of the features of `layer` in a box of degrees; of all, where the box cannot be turned over."""
    request = QgsFeatureRequest()
    there = QgsCoordinateTransform(QgsCoordinateReferenceSystem(STORAGE_CRS), layer.crs(), context)
    try:
        turned = there.transformBoundingBox(box)
    except QgsCsException:
        return bridge.LayerReader(layer)
    turned.grow(_WIDER * max(turned.width(), turned.height()))
    return bridge.LayerReader(layer, request.setFilterRect(turned))


def slack(network: Network, wish: Wish) -> float:
    """Return how far beyond a zone features may be listed, as to be verified, metres."""
    import numpy as np

    rivers = float(np.nan_to_num(network.accuracy).max(initial=0.0))
    return max(wish.band, wish.working_width / 2.0, rivers + _WORST_ACCURACY)


def table_names(layers: list[QgsVectorLayer]) -> list[tuple[str, QgsVectorLayer]]:
    """Return each layer with the name that the engine calls it by; equal names are numbered."""
    found: dict[str, QgsVectorLayer] = {}
    for layer in layers:
        title = unique = compat.table_name(layer)
        number = 2
        while unique in found:
            unique, number = f"{title} ({number})", number + 1
        found[unique] = layer
    return list(found.items())


def read(reader: bridge.LayerReader, progress: Any = None) -> gpd.GeoDataFrame:
    """Read a reader's features in the storage CRS."""
    return bridge.snapshot(reader, reader.name, None if progress is None else Feedback(progress))


def read_features(name: str, reader: bridge.LayerReader) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Read features and make sure that each has an id; return the frame and id -> feature id in the layer.

    A row number would change with the part of the layer that is read; the feature id does not.
    """
    from ..engine.river.rows import texts

    frame = read(reader)
    ids = [None] * len(frame)
    for column in ("uid", "site_id", "id"):
        ids = [new if old is None else old for old, new in zip(ids, texts(frame, column))]
    ids = [f"{name}-{fid}" if one is None else one for one, fid in zip(ids, reader.fids)]
    frame["uid"] = ids
    return frame, dict(zip(reversed(ids), reversed(reader.fids)))


def stored_place(layer: QgsVectorLayer, fid: int, tolerance: float) -> Place | None:
    """Return a stored section, or None when it is gone or no point; call it in the main thread."""
    import shapely

    from ..engine.river.rows import texts

    reader = bridge.LayerReader(layer, QgsFeatureRequest(fid))
    frame = read(reader)
    geometry = frame.geometry.iloc[0] if len(frame) else None
    if geometry is None or geometry.is_empty:
        return None
    point = shapely.centroid(geometry)

    def first(*columns: str) -> str | None:
        return next((t for t in (texts(frame, column)[0] for column in columns) if t is not None), None)

    uid = first("uid", "section_id") or f"S{fid}"
    source = (layer.id(), fid)
    return Place(point.x, point.y, uid, first("name"), first("river"), tolerance, source=source)


# --- the network ------------------------------------------------------------------------------------------


def build_network(reader: bridge.LayerReader, reverse: bool, progress: Any) -> Network:
    """Read a river layer and build its network, with what the first section would have to wait for."""
    from ..engine.progress import part
    from ..engine.river.network import build

    frame = read(reader, part(progress, 0.0, 0.5))
    network = build(frame, reverse=reverse, progress=part(progress, 0.5, 0.9))
    # Made when first asked for; better here than at the first click.
    _ = network.tree, network.upstream_length
    return network


def rivers_near(network: Network, lon: float, lat: float, metres: float) -> tuple[River, ...]:
    """Return the rivers within `metres` of a place, nearest first, each once."""
    import numpy as np
    import shapely

    from ..engine.geodesy import distance

    box = box_around(lon, lat, metres)
    edges = np.sort(
        network.tree.query(shapely.box(box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()))
    )
    if not len(edges):
        return ()
    apart = distance(np.full(len(edges), shapely.Point(lon, lat)), network.lines[edges])
    found: dict[str | None, River] = {}
    for k in np.argsort(apart.metres, kind="stable").tolist():
        name = network.name[edges[k]]
        if apart.metres[k] <= metres and name not in found:
            x, y = shapely.get_coordinates(apart.line[k])[-1]
            found[name] = River(name, float(apart.metres[k]), float(x), float(y))
    return tuple(found.values())


# --- computing --------------------------------------------------------------------------------------------


def resolve(network: Network, place: Place) -> tuple[Place, tuple[River, ...]]:
    """Set a clicked place on its river, if there is just one in reach; return it and the rivers in reach."""
    rivers = rivers_near(network, place.lon, place.lat, place.reach)
    if place.ad_hoc and not place.asked and len(rivers) == 1:
        return on_river(place, rivers[0]), rivers
    return place, rivers


def on_river(place: Place, river: River) -> Place:
    """Return the section as the user meant it: on this river."""
    if place.ad_hoc or river.name is None:
        return replace(
            place, lon=river.lon, lat=river.lat, river=river.name, reach=_ON_RIVER, asked=True
        )
    return replace(place, river=river.name, asked=True)


def section_frame(place: Place) -> gpd.GeoDataFrame:
    """Return a section as the engine takes it."""
    import geopandas as gpd

    return gpd.GeoDataFrame(
        {"uid": [place.uid], "name": [place.name or place.river], "river": [place.river]},
        geometry=gpd.points_from_xy([place.lon], [place.lat]),
        crs=STORAGE_CRS,
    )


def control(
    network: Network,
    place: Place,
    wish: Wish,
    banks: Mapping[str, Any],
    as_of: Any,
    progress: Any,
    features: Mapping[str, Any] | None = None,
    jurisdiction: Any = None,
) -> Any:
    """Ask the engine for one section.

    Parameters
    ----------
    banks : mapping
        ``channel``, ``management``, ``dyke`` -> frame, for those that there are.
    """
    from ..engine.river.section import control_section

    more: dict[str, Any] = dict(banks)
    if wish.bank_from is not None:
        more["bank_from"] = wish.bank_from
    if wish.strips and features is not None:
        more["strips"] = True
    return control_section(
        network,
        section_frame(place),
        upstream=wish.upstream,
        downstream=wish.downstream,
        bank=wish.bank,
        main_stem=wish.main_stem,
        tolerance=place.reach,
        approximate={"bank": wish.band} if 0 < wish.band < wish.bank else None,
        working_width=wish.working_width or None,
        features=features,
        jurisdiction=jurisdiction,
        as_of=as_of,
        progress=progress,
        **more,
    )


def united(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Return one row with all polygons of a frame, so that a section need not unite them again."""
    import geopandas as gpd
    import numpy as np
    import shapely

    shapes = np.asarray(frame.geometry.array, dtype=object)
    shapes = shapes[shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == 2)]
    if not len(shapes):
        return None
    return gpd.GeoDataFrame(geometry=[shapely.unary_union(shapes)], crs=frame.crs)
