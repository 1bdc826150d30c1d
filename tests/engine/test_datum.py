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
    assert np.allclose(datum.wgs_to_gcj(116.404, 39.915), (116.41024449916938, 39.91640428151164), rtol=0, atol=1e-10)
    assert np.allclose(datum.gcj_to_bd(116.404, 39.915), (116.41036949371029, 39.92133699351021), rtol=0, atol=1e-10)
    assert np.allclose(datum.wgs_to_gcj(121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), rtol=0, atol=1e-10)


def test_there_and_back_is_exact_to_a_nanodegree():
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(73.5, 135, 20000), rng.uniform(4, 53, 20000)
    for way, back in ((datum.wgs_to_gcj, datum.gcj_to_wgs), (datum.gcj_to_bd, datum.bd_to_gcj), (datum.wgs_to_bd, datum.bd_to_wgs)):
        x, y = back(*way(lon, lat))
        assert max(np.abs(x - lon).max(), np.abs(y - lat).max()) < 1e-9


def test_places_abroad_and_unknown_ones_stay():
    assert datum.wgs_to_gcj(2.35, 48.85) == (2.35, 48.85)
    x, y = datum.gcj_to_wgs([np.nan, 113.6], [np.nan, 34.7])
    assert np.isnan(x[0])
    assert np.isnan(y[0])
    assert abs(x[1] - 113.6) > 0.004
