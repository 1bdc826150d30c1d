"""Checks against other layers and of coordinates: jurisdiction, sections, swapped axes, GCJ-02."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from envzones.plugin.engine import datum
from envzones.plugin.engine.catalog_rules import Inside
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.quality_crs import agreement, swapped

from .quality_world import at, box, codes, issues, rows, zones

CITY = rows("admin_area", [box(-5000, -5000, 5000, 5000)], name=["某市"], level=["city"])
GOOD = box(0, 0, 400, 300)


def test_zones_outside_the_jurisdiction():
    frames = {
        "admin_area": CITY,
        "drinking_water_zone": zones(
            [GOOD, box(4900, 0, 5300, 300), box(9000, 0, 9400, 300), box(4000, 400, 5001, 900)], source_name=list("甲乙丙丁")
        ),
    }
    found = issues(frames, layers=["drinking_water_zone"])
    assert list(zip(found["uid"], found["code"])) == [(f"Z{i}", "outside_jurisdiction") for i in (1, 2, 3)]
    assert list(found["severity"]) == ["warning", "warning", "info"]
    assert "某市" in found["what_zh"].iloc[0]
    assert "(75%)" in found["what_en"].iloc[0]
    assert found["area_m2"].iloc[0] == pytest.approx(300 * 300, rel=1e-2)
    assert found["other_layer"].iloc[0] == "admin_area"


def test_points_and_lines_outside():
    inside = {"outfall": [Inside("admin_area", {"level": ["city"]})], "road": [Inside("admin_area", {"level": {"in": ["city"]}})]}
    frames = {
        "admin_area": CITY,
        "outfall": rows("outfall", [shapely.Point(at(1, 1)), shapely.Point(at(6000, 0))]),
        "road": rows("road", [shapely.LineString([at(0, 0), at(6000, 0)])]),
    }
    found = issues(frames, rules=inside)
    found = found[found["code"] == "outside_jurisdiction"]
    assert sorted(found["uid"]) == ["outfall-1", "road-0"]
    assert "1000 m" in found.set_index("uid")["what_en"]["road-0"]


def test_a_map_without_the_jurisdiction_claims_nothing():
    assert codes(issues(zones([box(99000, 0, 99400, 300)]))) == []


def sections(*targets):
    places = [shapely.Point(at(50 + 10 * i, 50)) for i in range(len(targets))]
    return rows("monitoring_section", places, level=["city"] * len(targets), river=["沁河"] * len(targets), target_class=list(targets))


@pytest.mark.parametrize(
    ("level", "kind", "weak"),
    [
        ("primary", "river", ["class_3", "class_4", "inferior_5"]), ("secondary", "lake", ["class_4", "inferior_5"]),
        ("primary", None, ["class_3", "class_4", "inferior_5"]), ("quasi", "river", []), ("primary", "groundwater", []),
    ],
)  # fmt: skip
def test_sections_against_the_zone_they_lie_in(level, kind, weak):
    targets = ["class_1", "class_2", "class_3", "class_4", "inferior_5", None]
    frames = {"monitoring_section": sections(*targets), "drinking_water_zone": zones([GOOD], level=[level], source_type=[kind])}
    found = issues(frames)
    found = found[found["code"] == "section_target"]
    assert [targets[int(uid.rpartition("-")[2])] for uid in found["uid"]] == weak
    if weak:
        assert (found["other_uid"] == "Z0").all()
        assert (found["severity"] == "error").all()


def test_the_stricter_of_two_zones_is_named():
    both = zones([GOOD, box(-100, -100, 500, 400)], level=["primary", "secondary"])
    found = issues({"monitoring_section": sections("class_5"), "drinking_water_zone": both})
    found = found[found["code"] == "section_target"]
    assert found["what_zh"].iloc[0] == "断面目标Ⅴ类低于所在一级保护区的要求(≤Ⅱ类)"
    assert list(found["other_uid"]) == ["Z0"]


def test_swapped_axes_and_places_abroad():
    turned = shapely.transform(GOOD, lambda xy: xy[:, ::-1])
    paris = shapely.transform(GOOD, lambda xy: xy - (110.0, -13.0))
    metres = shapely.box(37500000, 3800000, 37500400, 3800300)
    found = issues(zones([GOOD, turned, paris, metres], source_name=list("甲乙丙丁")))
    assert list(zip(found["uid"], found["code"])) == [("Z1", "axes_swapped"), ("Z2", "outside_country"), ("Z3", "not_degrees")]
    assert found["repair"].iloc[0] == "swap_axes"
    assert GOOD.contains(found.geometry.iloc[0])
    assert list(swapped(np.array([GOOD, turned]))) == [False, True]


def test_no_crs_and_a_projected_one():
    assert codes(issues(zones([GOOD]).set_crs(None, allow_override=True))) == ["crs_missing"]
    assert codes(issues(zones([GOOD]).to_crs("EPSG:4547"))) == []
    wrong = zones([GOOD]).set_crs("EPSG:4547", allow_override=True)
    assert codes(issues(wrong)) in (["outside_country"], ["outside_country", "point_sized"])


def river_world(n=24, seed=1):
    """A winding river and sections on it, 0 to 20 m off."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-20000, 20000, 400)
    y = 2500 * np.sin(x / 2300) + 900 * np.sin(x / 700 + 1)
    spots = rng.choice(400, n, replace=False)
    river = shapely.LineString(np.column_stack(at(x, y)))
    places = [shapely.Point(at(x[i] + rng.uniform(-20, 20), y[i] + rng.uniform(-20, 20))) for i in sorted(spots)]
    return river, places


def shifted(shape):
    return shapely.transform(shape, lambda xy: np.column_stack(datum.wgs_to_gcj(xy[:, 0], xy[:, 1])))


def doubts(river, places):
    frames = {
        "river_reach": rows("river_reach", [river], river=["沁河"]),
        "monitoring_section": rows("monitoring_section", places, level=["city"] * len(places), river=["沁河"] * len(places)),
    }
    found = issues(frames)
    return found[found["code"] == "looks_like_gcj02"]


@pytest.mark.parametrize("seed", range(5))
def test_shifted_layers_are_told_apart(seed):
    river, places = river_world(seed=seed)
    assert len(doubts(river, places)) == 0
    assert list(doubts(river, [shifted(p) for p in places])["layer"]) == ["monitoring_section"]
    told = doubts(shifted(river), places)
    assert list(told["layer"]) == ["river_reach"]
    assert told["severity"].iloc[0] == "warning"
    assert told["repair"].iloc[0] == ""
    assert "把握:较高" in told["what_zh"].iloc[0]
    assert not told.geometry.isna().any()
    # Both shifted alike agree with one another: nothing can be said, and nothing is.
    assert len(doubts(shifted(river), [shifted(p) for p in places])) == 0


@pytest.mark.parametrize("metres", [60, 400, 700])
def test_a_layer_that_is_merely_off_is_no_gcj02(metres):
    """Shifted as far, but another way than the offset there; or scattered."""
    river, places = river_world()
    rng = np.random.default_rng(metres)
    assert len(doubts(river, [shapely.transform(p, lambda xy: xy - at(metres, -metres / 2) + (112.5, 35.0)) for p in places])) == 0
    spread = [shapely.transform(p, lambda xy: xy + rng.normal(0, metres, 2) / 1e5) for p in places]
    assert len(doubts(river, spread)) == 0


def test_too_few_features_prove_nothing():
    river, places = river_world(n=4)
    assert len(doubts(river, [shifted(p) for p in places])) == 0
    assert agreement(np.array([]), np.array([river])).count == 0


def test_input_and_cancel():
    with pytest.raises(InputError, match="no layer 'canal'"):
        issues({"admin_area": CITY}, layers=["canal"])

    class Stop:
        cancelled = False
        calls = 0

        def __call__(self, fraction, message=""):
            assert 0 <= fraction <= 1
            self.calls += 1
            self.cancelled = self.calls > 3

    with pytest.raises(Cancelled):
        issues({"admin_area": CITY, "drinking_water_zone": zones([GOOD])}, progress=Stop())
