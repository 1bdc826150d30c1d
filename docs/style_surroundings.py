"""The styles of environmental areas, facilities and plans: the second half of style_table.py."""

from __future__ import annotations

from dataclasses import replace

from style_palette import (
    AMBER,
    BLUE,
    BROWN,
    DARK,
    F_AMBER,
    F_BLUE,
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
    RED,
    SLATE,
    SMALL,
    TEAL,
    VIOLET,
    ZONE,
    beside,
    by,
    named,
    stages,
)
from style_parts import Area, Sign, Style, Symbol
from style_table import LAND_USE

_PLANT = {"running": "full", "standby": "light", "closed": "hollow"}
_PERMIT: dict[str, Symbol] = {
    code: replace(one, line="dash dot", width=0.6) for code, one in LAND_USE.items() if isinstance(one, Area)
}


def facility(glyph: str, **more: object) -> Style:
    """Return the style of a layer of facilities without classes: slate squares with cut corners."""
    return Style(Sign("octagon", OLIVE, glyph, dense=True, **more), label=beside(OLIVE))  # type: ignore[arg-type]


SURROUNDINGS: dict[str, Style] = {
    # --- environmental areas
    "green_space": Style(Area(GREEN, F_LIME, "w3", "solid", 0.3, 80), label=named(GREEN, SMALL)),
    "wetland": by(
        "wetland_kind",
        {
            "river": Area(TEAL, F_SKY, "=2", "dash", 0.4, 90),
            "lake": Area(TEAL, F_SKY, "w2", "solid", 0.4, 90),
            "marsh": Area(TEAL, F_TEAL, "w3", "dash", 0.4, 90),
            "constructed": Area(TEAL, F_TEAL, "=3", "dot", 0.4, 60),
            "other": Area(TEAL, F_TEAL, "w4", "dot", 0.4, 40),
        },
        named(TEAL),
    ),
    "groundwater_zone": by(
        "zone_kind",
        {
            "overdraft": Area(NAVY, F_BLUE, "+3", "dash", 0.5, 40),
            "severe_overdraft": Area(NAVY, F_BLUE, "+2", "long", 0.7, 60),
            "recharge": Area(NAVY, F_SKY, "v4", "dash dot", 0.5, 40),
            "spring": Area(NAVY, F_SKY, "o4", "dash dot", 0.5, 50),
            "karst": Area(NAVY, F_GREY, "d3", "dash dot", 0.5, 50),
        },
        named(NAVY),
    ),
    "heavy_metal_zone": Style(Area(MAROON, F_PINK, "d3", "long", 0.6, 50), label=named(MAROON)),
    "basin": Style(Area(BLUE, None, "", "dash dot dot", 0.5, 0, 1.4), label=named(BLUE, MIDDLE, italic=True)),
    "landform": by(
        "landform_kind",
        {
            "plain": Area(OLIVE, F_LIME, "", "dot", 0.3, 50),
            "hill": Area(BROWN, F_AMBER, "w4", "dot", 0.3, 50),
            "mountain": Area(BROWN, F_BROWN, "w2", "dot", 0.3, 70),
        },
        named(BROWN, MIDDLE),
    ),
    "crowded_area": Style(Area(MAGENTA, F_PINK, "s3", "dash dot", 0.5, 50), label=named(MAGENTA)),
    "key_area": by(
        "area_kind",
        {
            "mining_scene": Area(TEAL, F_GREEN, "s4", "long", 0.6, 40),
            "residential": Area(MAGENTA, F_AMBER, ".4", "long", 0.6, 40),
            "environmental": Area(VIOLET, F_SKY, "*4", "long", 0.6, 40),
            "fireworks_ban": Area(RED, F_RED, "*3", "long", 0.6, 40),
            "other": Area(SLATE, F_GREY, "+4", "long", 0.6, 30),
        },
        named(VIOLET),
    ),
    "sewer_service_area": by(
        "status",
        {
            "built": Area(NAVY, F_BLUE, "i3", "solid", 0.5, 36),
            "construction": Area(NAVY, F_BLUE, "i4", "dash", 0.5, 26),
            "planned": Area(NAVY, F_BLUE, "i5", "dot", 0.5, 14),
        },
        named(NAVY),
    ),
    "truck_restriction": Style(Area(VIOLET, F_LILAC, "\\4", "long", 0.7, 40), label=named(VIOLET)),
    "road_land": Style(Area(SLATE, F_GREY, "#2", "solid", 0.3, 80), label=named(SLATE, SMALL)),
    # --- facilities: octagons, olive
    "fire_point": by(
        "fire_kind",
        {
            "straw": Sign("octagon", RED, "flame", "full", dense=True),
            "waste": Sign("octagon", RED, "bin", "light", dense=True),
            "other": Sign("octagon", RED, "circle", "hollow", dense=True),
        },
        beside(RED),
    ),
    "checkpoint": by(
        "check_kind",
        {
            "road_side": Sign("octagon", NAVY, "truck", dense=True),
            "overload": Sign("octagon", NAVY, "line", glyph_turned=90, dense=True),
            "remote_fixed": Sign("octagon", NAVY, "eye", dense=True),
            "remote_mobile": Sign("octagon", NAVY, "eye", "light", dense=True),
            "coal": Sign("octagon", DARK, "diamond", dense=True),
            "inlet": Sign("octagon", NAVY, "arrowhead", "hollow", dense=True),
        },
        beside(NAVY),
    ),
    "highway_service": facility("letter_p"),
    "petrol_station": facility("pump"),
    "sewage_facility": by(
        "facility_kind",
        {
            "city": Sign("octagon", TEAL, "wave", "full", 4.2, dense=True),
            "township": Sign("octagon", TEAL, "wave", "light", 3.8, dense=True),
            "village": Sign("octagon", TEAL, "wave", "hollow", 3.4, dense=True),
        },
        beside(TEAL),
    ),
    "industrial_furnace": by(
        "status",
        {
            **stages("octagon", BROWN, "stack", _PLANT, size=4.0, dense=True),
            "converted": Sign("octagon", GREEN, "tick", "light", 4.0, dense=True),
        },
        beside(BROWN),
    ),
    "power_unit": by(
        "status",
        {
            **stages(
                "octagon",
                OLIVE,
                "bolt",
                {"operating": "full", "construction": "light", "planned": "hollow"},
                size=4.0,
            ),
            "closed": Sign("octagon", OLIVE, "cross2", "hollow", 4.0),
        },
        beside(OLIVE),
    ),
    "parking_lot": by(
        "status",
        {
            "open": Area(SLATE, F_GREY, "s2", "solid", 0.4, 90),
            "rectifying": Area(SLATE, F_GREY, "s3", "dash", 0.4, 50),
            "closed": Area(SLATE, F_GREY, "s4", "dot", 0.4, 20),
        },
        named(SLATE, SMALL),
    ),
    "bare_land": by(
        "status",
        {
            "open": Area(ORANGE, F_BROWN, ".1", "solid", 0.4, 90),
            "rectifying": Area(ORANGE, F_BROWN, ".3", "dash", 0.4, 60),
            "closed": Area(ORANGE, F_BROWN, ".4", "dot", 0.4, 20),
        },
        named(BROWN, SMALL),
    ),
    "building": Style(
        Area(DARK, F_GREY, "", "solid", 0.25, 150, casing=0), label=named(DARK, SMALL), smallest=100_000
    ),
    "sensitive_site": by(
        "site_kind",
        {
            "residential": Area(BLUE, F_YELLOW, "s3", "solid", 0.5, 70),
            "school": Area(BLUE, F_YELLOW, "^3", "solid", 0.5, 70),
            "hospital": Area(RED, F_YELLOW, "+2", "solid", 0.5, 70),
            "nursing_home": Area(BLUE, F_YELLOW, "d3", "dash", 0.5, 70),
            "sanatorium": Area(BLUE, F_YELLOW, "+3", "dash", 0.5, 70),
        },
        named(BLUE, SMALL),
    ),
    "incident": by(
        "status",
        {"open": Sign("octagon", RED, "bang", size=4.4), "closed": Sign("octagon", RED, "bang", "hollow", 4.4)},
        beside(RED, ZONE),
    ),
    "town_seat": Style(Sign("octagon", RED, "star", "hollow", 3.4), label=beside(DARK, MIDDLE, bold=True)),
    # --- planning: thin, mostly outlines
    "statistic": Style(Area(SLATE, None, "", "dash", 0.4, 0, 0.6), label=named(SLATE)),
    "urban_growth_boundary": Style(Area(MAGENTA, None, "", "double", 0.8, 0), label=named(MAGENTA)),
    "planning_line": by(
        "line_kind",
        {
            "prohibited": Area(RED, F_RED, "\\3", "long", 0.5, 50),
            "restricted": Area(AMBER, F_YELLOW, "\\4", "long", 0.5, 50),
            "suitable": Area(OLIVE, F_LIME, "", "long", 0.5, 40),
            "green": Area(GREEN, F_GREEN, "", "double", 0.7, 40),
            "blue": Area(BLUE, F_SKY, "w4", "double", 0.7, 50),
            "purple": Area(VIOLET, F_LILAC, "-4", "double", 0.7, 50),
            "yellow": Area(AMBER, F_YELLOW, "|4", "double", 0.7, 60),
        },
        named(DARK),
    ),
    "planning_permit": by("planned_use", _PERMIT, named(DARK, SMALL)),
    "mining_right": Style(Area(BROWN, None, "/4", "long", 0.7, 0, 0.8), label=named(BROWN, NEAR)),
    "restoration_area": by(
        "task_kind",
        {
            "mine": Area(GREEN, F_BROWN, "^4", "dash dot", 0.5, 50),
            "water": Area(GREEN, F_SKY, "w3", "dash dot", 0.5, 50),
            "farmland": Area(GREEN, F_YELLOW, "v4", "dash dot", 0.5, 50),
            "forest": Area(GREEN, F_GREEN, "*3", "dash dot", 0.5, 50),
            "other": Area(GREEN, F_GREY, "+4", "dash dot", 0.5, 40),
        },
        named(GREEN, NEAR),
    ),
    "sponge_area": Style(Area(TEAL, F_SKY, ".4", "dash dot", 0.5, 40), label=named(TEAL, NEAR)),
    "supervision_grid": by(
        "grid_level",
        {
            "city": Area(VIOLET, None, "", "solid", 0.7, 0, 1.0),
            "county": Area(VIOLET, None, "", "dash dot", 0.5, 0, 0.7),
            "town": Area(VIOLET, None, "", "dash", 0.4, 0),
            "village": Area(VIOLET, None, "", "dot", 0.35, 0),
        },
        named(VIOLET, NEAR),
    ),
}
