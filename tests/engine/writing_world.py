"""Layers to write: zones with holes, parts and gaps in what is known of them, and points."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import strategies as st

from envzones.plugin.engine.catalog import load_catalog

CATALOG = load_catalog()
ZONE, INTAKE = CATALOG["drinking_water_zone"], CATALOG["water_intake"]
X, Y = 112.5, 35.0
SHAPE = shapely.Polygon(
    [(X, Y), (X + 0.02, Y), (X + 0.02, Y + 0.02), (X, Y + 0.02)],
    [[(X + 0.005, Y + 0.005), (X + 0.01, Y + 0.005), (X + 0.01, Y + 0.01)]],
)


def moved(shape: Any, by: float) -> Any:
    return shapely.transform(shape, lambda xy: xy + by)


def zones() -> gpd.GeoDataFrame:
    """Three zones: one with a hole, one of two parts, one without a shape and with hardly any cells."""
    return gpd.GeoDataFrame(
        {
            "uid": ["A", "B", "C"],
            "name": ["沁河<一级>&\"区\"", "蟒河水源", None],
            "level": ["primary", "secondary", None],
            "area_ha": [1.5, None, 0.1 + 0.2],
            "document_date": pd.to_datetime(["2018-03-25", None, None]),
            "source_name": ["甲", "乙", "丙"],
            "row_version": [1, 2, 3],
        },
        geometry=[SHAPE, shapely.MultiPolygon([moved(SHAPE, 0.05), moved(SHAPE, 0.1)]), None],
        crs="EPSG:4490",
    )


def intakes() -> gpd.GeoDataFrame:
    """Two points."""
    return gpd.GeoDataFrame(
        {"uid": ["P", "Q"], "name": ["取水口甲", "=SUM(A1)"]},
        geometry=[shapely.Point(X, Y), shapely.Point(X + 0.0123456789, Y + 0.02)], crs="EPSG:4490",
    )  # fmt: skip


@st.composite
def polygons(draw: st.DrawFn) -> Any:
    """A rectangle of whole micro-degrees with up to two holes, sometimes several of them as one shape."""
    def one(east: float) -> Any:
        w, h = draw(st.integers(300, 9000)), draw(st.integers(300, 9000))
        holes = [
            [(k * w / 3 + w / 9, h / 9), (k * w / 3 + 2 * w / 9, h / 9), (k * w / 3 + w / 9, 5 * h / 9)]
            for k in range(draw(st.integers(0, 2)))
        ]
        ring = [(0, 0), (w, 0), (w, h), (draw(st.integers(0, w // 6)), h)]
        shape = shapely.Polygon(ring, holes)
        return shapely.transform(shape, lambda xy: (xy / 1e6).round(7) + [X + east, Y])

    parts = [one(0.02 * k) for k in range(draw(st.integers(1, 3)))]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
