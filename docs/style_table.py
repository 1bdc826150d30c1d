"""The styles of the one map's layers, in one table; ``python docs/style_files.py`` draws them.

A .qml may be changed by hand in QGIS: a copy in the user's folder wins (docs/own-layers.md).  What is shipped is drawn
from here, so that ninety layers stay one family.
"""

from __future__ import annotations

from style_palette import (
    AMBER,
    BLUE,
    BROWN,
    DARK,
    F_AMBER,
    F_BROWN,
    F_GREEN,
    F_GREY,
    F_LILAC,
    F_LIME,
    F_PINK,
    F_RED,
    F_SKY,
    F_TEAL,
    F_YELLOW,
    GREEN,
    MAGENTA,
    MAROON,
    MIDDLE,
    NAVY,
    NEAR,
    OLIVE,
    ORANGE,
    OTHER,
    PURPLE,
    RED,
    REGION,
    SLATE,
    SMALL,
    TEAL,
    VIOLET,
    ZONE,
    along,
    beside,
    by,
    named,
    stages,
)
from style_parts import Area, Line, Sign, Style, Symbol, unknown

_FOUND = {"open": "full", "rectifying": "light", "closed": "hollow"}
_PLANT = {"running": "full", "standby": "light", "closed": "hollow"}
#: Also drawn, with another outline, where land is permitted.
LAND_USE: dict[str, Symbol] = {
    "residential": Area(AMBER, F_YELLOW, "", "solid", 0.3, 110),
    "public": Area(MAGENTA, F_PINK, "+2", "solid", 0.3, 90),
    "commercial": Area(RED, F_RED, "x2", "solid", 0.3, 60),
    "industrial": Area(BROWN, F_BROWN, "/2", "solid", 0.3, 100),
    "logistics": Area(VIOLET, F_LILAC, "\\2", "solid", 0.3, 100),
    "green": Area(GREEN, F_GREEN, "o3", "solid", 0.3, 90),
    "other": Area(SLATE, F_GREY, "-2", "solid", 0.3, 80),
}


def problem(glyph: str) -> Style:
    """Return the style of a layer of problems found: red-brown diamonds, full while open."""
    return by("status", stages("diamond", MAROON, glyph, _FOUND, size=4.6, dense=True), beside(MAROON))


LAYERS: dict[str, Style] = {
    # --- drinking water: red, amber, blue; points are circles
    "drinking_water_source": by(
        "source_type",
        {
            "river": Sign("circle", BLUE, "wave", size=4.2),
            "lake": Sign("circle", BLUE, "drop", size=4.2),
            "groundwater": Sign("circle", BLUE, "circle", size=4.2),
            "canal": Sign("circle", BLUE, "line", size=4.2, glyph_turned=45),
        },
        beside(BLUE, MIDDLE, bold=True, priority=8),
    ),
    "drinking_water_zone": by(
        "level",
        {
            "primary": Area(RED, F_RED, "", "solid", 0.7, 82),
            "secondary": Area(AMBER, F_AMBER, "/3", "solid", 0.6, 64),
            "quasi": Area(BLUE, F_SKY, "\\4", "dash", 0.6, 46),
        },
        named(MAROON, bold=True, priority=7),
        order="if(\"level\" = 'primary', 2, if(\"level\" = 'secondary', 1, 0))",
    ),
    "water_intake": by(
        "intake_kind",
        {
            "river_intake": Sign("circle", NAVY, "filled_arrowhead", "light", 3.8, glyph_turned=90),
            "reservoir_intake": Sign("circle", NAVY, "drop", "light", 3.8),
            "well": Sign("circle", NAVY, "circle", "light", 3.8),
            "spring": Sign("circle", NAVY, "wave", "light", 3.8),
            "canal_intake": Sign("circle", NAVY, "line", "light", 3.8, glyph_turned=45),
        },
        beside(NAVY, NEAR),
    ),
    "boundary_marker": by(
        "marker_kind",
        {
            "boundary": Sign("circle", RED, "square", "hollow", 2.8, dense=True),
            "traffic": Sign("circle", RED, "triangle", "hollow", 3.2, dense=True),
            "billboard": Sign("circle", RED, "line", "hollow", 3.2, glyph_turned=90, dense=True),
        },
        beside(RED, text='coalesce("marker_no", "name")'),
    ),
    # --- black-odorous water: purple with dots
    "black_odorous_water": by(
        "grade",
        {
            "none": Area(PURPLE, F_LILAC, "o3", "dash", 0.5, 40),
            "light": Area(PURPLE, F_LILAC, ".2", "solid", 0.5, 90),
            "heavy": Area(PURPLE, PURPLE, ".1", "solid", 0.8, 120),
        },
        named(PURPLE),
    ),
    "black_odorous_reach": by(
        "grade",
        {
            "none": Line(PURPLE, 0.7, "dash", signs="o", every=9.0),
            "light": Line(PURPLE, 0.9, "solid", signs="o", every=6.0),
            "heavy": Line(PURPLE, 1.5, "solid", signs=".", every=3.0),
        },
        along(PURPLE, ZONE),
    ),
    # --- mines: brown, open pits with triangles up, underground ones with triangles down
    "mine_site": Style(
        attribute="concat(\"mining_method\", if(\"status\" in ('closed','abandoned'),'_old','_live'))",
        classes=(
            ("open_pit_live", "露天开采(生产或停产)", Area(BROWN, F_BROWN, "^3", "solid", 0.6, 100)),
            ("open_pit_old", "露天开采(关闭或废弃)", Area(BROWN, F_BROWN, "^4", "dash", 0.5, 30)),
            ("underground_live", "地下开采(生产或停产)", Area(BROWN, F_BROWN, "v3", "dash dot", 0.6, 100)),
            ("underground_old", "地下开采(关闭或废弃)", Area(BROWN, F_BROWN, "v4", "dot", 0.5, 30)),
            ("", OTHER, unknown(Area(BROWN))),
        ),
        label=named(BROWN),
    ),
    # --- heat: orange with a grid; points are squares
    "heat_source": by(
        "chp",
        {"true": Sign("square", ORANGE, "bolt", size=4.6), "false": Sign("square", ORANGE, "flame", "light", 4.6)},
        beside(ORANGE, REGION, bold=True, priority=8),
    ),
    "heat_supply_area": Style(Area(ORANGE, None, "", "long", 0.6, 0, 1.2), label=named(ORANGE, MIDDLE)),
    "heat_network_area": by(
        "status",
        {
            "built": Area(ORANGE, F_AMBER, "#5", "solid", 0.6, 30),
            "construction": Area(ORANGE, F_AMBER, "#5", "dash", 0.6, 20),
            "planned": Area(ORANGE, F_AMBER, "+4", "dot", 0.6, 14),
        },
        named(ORANGE),
    ),
    "coal_boiler": by(
        "status",
        {
            **stages("square", DARK, "flame", _PLANT, dense=True),
            "converted": Sign("square", GREEN, "tick", "light", dense=True),
        },
        beside(DARK),
    ),
    # --- machinery: violet; points are hexagons
    "machinery_no_go_zone": by(
        "sub_zone",
        {
            "core": Area(VIOLET, F_LILAC, "x4", "solid", 0.8, 44),
            "general": Area(VIOLET, F_LILAC, "x5", "dash dot", 0.7, 20),
        },
        named(VIOLET, MIDDLE),
    ),
    "machinery_position": by(
        "label",
        {
            "true": Sign("hexagon", VIOLET, "gear", "light", 3.8, dense=True),
            "false": Sign("hexagon", VIOLET, "bang", size=3.8, dense=True),
        },
        beside(VIOLET, text="plate"),
    ),
    # --- contaminated land: magenta; the further a plot is dealt with, the lighter
    "contaminated_plot": by(
        "register_state",
        {
            "suspected": Area(MAGENTA, F_PINK, "d3", "dash", 0.6, 60),
            "surveyed": Area(MAGENTA, F_PINK, "d2", "solid", 0.5, 80),
            "contaminated": Area(MAGENTA, MAGENTA, "x1", "solid", 0.8, 130),
            "controlled": Area(MAGENTA, F_PINK, "x2", "solid", 0.6, 100),
            "restored": Area(MAGENTA, F_PINK, "-3", "solid", 0.5, 50),
            "removed": Area(MAGENTA, None, "-4", "dot", 0.5, 0),
        },
        named(MAGENTA, NEAR),
    ),
    "planned_parcel": by("planned_use", LAND_USE, named(DARK, SMALL)),
    # --- rivers: blue lines, light water; points are triangles
    "river_reach": by(
        "level",
        {
            "main": Line(BLUE, 1.5, casing=0.6),
            "first": Line(BLUE, 0.95),
            "second": Line(BLUE, 0.6),
            "other": Line(BLUE, 0.35, "long"),
        },
        along(BLUE, REGION, "river", italic=True, priority=6),
        levels=True,
    ),
    "river_channel": Style(Area(BLUE, F_SKY, "", "solid", 0.3, 120)),
    "river_management_area": Style(Area(TEAL, None, "", "dash dot", 0.5, 0, 0.9), label=named(TEAL, NEAR)),
    "shoreline_zone": by(
        "function_zone",
        {
            "protected": Area(TEAL, F_TEAL, "|2", "solid", 0.5, 90),
            "reserved": Area(TEAL, F_TEAL, "|3", "solid", 0.5, 60),
            "controlled": Area(TEAL, F_TEAL, "i3", "dash", 0.5, 50),
            "used": Area(TEAL, F_TEAL, "i4", "dot", 0.5, 20),
        },
        named(TEAL, NEAR),
    ),
    "monitoring_section": by(
        "level",
        {
            "national": Sign("triangle", NAVY, "", size=5.0, turned=180),
            "provincial": Sign("triangle", NAVY, "", "light", 5.0, 180),
            "city": Sign("triangle", NAVY, "", "hollow", 5.0, 180),
            "county": Sign("triangle", NAVY, "circle", "hollow", 4.4, 180),
        },
        beside(NAVY, MIDDLE, bold=True, priority=9),
    ),
    "outfall": by(
        "stage",
        {
            "found": Sign("triangle", MAGENTA, "", size=3.8, dense=True),
            "monitored": Sign("triangle", MAGENTA, "line", size=3.8, dense=True),
            "traced": Sign("triangle", MAGENTA, "circle", "light", 3.8, dense=True),
            "rectified": Sign("triangle", MAGENTA, "", "hollow", 3.8, dense=True),
            "closed": Sign("triangle", MAGENTA, "line", "hollow", 3.8, glyph_turned=90, dense=True),
        },
        beside(MAGENTA),
    ),
    # --- problems found: maroon diamonds
    "polluting_project": problem("stack"),
    "sand_mining": problem("shovel"),
    "wharf": problem("anchor"),
    "cage_culture": problem("fish"),
    "livestock_farm": problem("paw"),
    "waste_dump": problem("bin"),
    "dry_toilet": problem("house"),
    "catering": problem("fork"),
    "riparian_farming": by(
        "status",
        {
            "open": Area(MAROON, F_LIME, "|1", "solid", 0.5, 110),
            "rectifying": Area(MAROON, F_LIME, "|2", "dash", 0.5, 70),
            "closed": Area(MAROON, F_LIME, "|4", "dot", 0.5, 30),
        },
        named(MAROON, SMALL),
    ),
    # --- follow-up: stars
    "rectification_item": by(
        "status",
        {
            "not_started": Sign("star", RED, "", "full", 5.0),
            "rectifying": Sign("star", AMBER, "", "light", 5.0),
            "done": Sign("star", BLUE, "circle", "light", 5.0),
            "closed": Sign("star", BLUE, "", "hollow", 5.0),
        },
        beside(DARK, text="problem_no"),
    ),
    # --- context: quiet; points are pentagons
    "admin_area": by(
        "level",
        {
            "city": Area(DARK, None, "", "dash dot", 0.8, 0, 1.1),
            "county": Area(DARK, None, "", "dash dot dot", 0.5, 0),
            "town": Area(SLATE, None, "", "dash", 0.3, 0, casing=0.25),
            "village": Area(SLATE, None, "", "dot", 0.3, 0, casing=0.25),
        },
        named(DARK, REGION, "if(\"level\" = 'city', '', \"name\")", size=9.0, spaced=1.0, priority=3),
    ),
    "built_up_area": by(
        "kind",
        {
            "city": Area(SLATE, F_GREY, "", "solid", 0.3, 80),
            "county_seat": Area(SLATE, F_GREY, "\\2", "solid", 0.3, 50),
            "town": Area(SLATE, F_GREY, "\\3", "dash", 0.3, 45),
            "core": Area(DARK, F_GREY, "\\1", "solid", 0.5, 150),
        },
    ),
    "road": by(
        "road_class",
        {
            "expressway": Line(GREEN, 1.5, casing=0.5, core=(255, 236, 150)),
            "national": Line(RED, 1.1, casing=0.4, core=(255, 214, 190)),
            "provincial": Line(AMBER, 0.9, casing=0.4, core=(255, 240, 180)),
            "county": Line(BROWN, 0.55, casing=0.4),
            "township": Line(BROWN, 0.4, "long", casing=0.3),
            "urban": Line(SLATE, 0.45, casing=0.4),
        },
        along(SLATE, ZONE, size=7.5, priority=4),
        levels=True,
    ),
    "railway": by(
        "railway_class",
        {
            "high_speed": Line(DARK, 1.1, casing=0.4, core=(250, 250, 250), core_line="long"),
            "conventional": Line(DARK, 0.8, casing=0.4, core=(250, 250, 250), core_line="dash"),
            "freight_branch": Line(DARK, 0.45, casing=0.4, signs="i", every=3.0),
        },
        along(DARK, ZONE, size=7.5, priority=4),
        levels=True,
    ),
    "crossing": by(
        "crossing_kind",
        {
            "road_bridge": Line(BROWN, 1.8, core=(255, 255, 255)),
            "rail_bridge": Line(DARK, 1.8, core=(255, 255, 255), core_line="dash"),
            "dual_bridge": Line(DARK, 2.2, core=(255, 214, 190), core_line="dash"),
            "road_tunnel": Line(BROWN, 1.4, "dash", core=(255, 255, 255)),
            "rail_tunnel": Line(DARK, 1.4, "dot", core=(255, 255, 255)),
            "ferry": Line(NAVY, 0.6, "dot", signs="o", every=8.0),
        },
        along(DARK, SMALL),
    ),
    "canal": by(
        "section_kind",
        {
            "open_channel": Line(TEAL, 1.7, core=(190, 235, 245)),
            "culvert": Line(TEAL, 1.7, "dash", core=(190, 235, 245)),
            "aqueduct": Line(TEAL, 2.0, core=(190, 235, 245), signs="i", every=2.5),
            "siphon": Line(TEAL, 1.7, "dot", core=(190, 235, 245)),
            "tunnel": Line(TEAL, 1.4, "dash dot", core=(190, 235, 245)),
        },
        along(TEAL, REGION, bold=True),
    ),
    "canal_zone": by(
        "zone_kind",
        {
            "management": Area(TEAL, F_TEAL, "-1", "solid", 0.5, 90),
            "works_protection": Area(TEAL, F_TEAL, "=3", "dash dot", 0.5, 60),
            "primary": Area(RED, F_RED, "-2", "dash dot", 0.6, 60),
            "secondary": Area(AMBER, F_AMBER, "-4", "dash dot", 0.6, 50),
        },
        named(TEAL),
    ),
    "industrial_park": by(
        "park_kind",
        {
            "industrial_cluster": Area(VIOLET, F_GREY, "/3", "double", 0.6, 70),
            "characteristic": Area(VIOLET, F_GREY, "/4", "double", 0.6, 35),
            "chemical": Area(MAROON, F_PINK, "x3", "double", 0.6, 80),
            "logistics": Area(VIOLET, F_LILAC, "\\3", "double", 0.6, 60),
            "recycling": Area(OLIVE, F_LIME, "o3", "double", 0.6, 60),
            "other": Area(SLATE, F_GREY, "s4", "double", 0.6, 40),
        },
        named(VIOLET, bold=True),
    ),
    "village": Style(Sign("circle", DARK, "", "hollow", 1.8), label=beside(DARK, NEAR, priority=2)),
    "ecological_redline": Style(Area(RED, F_GREEN, "\\2", "dash dot dot", 0.6, 80), label=named(GREEN, bold=True)),
    "permanent_farmland": Style(Area(OLIVE, F_YELLOW, "v3", "solid", 0.3, 60)),
    "farmland_class": by(
        "farmland_class",
        {
            "priority": Area(GREEN, F_LIME, "=3", "solid", 0.3, 90),
            "safe_use": Area(AMBER, F_AMBER, "=2", "dash", 0.4, 70),
            "strict_control": Area(MAROON, F_RED, "=1", "solid", 0.6, 80),
        },
    ),
    "nature_reserve": by(
        "function_zone",
        {
            "core": Area(GREEN, F_GREEN, "^2", "solid", 0.8, 130),
            "buffer": Area(GREEN, F_GREEN, "^3", "dash", 0.6, 80),
            "experimental": Area(GREEN, F_GREEN, "^4", "dot", 0.6, 40),
        },
        named(GREEN, bold=True),
    ),
    "scenic_area": by(
        "protection_grade",
        {
            "core": Area(GREEN, F_TEAL, "d2", "double", 0.5, 100),
            "second": Area(GREEN, F_TEAL, "d3", "double", 0.4, 60),
            "third": Area(GREEN, F_TEAL, "d4", "dash", 0.5, 30),
        },
        named(GREEN),
    ),
    "no_burn_zone": by(
        "fuel_class",
        {
            "class_1": Area(ORANGE, F_AMBER, "i5", "long", 0.6, 16),
            "class_2": Area(ORANGE, F_AMBER, "i4", "long", 0.7, 26),
            "class_3": Area(ORANGE, F_AMBER, "i3", "long", 0.8, 36),
        },
        named(ORANGE, MIDDLE),
    ),
    "livestock_ban_zone": by(
        "zone_kind",
        {
            "ban": Area(BROWN, F_BROWN, "*3", "solid", 0.6, 44),
            "limit": Area(BROWN, F_BROWN, "*5", "dash", 0.5, 26),
            "suitable": Area(OLIVE, F_LIME, "w5", "dot", 0.4, 20),
        },
        named(BROWN, ZONE),
    ),
    "pollution_source": by(
        "kind",
        {
            "air": Sign("pentagon", SLATE, "stack", size=4.2, dense=True),
            "water": Sign("pentagon", BLUE, "wave", size=4.2, dense=True),
            "soil": Sign("pentagon", BROWN, "shovel", size=4.2, dense=True),
            "hazardous_waste": Sign("pentagon", MAGENTA, "bang", size=4.2, dense=True),
            "general": Sign("pentagon", SLATE, "", "hollow", 3.4, dense=True),
        },
        beside(DARK),
    ),
    "monitoring_station": by(
        "station_kind",
        {
            "air": Sign("pentagon", BLUE, "wave", "full", 4.4, 180, dense=True),
            "dustfall": Sign("pentagon", BROWN, "cross", "light", 4.4, 180, dense=True),
            "surface_water": Sign("pentagon", NAVY, "drop", "full", 4.4, 180, dense=True),
            "groundwater": Sign("pentagon", NAVY, "circle", "light", 4.4, 180, dense=True),
            "soil": Sign("pentagon", BROWN, "square", "full", 4.4, 180, dense=True),
            "noise": Sign("pentagon", VIOLET, "half_arc", "full", 4.4, 180, dense=True),
            "lidar": Sign("pentagon", TEAL, "eye", "light", 4.4, 180, dense=True),
            "wind_profiler": Sign("pentagon", TEAL, "fan", "hollow", 4.4, 180, dense=True),
        },
        beside(DARK),
    ),
    "construction_site": by(
        "monitored",
        {
            "true": Sign("pentagon", AMBER, "crane", "light", 4.2, dense=True),
            "false": Sign("pentagon", ORANGE, "crane", "full", 4.2, dense=True),
        },
        beside(ORANGE),
    ),
    "charging_station": Style(Sign("pentagon", TEAL, "plug", "light", 3.8, dense=True), label=beside(TEAL)),
    "tailings_pond": by(
        "status",
        stages("pentagon", BROWN, "tower", {"in_use": "full", "suspended": "light", "closed": "hollow"}, size=4.6)
        | {"abandoned": Sign("pentagon", BROWN, "cross2", "hollow", 4.6)},
        beside(BROWN, ZONE),
    ),
    "control_unit": by(
        "unit_kind",
        {
            "priority": Area(GREEN, F_GREEN, "", "solid", 0.5, 36, 1.6),
            "key": Area(RED, F_RED, "", "dash", 0.5, 26, 1.6),
            "general": Area(SLATE, F_GREY, "", "dot", 0.5, 16, 1.6),
        },
        named(DARK, ZONE),
    ),
}
#: Which boolean fields a style goes by: value -> Chinese title (the English ones are in plugin/project/styles.py).
BOOLEANS: dict[str, dict[str, str]] = {
    "heat_source": {"true": "热电联产", "false": "非热电联产"},
    "machinery_position": {"true": "已张贴环保标志", "false": "未张贴环保标志"},
    "construction_site": {"true": "已联网视频及扬尘监控", "false": "未联网视频及扬尘监控"},
}
