"""Move geometries from what the user says they are in to EPSG:4490, and back: nothing else moves coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import shapely

from .. import datum
from ..errors import InputError
from ..geodesy import STORAGE_CRS, densify_projected, to_storage
from .crs_systems import BD09, GCJ02, OLD_DATUMS, datum_of
from .model import CrsChoice

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

#: The offset of a web map bends straight edges; between vertices this far apart (degrees) by less than 0.1 m.
_BEND_DEG = 0.002
_MOST_SHIFT_M = 2000.0


def to_4490(frame: gpd.GeoDataFrame, choice: CrsChoice, what: str) -> gpd.GeoDataFrame:
    """Bring a frame to EPSG:4490.

    Parameters
    ----------
    frame : GeoDataFrame
        Geometries in the numbers of the file; a CRS it may declare counts for nothing beside `choice`.
    choice : CrsChoice
    what : str
        The name of the file, for messages.

    Returns
    -------
    GeoDataFrame
        A new frame; projected edges within 1 mm of where they were, those of web maps within 0.1 m.

    Raises
    ------
    InputError
        If the system is unknown, an old datum comes without its parameters, or the coordinates cannot be of it.
    """
    frame = frame.set_crs(None, allow_override=True)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    if choice.swap:
        shapes = _moved(shapes, lambda x, y: (y, x))
    if choice.crs.lower() in (GCJ02, BD09):
        _degrees(shapes, choice, what)
        turn = datum.gcj_to_wgs if choice.crs.lower() == GCJ02 else datum.bd_to_wgs
        return frame.set_geometry(_bent(shapes, turn)).set_crs(STORAGE_CRS)
    crs = _crs(choice)
    frame = frame.set_geometry(shapes).set_crs(crs, allow_override=True)
    if choice.shift is None:
        return to_storage(frame, what)
    if not crs.is_geographic:
        shapes = densify_projected(shapes, crs)
    else:
        _degrees(shapes, choice, what)
    return frame.set_geometry(_moved(shapes, _shifted(crs, choice.shift))).set_crs(STORAGE_CRS, allow_override=True)


def from_4490(frame: gpd.GeoDataFrame, choice: CrsChoice) -> gpd.GeoDataFrame:
    """Bring a frame in EPSG:4490 to another system: for writing files as others want them.

    Returns
    -------
    GeoDataFrame
        In the system's CRS; without one for GCJ-02 and BD-09, which have no code.

    Raises
    ------
    InputError
        As :func:`to_4490`.
    """
    if choice.crs.lower() in (GCJ02, BD09):
        turn = datum.wgs_to_gcj if choice.crs.lower() == GCJ02 else datum.wgs_to_bd
        shapes = _bent(np.asarray(frame.geometry.array, dtype=object), turn)
        out = frame.set_crs(None, allow_override=True).set_geometry(shapes)
    else:
        crs = _crs(choice)
        if choice.shift is None:
            out = frame.to_crs(crs)
        else:
            turn = _shifted(crs, choice.shift, back=True)
            shapes = _moved(np.asarray(frame.geometry.array, dtype=object), turn)
            out = frame.set_geometry(shapes).set_crs(crs, allow_override=True)
        if len(out) and not np.isfinite(out.total_bounds).all() and np.isfinite(frame.total_bounds).all():
            raise InputError(f"Some places cannot be expressed in {choice.crs}; choose a system that covers them.")
    if choice.swap:
        crs = out.crs
        shapes = _moved(np.asarray(out.geometry.array, dtype=object), lambda x, y: (y, x))
        out = out.set_crs(None, allow_override=True).set_geometry(shapes)
        out = out if crs is None else out.set_crs(crs)
    return out


def _crs(choice: CrsChoice) -> Any:
    """Return the CRS of a choice, bound to its seven parameters where it is of an old datum."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(choice.crs)
    except CRSError as error:
        raise InputError(
            f"'{choice.crs}' is no reference system; give a code such as EPSG:4547, or gcj02 or bd09."
        ) from error
    if datum_of(crs) in OLD_DATUMS and choice.shift is None:
        raise InputError(
            f"{crs.name} is of an old datum that lies tens of metres and more from CGCS2000; ask the surveyors of"
            f" the place"
            f" for its seven parameters to CGCS2000 and give them, or for the file in CGCS2000."
        )
    return crs


def _shifted(crs: Any, shift: tuple[float, ...], *, back: bool = False) -> Callable[..., Any]:
    """Return what brings coordinates of an old datum to degrees of CGCS2000 (or back): a similarity in space.

    Position-vector convention, as EPSG method 1033 and PROJ's ``towgs84`` have it: the rotations turn the position, not
    the axes; figures for the coordinate-frame convention have their rotations' signs the other way round.
    """
    from pyproj import Transformer

    numbers = np.asarray(shift, dtype=float)
    if numbers.shape != (7,) or not np.isfinite(numbers).all():
        raise InputError("A datum shift has seven numbers: dx, dy, dz in m, rx, ry, rz in arc seconds, scale in ppm.")
    if np.abs(numbers[:3]).max() > _MOST_SHIFT_M or np.abs(numbers[3:6]).max() > 60 or abs(numbers[6]) > 500:
        raise InputError(
            "The datum shift is beyond what occurs (2000 m, 60 arc seconds, 500 ppm); check its units and their"
            " order: dx,"
            " dy, dz, rx, ry, rz, scale."
        )
    base = crs.geodetic_crs
    old = f"+a={base.ellipsoid.semi_major_metre!r} +rf={base.ellipsoid.inverse_flattening!r}"
    names = ("x", "y", "z", "rx", "ry", "rz", "s")
    told = " ".join(f"+{name}={number!r}" for name, number in zip(names, numbers.tolist()))
    helmert = Transformer.from_pipeline(
        f"+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart {old}"
        f" +step +proj=helmert {told} +convention=position_vector"
        " +step +inv +proj=cart +ellps=GRS80 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    flat = Transformer.from_crs(crs, base, always_xy=True)

    def there(x: NDArray[np.float64], y: NDArray[np.float64]) -> Any:
        lon, lat = flat.transform(x, y)
        return helmert.transform(lon, lat, np.zeros(len(lon)))[:2]

    def home(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Any:
        # A height that the shift itself brings is taken off by a second turn: the old coordinates are at height 0.
        height = np.zeros(len(lon))
        for _ in range(4):
            x, y, _ = helmert.transform(lon, lat, height, direction="INVERSE")
            height = helmert.transform(x, y, np.zeros(len(x)))[2]
        return flat.transform(x, y, direction="INVERSE")

    return home if back else there


def _degrees(shapes: NDArray[Any], choice: CrsChoice, what: str) -> None:
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    if np.isfinite(bounds).all() and (np.abs(bounds) > np.array([180.0, 90.0, 180.0, 90.0])).any():
        raise InputError(
            f"{what} has coordinates beyond ±180/±90, so that they are no {choice.crs.upper()} degrees; choose the"
            f" system"
            f" that they are in, or swap the axes."
        )


def _bent(shapes: NDArray[Any], turn: Callable[..., Any]) -> NDArray[Any]:
    """Turn every vertex, with more of them along edges that would bend."""
    long = shapely.get_dimensions(shapes) > 0
    if long.any():
        shapes = shapes.copy()
        shapes[long] = shapely.segmentize(shapes[long], _BEND_DEG)
    return _moved(shapes, turn)


def _moved(shapes: NDArray[Any], turn: Callable[..., Any]) -> NDArray[Any]:
    coords = shapely.get_coordinates(shapes)
    if not len(coords):
        return shapes
    return shapely.set_coordinates(np.array(shapes, dtype=object), np.column_stack(turn(coords[:, 0], coords[:, 1])))
