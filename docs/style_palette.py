"""Colours, scales of names and short ways to say a style, shared by the tables of styles."""

from __future__ import annotations

from collections.abc import Mapping

from style_parts import Label, Sign, Style, Symbol, unknown

# Inks: 4.5 to 1 or more against white, so that outlines and labels read on paper and, cased, on imagery.
RED, AMBER, BLUE = (200, 40, 30), (158, 91, 0), (33, 96, 165)
NAVY, TEAL, GREEN, OLIVE = (18, 60, 112), (0, 104, 104), (38, 104, 42), (96, 94, 12)
BROWN, MAROON, MAGENTA, VIOLET = (116, 64, 20), (124, 16, 62), (160, 22, 112), (98, 50, 150)
SLATE, DARK, ORANGE, PURPLE = (70, 82, 92), (48, 48, 54), (180, 72, 0), (84, 30, 96)
# Fills.
F_RED, F_AMBER, F_SKY, F_BLUE = (200, 40, 30), (240, 160, 32), (86, 180, 233), (60, 130, 200)
F_GREEN, F_LIME, F_YELLOW, F_PINK = (60, 150, 70), (150, 190, 60), (245, 215, 70), (225, 110, 170)
F_BROWN, F_LILAC, F_TEAL, F_GREY = (170, 110, 60), (160, 130, 205), (50, 165, 160), (140, 145, 152)

#: Scales from which names show: those one finds the way by, zones, small things.
REGION, MIDDLE, ZONE, NEAR, SMALL = 400_000, 200_000, 100_000, 50_000, 25_000
OTHER = "未填或未知"


def by(attribute: str, classes: Mapping[str, Symbol], label: Label | None = None, **more: object) -> Style:
    """Return a style by a field's codes (titled from its domain when written), and the class of all the rest."""
    found = [(code, "", one) for code, one in classes.items()]
    found.append(("", OTHER, unknown(next(iter(classes.values())))))
    return Style(attribute=attribute, classes=tuple(found), label=label, **more)  # type: ignore[arg-type]


def named(ink: tuple[int, int, int], scale: int = ZONE, text: str = "name", **more: object) -> Label:
    """Return the label of an area."""
    return Label(text, scale, ink, place="area", **more)  # type: ignore[arg-type]


def beside(ink: tuple[int, int, int], scale: int = SMALL, text: str = "name", **more: object) -> Label:
    """Return the label of a point."""
    return Label(text, scale, ink, size=8.0, **more)  # type: ignore[arg-type]


def along(ink: tuple[int, int, int], scale: int, text: str = "name", **more: object) -> Label:
    """Return the label of a line."""
    return Label(text, scale, ink, place="line", **more)  # type: ignore[arg-type]


def stages(
    frame: str, ink: tuple[int, int, int], glyph: str, states: Mapping[str, str], **more: object
) -> dict[str, Symbol]:
    """Return signs that differ by how full they are: what is open is full, what is over is hollow."""
    return {code: Sign(frame, ink, glyph, state, **more) for code, state in states.items()}  # type: ignore[arg-type]
