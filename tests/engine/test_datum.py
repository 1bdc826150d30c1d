"""Offsets of Chinese web maps, against published pairs, and there and back."""

from __future__ import annotations

import numpy as np
import pytest

from envzones.plugin.engine import datum

# gcoord's fixture of Chinese cities (services' own rounding: 0.7 m).
CITIES = [
    ((113.6192856, 34.7478004), (113.6253334, 34.7466173), (113.6317519, 34.7528605)),
    ((114.3017512, 34.7981848), (114.3075922, 34.7972873), (114.3141858, 34.8029703)),
    ((114.2913499, 35.7473048), (114.2972776, 35.7472312), (114.3038719, 35.7528881)),
    ((113.8466127, 34.037173), (113.8525065, 34.0356293), (113.8589792, 34.0416699)),
]


@pytest.mark.parametrize(("true", "gcj", "bd"), CITIES)
def test_offsets_of_cities(true, gcj, bd):
    assert np.allclose(datum.wgs_to_gcj(*true), gcj, atol=9e-6)
    assert np.allclose(datum.wgs_to_bd(*true), bd, atol=9e-6)


def test_published_vectors_to_the_last_digit():
    assert np.allclose(datum.wgs_to_gcj(116.404, 39.915), (116.41024449916938, 39.91640428150164), rtol=0, atol=1e-10)
    assert np.allclose(datum.gcj_to_bd(116.404, 39.915), (116.41036949371029, 39.92133699351021), rtol=0, atol=1e-10)
    assert np.allclose(datum.wgs_to_gcj(121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), rtol=0, atol=1e-10)


def test_there_and_back_is_exact_to_a_nanodegree():
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(73.5, 135, 40000), rng.uniform(18, 53, 40000)
    inside = datum.shifted(lon, lat)
    assert inside.sum() > 20000
    lon, lat = lon[inside], lat[inside]
    for way, back in ((datum.wgs_to_gcj, datum.gcj_to_wgs), (datum.gcj_to_bd, datum.bd_to_gcj), (datum.wgs_to_bd, datum.bd_to_wgs)):
        x, y = back(*way(lon, lat))
        assert max(np.abs(x - lon).max(), np.abs(y - lat).max()) < 1e-9


@pytest.mark.parametrize("way, back", [
    (datum.wgs_to_gcj, datum.gcj_to_wgs), (datum.gcj_to_bd, datum.bd_to_gcj), (datum.wgs_to_bd, datum.bd_to_wgs),
])  # fmt: skip
def test_there_and_back_at_the_edges_of_the_region(way, back):
    rng = np.random.default_rng(6)
    edges = [(x, y) for w, s, e, n in (*datum._REGION, *datum._EXCLUDED) for x, y in ((w, s), (e, n), (w, n), (e, s))]
    at = np.repeat(edges, 400, axis=0) + rng.uniform(-0.05, 0.05, (400 * len(edges), 2))
    inside = datum.shifted(at[:, 0], at[:, 1])
    assert inside.any() and not inside.all()
    x, y = back(*way(at[:, 0], at[:, 1]))
    off = np.hypot(x - at[:, 0], y - at[:, 1])
    assert off[inside].max() < 1e-9
    # Outside, only what lies within a shift's length of the edge can be taken for shifted.
    wrong = ~inside & (off > 1e-9)
    gap = np.full(len(at), np.inf)
    for w, s, e, n in (*datum._REGION, *datum._EXCLUDED):
        sides = np.stack([np.abs(at[:, 0] - w), np.abs(at[:, 0] - e), np.abs(at[:, 1] - s), np.abs(at[:, 1] - n)])
        gap = np.minimum(gap, sides.min(axis=0))
    assert gap[wrong].max(initial=0.0) < 0.02


@pytest.mark.parametrize("place", [(121.5, 25.03), (139.7, 35.7), (106.9, 47.9), (105.85, 21.03), (2.35, 48.85),
                                   (-74.0, 40.7), (151.2, -33.9)])  # fmt: skip
def test_places_outside_the_mainland_stay(place):
    for way in (datum.wgs_to_gcj, datum.gcj_to_wgs, datum.wgs_to_bd, datum.bd_to_wgs):
        assert tuple(map(float, way(*place))) == place


def test_the_wrong_sine_of_baidu_is_metres_off():
    """Some ports take the sine of the ordinate times pi: up to 68 m off in Henan."""
    lon, lat = np.meshgrid(np.linspace(111.0, 116.0, 60), np.linspace(32.0, 36.0, 60))
    right = datum.gcj_to_bd(lon, lat)
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * np.pi)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * np.pi)
    wrong = radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
    metres = np.hypot((right[0] - wrong[0]) * 91_000, (right[1] - wrong[1]) * 111_000)
    assert 50 < metres.max() < 80


def test_places_abroad_and_unknown_ones_stay():
    assert datum.wgs_to_gcj(2.35, 48.85) == (2.35, 48.85)
    x, y = datum.gcj_to_wgs([np.nan, 113.6], [np.nan, 34.7])
    assert np.isnan(x[0])
    assert np.isnan(y[0])
    assert abs(x[1] - 113.6) > 0.004
