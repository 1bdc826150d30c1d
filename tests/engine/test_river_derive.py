"""Channel and centreline from land-survey polygons, against rivers whose middle line is known."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.river.derive import derive_channel
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.section import control_section
from envzones.plugin.engine.river.skeleton import skeleton

from .river_world import degrees, dense, metres, points, rivers, shapes


def bends(length=20000.0, amplitude=800.0, wave=2000.0, step=20.0):
    """A meandering line in metres from west to east."""
    x = np.arange(0.0, length + step, step)
    return shapely.linestrings(np.column_stack([x, amplitude * np.sin(x / wave)]))


def on_bends(x, amplitude=800.0, wave=2000.0):
    return x, amplitude * np.sin(x / wave)


def river(line, width):
    return shapely.buffer(line, width / 2, cap_style="flat", quad_segs=16)


def survey(*polygons, codes=None, **columns):
    """A land-survey layer."""
    return shapes(list(polygons), DLBM=list(codes or ["1101"] * len(polygons)), **columns)


def place(x, y):
    return shapely.get_coordinates(degrees(shapely.Point(x, y)))[0]


def whole(frame):
    """All lines or polygons of a frame, in metres."""
    return metres(shapely.union_all(np.asarray(frame.geometry.array)))


def between(a, b):
    """Hausdorff distance of two figures, in metres."""
    a, b = shapely.segmentize(a, 5.0), shapely.segmentize(b, 5.0)
    shapely.prepare([a, b])
    return max(
        shapely.distance(b, shapely.points(shapely.get_coordinates(a))).max(),
        shapely.distance(a, shapely.points(shapely.get_coordinates(b))).max(),
    )


def codes_of(derived):
    return sorted(derived.issue["code"])


# --------------------------------------------------------------------------------------------------------
# The middle line
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [6.0, 40.0, 150.0])
def test_the_middle_line_and_the_width_of_a_buffer_are_recovered(width):
    line = bends(length=6000.0 if width < 10 else 20000.0)
    derived = derive_channel(survey(river(line, width)))
    assert between(whole(derived.centreline), line) < max(0.02 * width, 0.2)
    assert derived.centreline["width_m"].to_numpy() == pytest.approx(width, rel=0.02)
    assert metres(derived.centreline.geometry.iloc[0]).length == pytest.approx(line.length, rel=0.001)
    assert len(derived.channel) == 1
    assert whole(derived.channel).symmetric_difference(river(line, width)).area < 0.001 * river(line, width).area


def test_the_ends_reach_the_ends_of_the_polygon_straight_round_or_slanted():
    line = dense((0, 0), (3000, 0))
    for polygon, start, end in (
        (river(line, 100), 0, 3000),
        (shapely.buffer(line, 50), -50, 3050),
        (shapely.Polygon([(0, -50), (3050, -50), (2950, 50), (0, 50)]), 0, 3000),
    ):
        found = shapely.get_coordinates(shapely.line_merge(shapely.multilinestrings(skeleton(polygon).line)))
        ends = sorted([found[0].tolist(), found[-1].tolist()])
        assert ends[0] == pytest.approx([start, 0], abs=3.0)
        assert ends[1] == pytest.approx([end, 0], abs=12.0)


def test_rough_banks_leave_no_spurs():
    rng = np.random.default_rng(4)
    line = dense((0, 0), (4000, 600), (8000, 0))
    ring = shapely.get_coordinates(shapely.segmentize(shapely.boundary(river(line, 80)), 20.0))[:-1]
    rough = shapely.buffer(shapely.polygons(ring + rng.normal(0, 2.5, ring.shape)), 0)
    rough = max(shapely.get_parts(rough), key=lambda p: p.area)
    found = skeleton(rough)
    assert len(found.line) == 1
    assert between(found.line[0], line) < 6.0
    assert np.median(found.width[0]) == pytest.approx(80.0, rel=0.1)
    with np.errstate(invalid="ignore"):  # GEOS raises the flag over empty boxes
        # Vertices on the border are rounded: a line may leave it by less than a micrometre.
        assert shapely.length(shapely.difference(found.line[0], shapely.buffer(rough, 1e-6))) == 0


@pytest.mark.parametrize("seed", range(6))
def test_the_line_lies_inside_and_in_the_middle(seed):
    rng = np.random.default_rng(seed)
    line = bends(6000.0, amplitude=rng.uniform(100, 600), wave=rng.uniform(300, 900))
    width = rng.uniform(15, 90)
    polygon = river(line, width)
    found = skeleton(polygon)
    with np.errstate(invalid="ignore"):  # GEOS raises the flag over empty boxes
        assert all(shapely.covers(shapely.buffer(polygon, 1e-6), part) for part in found.line)
    assert between(shapely.multilinestrings(found.line), line) < 0.06 * width + 0.5


@pytest.mark.parametrize("seed", range(12))
def test_any_water_gives_valid_channels_with_lines_inside(seed):
    rng = np.random.default_rng(seed)
    if seed % 3 == 0:
        cells = [shapely.box(x, y, x + 50, y + 50) for x in range(0, 600, 50) for y in range(0, 600, 50)]
        polygons = [c for c in cells if rng.random() < 0.55]
    elif seed % 3 == 1:
        polygons = [shapely.Point(*rng.uniform(0, 600, 2)).buffer(rng.uniform(15, 120), quad_segs=3) for _ in range(8)]
    else:
        polygons = [shapely.buffer(shapely.linestrings(np.cumsum(rng.normal(0, 200, (9, 2)), axis=0)), rng.uniform(3, 40))]
    derived = derive_channel(survey(*polygons), smallest=0.0)
    assert derived.channel.geometry.is_valid.all()
    assert set(derived.centreline["channel"]) == set(derived.channel["uid"])
    assert (derived.centreline["length_m"] > 0).all()
    with np.errstate(invalid="ignore"):
        assert shapely.length(shapely.difference(whole(derived.centreline), whole(derived.channel).buffer(0.01))) < 0.01
    assert derived.channel["area_m2"].sum() == pytest.approx(shapely.union_all(polygons).area, rel=0.05)


def test_an_island_leaves_two_arms_and_a_small_one_none():
    line = bends()
    x, y = on_bends(10000.0)
    arms = derive_channel(survey(river(line, 80).difference(shapely.Point(x, y).buffer(20.0))))
    network = build(arms.centreline, repair=frozenset())
    degree = np.bincount(np.concatenate([network.tail, network.head]))
    assert (degree == 3).sum() == 2
    assert (degree == 1).sum() == 2
    assert not whole(arms.channel).covers(shapely.Point(x, y))
    near = [w for w, g in zip(arms.centreline["width_m"], arms.centreline.geometry)
            if metres(g).distance(shapely.Point(x, y)) < 60 and metres(g).length < 300]  # fmt: skip
    assert near
    assert 20.0 <= min(near) <= 40.0
    none = derive_channel(survey(river(line, 80).difference(shapely.Point(x, y).buffer(5.0))))
    assert between(whole(none.centreline), line) < 4.0


def test_two_rivers_meet_in_one_node():
    line = bends()
    x, y = on_bends(9500.0)
    brook = dense((9000, 6000), (x, y))
    derived = derive_channel(survey(river(line, 80), river(brook, 40)))
    assert len(derived.channel) == 1
    network = build(derived.centreline, repair=frozenset())
    degree = np.bincount(np.concatenate([network.tail, network.head]))
    assert (degree == 3).sum() == 1
    assert (degree == 1).sum() == 3
    meeting = metres(shapely.points(network.node[np.flatnonzero(degree == 3)[0]]))
    assert meeting.distance(shapely.Point(x, y)) < 10.0
    assert between(whole(derived.centreline), shapely.union(line, brook)) < 8.0
    widths = derived.centreline[["width_m", "length_m"]]
    assert widths.loc[widths["length_m"] > 1000, "width_m"].min() == pytest.approx(40.0, rel=0.02)


def test_a_reservoir_is_one_line_with_its_widths():
    pond = shapely.union_all([shapely.box(0, -10, 3100, 10), shapely.Point(4000, 0).buffer(1000), shapely.box(4900, -10, 8000, 10)])
    derived = derive_channel(survey(pond, codes=["1103"]), codes=("1103",))
    line = whole(derived.centreline)
    assert between(line, dense((0, 0), (8000, 0))) < 5.0
    assert derived.centreline["width_m"].min() == pytest.approx(20.0, rel=0.02)
    assert derived.centreline["width_m"].max() > 1400


# --------------------------------------------------------------------------------------------------------
# Parcels
# --------------------------------------------------------------------------------------------------------


def test_parcels_cut_at_borders_give_the_same_as_one_polygon():
    line = bends(12000.0)
    one = river(line, 60)
    cuts = [one.intersection(shapely.box(k * 1500.0, -2000, k * 1500.0 + 1500, 2000)) for k in range(9)]
    # Neighbours drawn apart: a crack of 20 cm, an overlap of 30 cm.
    cuts[3] = one.intersection(shapely.box(4500.1, -2000, 5999.9, 2000))
    cuts[6] = one.intersection(shapely.box(8999.8, -2000, 10500.1, 2000))
    derived = derive_channel(survey(*[c for c in cuts if not c.is_empty]))
    assert len(derived.channel) == 1
    assert between(whole(derived.centreline), line) < 1.5
    assert not codes_of(derived).count("gap_joined")
    network = build(derived.centreline, repair=frozenset())
    assert len(np.unique(np.concatenate([network.tail, network.head]))) == len(network) + 1


def test_a_bridge_is_joined_and_told_a_wider_gap_is_not():
    line = dense((0, 0), (6000, 0))
    west, east = river(dense((0, 0), (2990, 0)), 60), river(dense((3010, 0), (6000, 0)), 60)
    derived = derive_channel(survey(west, east))
    assert len(derived.channel) == 1
    assert codes_of(derived).count("gap_joined") == 1
    assert metres(derived.issue.geometry.iloc[0]).distance(shapely.Point(3000, 0)) < 15
    assert between(whole(derived.centreline), line) < 1.0
    apart = derive_channel(survey(west, east), gap=10.0)
    assert len(apart.channel) == 2
    assert "gap_joined" not in codes_of(apart)


def test_only_the_chosen_classes_count_sub_classes_too():
    line = dense((0, 0), (2000, 0))
    layer = survey(
        river(line, 60), river(dense((0, 900), (2000, 900)), 20), river(dense((0, 2000), (2000, 2000)), 20),
        codes=["1101", "1107A", "0101"],
    )  # fmt: skip
    assert len(derive_channel(layer).channel) == 1
    both = derive_channel(layer, codes=("1101", "1107"))
    assert sorted(both.channel["land_code"]) == ["1101", "1107A"]
    assert len(derive_channel(layer, codes=None).channel) == 3
    other = layer.rename(columns={"DLBM": "klasse"}).assign(klasse=[1101.0, 1107.0, 101.0])
    assert len(derive_channel(other, code_field="klasse").channel) == 1
    with pytest.raises(InputError, match="no field with the land class"):
        derive_channel(other)
    with pytest.raises(InputError, match="no field 'nope'"):
        derive_channel(layer, code_field="nope")
    with pytest.raises(InputError, match=r"No polygon has the land class 1102 in 'DLBM'; classes there: .*1101 \(1\)"):
        derive_channel(layer, codes=("1102",))


def test_derived_features_say_so_and_carry_an_accuracy():
    line = dense((0, 0), (3000, 0))
    derived = derive_channel(survey(river(line, 60), accuracy_m=[5.0]), river="沁河")
    assert set(derived.centreline["river"]) == {"沁河"}
    assert all("推算" in s for s in (*derived.centreline["source"], *derived.channel["source"]))
    assert derived.centreline["accuracy_m"].to_numpy() == pytest.approx(np.hypot(5.0, 3.0), rel=0.01)
    assert derived.channel["accuracy_m"].to_list() == [5.0]
    assert derived.channel["area_m2"].iloc[0] == pytest.approx(180000.0, rel=0.001)
    unknown = derive_channel(survey(river(line, 60)))
    assert unknown.centreline["accuracy_m"].to_numpy() == pytest.approx(3.0, rel=0.02)
    assert unknown.centreline["remark"].str.contains("图斑本身的误差").all()
    assert np.isnan(unknown.channel["accuracy_m"].iloc[0])


def test_unusable_polygons_are_refused_or_told():
    with pytest.raises(InputError, match="holds no polygon"):
        derive_channel(rivers(dense((0, 0), (100, 0))).assign(DLBM="1101"))
    bow = shapely.Polygon([(0, 0), (2000, 60), (2000, 0), (0, 60)])
    derived = derive_channel(survey(river(dense((0, 500), (2000, 500)), 60), bow))
    assert "invalid_polygon" in codes_of(derived)
    small = derive_channel(survey(river(dense((0, 0), (2000, 0)), 60), shapely.box(0, 900, 15, 915)))
    assert "small_water" in codes_of(small)
    assert len(small.channel) == 1


# --------------------------------------------------------------------------------------------------------
# Direction
# --------------------------------------------------------------------------------------------------------


def runs_east(frame):
    """Whether each line runs from west to east."""
    return [g.coords[0][0] < g.coords[-1][0] for g in frame.geometry]


@pytest.mark.parametrize("east", [True, False])
@pytest.mark.parametrize("where", [(100.0, 19900.0), (8000.0, 8400.0), (2000.0, 15000.0)])
def test_two_clicks_anywhere_on_the_river_tell_the_direction(east, where):
    line = bends()
    x, y = on_bends(10000.0)
    polygon = river(line, 80).difference(shapely.Point(x, y).buffer(20.0))
    low, high = (place(on_bends(w)[0], on_bends(w)[1] + 30.0) for w in where)
    up, down = (low, high) if east else (high, low)
    derived = derive_channel(survey(polygon), upstream=up, downstream=down)
    assert set(runs_east(derived.centreline)) == {east}
    assert "direction_unknown" not in codes_of(derived)
    assert not derived.centreline["remark"].str.contains("流向未定").any()


def test_a_tributary_runs_to_the_river_and_the_widest_way_is_the_outlet():
    line, brook = dense((0, 0), (9000, 0)), dense((5000, 4000), (5000, 0))
    derived = derive_channel(
        survey(river(line, 80), river(brook, 30)), upstream=place(500, 0), downstream=place(3000, 0)
    )
    for g in derived.centreline.geometry:
        (x0, y0), (x1, y1) = (metres(shapely.Point(g.coords[k])).coords[0] for k in (0, -1))
        assert x1 > x0 + 1 or y1 < y0 - 1
    assert "outlet_assumed" in codes_of(derived)


def test_an_elevation_model_tells_the_direction(tmp_path):
    from .test_river_orient import EXTENT, write_dem

    dem = write_dem(tmp_path / "dem.tif", lambda x, y: 300.0 + 0.004 * x, 4547, 200.0, EXTENT)
    derived = derive_channel(survey(river(bends(), 80)), dem=dem)
    assert set(runs_east(derived.centreline)) == {False}


def test_without_clicks_or_model_the_direction_is_said_to_be_unknown():
    derived = derive_channel(survey(river(dense((0, 0), (3000, 0)), 60), river(dense((0, 3000), (3000, 3000)), 60)))
    assert codes_of(derived) == ["direction_unknown"] * 2
    assert derived.centreline["remark"].str.contains("流向未定").all()
    one = derive_channel(
        survey(river(dense((0, 0), (3000, 0)), 60), river(dense((0, 3000), (3000, 3000)), 60)),
        upstream=place(2900, 0), downstream=place(100, 0),
    )  # fmt: skip
    assert codes_of(one) == ["no_outlet"]
    assert sorted(one.centreline["remark"].str.contains("流向未定")) == [False, True]


def test_clicks_that_tell_nothing_are_refused():
    layer = survey(river(dense((0, 0), (3000, 0)), 60), river(dense((0, 3000), (3000, 3000)), 60))
    with pytest.raises(InputError, match="One click alone"):
        derive_channel(layer, upstream=place(0, 0))
    with pytest.raises(InputError, match="lies off the derived river"):
        derive_channel(layer, upstream=place(100, 0), downstream=place(9000, 9000))
    with pytest.raises(InputError, match="do not hang together"):
        derive_channel(layer, upstream=place(100, 0), downstream=place(100, 3000))
    with pytest.raises(InputError, match="either two clicks or an elevation model"):
        derive_channel(layer, upstream=place(100, 0), downstream=place(100, 0), dem="x.tif")
    with pytest.raises(InputError, match="in pairs"):
        derive_channel(layer, upstream=[place(100, 0), place(200, 0)], downstream=place(100, 0))


# --------------------------------------------------------------------------------------------------------
# Through the section rule
# --------------------------------------------------------------------------------------------------------


def test_the_zone_from_what_is_derived_is_the_zone_from_the_truth():
    line = bends()
    polygon = river(line, 80)
    derived = derive_channel(
        survey(polygon), upstream=place(*on_bends(1000.0)), downstream=place(*on_bends(19000.0))
    )
    section = points([on_bends(11000.0)])
    truth = control_section(rivers(line), section, channel=shapes([polygon]))
    ours = control_section(derived.centreline, section, channel=derived.channel)
    assert len(truth.zone) == len(ours.zone) == 1
    one, two = whole(truth.zone), whole(ours.zone)
    assert one.symmetric_difference(two).area < 0.005 * one.area
    by_width = control_section(derived.centreline, section)
    assert one.symmetric_difference(whole(by_width.zone)).area < 0.01 * one.area


def test_the_command_line_derives_and_the_section_reads_it(tmp_path, capsys):
    import fiona

    from envzones.plugin.cli import main

    line = bends(12000.0)
    survey(river(line, 80)).to_file(tmp_path / "dltb.gpkg", driver="GPKG", layer="DLTB")
    clicks = [",".join(f"{v:.8f}" for v in place(*on_bends(x))) for x in (1000.0, 11000.0)]
    out = tmp_path / "river.gpkg"
    status = main([
        "channel", "--polygons", f"{tmp_path / 'dltb.gpkg'}:DLTB", "--upstream", clicks[0], "--downstream", clicks[1],
        "--river", "沁河", "--out", str(out),
    ])  # fmt: skip
    assert status == 0
    assert set(fiona.listlayers(out)) == {"river_channel", "river_reach", "issue"}
    assert "1 channel(s), 12." in capsys.readouterr().err
    points([on_bends(8000.0)], river=["沁河"]).to_file(tmp_path / "sections.gpkg", driver="GPKG")
    status = main([
        "section", "--rivers", f"{out}:river_reach", "--channel", f"{out}:river_channel",
        "--sections", str(tmp_path / "sections.gpkg"), "--out", str(tmp_path / "zone.gpkg"),
    ])  # fmt: skip
    assert status == 0
    assert "1 section(s) traced" in capsys.readouterr().err
    assert main(["channel", "--polygons", str(tmp_path / "dltb.gpkg"), "--codes", "1107", "--out", str(out)]) == 2
    assert "No polygon has the land class 1107" in capsys.readouterr().err
