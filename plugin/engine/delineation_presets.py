"""Figures that offices start from when a document gives none: editable, to be verified, never a citation.

``resources/delineation_presets.yaml`` describes itself.  A user's copy takes its place as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .delineation_reach import ReachLevel
from .delineation_rows import LEVELS, TO_VERIFY, UNVERIFIED, Figure
from .delineation_shapes import CircleLevel
from .delineation_shelf import SHIPPED
from .delineation_tributaries import ALONG
from .delineation_wells import WellLevel, pore_radius
from .errors import InputError
from .river.rows import issue
from .yaml_source import Place, YamlSource

#: From memory, and compared with the standard by the office.
MARKS = (UNVERIFIED, "OFFICE")
#: Verb -> the figures of a level, and of the preset itself, with their units.
_LEVEL_FIGURES: Mapping[str, Mapping[str, str]] = {
    "intake": {"upstream": "m", "downstream": "m", "land": "m", "tributary": "m"},
    "circle": {"radius": "m", "land": "m"},
    "wells": {"radius": "m", "time": "d"},
}
_OWN_FIGURES: Mapping[str, Mapping[str, str]] = {"wells": {"apart": "radii", "alpha": "ratio"}}
_WORDS = {("intake", "tributary"): ALONG, ("circle", "radius"): "all"}
_NEEDED = {"intake": ("upstream", "downstream"), "circle": ("radius",), "wells": ("radius",)}
_MAY_BE_ZERO = ("upstream", "downstream")


@dataclass(frozen=True)
class Preset:
    """One preset.

    Attributes
    ----------
    id, zh, en : str
    verb : str
        ``intake``, ``circle`` or ``wells``.
    levels : mapping of level -> what -> Figure or word
        The word is ``along`` (tributaries) or ``all`` (the whole water).
    own : mapping of what -> Figure
        Figures that hold for all levels: ``apart`` in radii, ``alpha``.
    upper : mapping of (level, what) -> float
        The upper end of figures that are ranges; the figure itself is the lower end.
    """

    id: str
    zh: str
    en: str
    verb: str
    levels: Mapping[str, Mapping[str, Figure | str]]
    own: Mapping[str, Figure] = field(default_factory=dict)
    upper: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @property
    def unverified(self) -> bool:
        """Whether any of its figures stands to be verified."""
        values = [v for level in self.levels.values() for v in level.values()] + list(self.own.values())
        return any(isinstance(v, Figure) and v.unverified for v in values)

    def title(self, lang: str = "zh") -> str:
        """Return its title; one with unverified figures says 待核实."""
        words = str(getattr(self, lang))
        if not self.unverified:
            return words
        return f"{words}({TO_VERIFY})" if lang == "zh" else f"{words} (to be verified)"

    def reach_levels(self) -> list[ReachLevel]:
        """Return its levels for an intake on a river."""
        self._is("intake")
        return [
            ReachLevel(
                level, _figure(one["upstream"]), _figure(one["downstream"]), _optional(one.get("land")),
                one.get("tributary"),
            )
            for level, one in self.levels.items()
        ]  # fmt: skip

    def circle_levels(self) -> list[CircleLevel]:
        """Return its levels for an intake on a lake."""
        self._is("circle")
        return [
            CircleLevel(level, None if one["radius"] == "all" else _figure(one["radius"]), _optional(one.get("land")))
            for level, one in self.levels.items()
        ]

    def well_levels(self) -> list[WellLevel]:
        """Return its levels for wells, with the lower end of each range as the radius."""
        self._is("wells")
        return [WellLevel(level, _figure(one["radius"])) for level, one in self.levels.items()]

    def _is(self, verb: str) -> None:
        if self.verb != verb:
            raise InputError(f"Preset '{self.id}' is for '{self.verb}', not for '{verb}'; choose another.")


def _figure(value: Figure | str) -> Figure:
    if not isinstance(value, Figure):
        raise InputError(f"'{value}' is no figure; the preset must give a number here.")
    return value


def _optional(value: Figure | str | None) -> Figure | None:
    return None if value is None else _figure(value)


def load_presets(path: str | Path | None = None) -> Mapping[str, Preset]:
    """Return the presets of a file by id, in its order; the shipped ones where no file is given.

    Raises
    ------
    InputError
        At the first thing that does not fit, with file, line and key.
    """
    source = YamlSource(Path(path) if path else SHIPPED, "Presets file")
    top = source.mapping(source.data, (), ("about", "presets"), ("presets",))
    if "about" in top:
        source.mapping(top["about"], ("about",), ("zh", "en"))
    found = source.mapping(top["presets"], ("presets",))
    return MappingProxyType({str(name): _preset(source, str(name), one) for name, one in found.items()})


def preset(name: str, path: str | Path | None = None) -> Preset:
    """Return one preset.

    Raises
    ------
    InputError
        If there is none of that id.
    """
    found = load_presets(path)
    if name not in found:
        raise InputError(f"There is no preset '{name}'; use one of {', '.join(found)}.")
    return found[name]


def _preset(source: YamlSource, name: str, data: Any) -> Preset:
    at: Place = ("presets", name)
    if not isinstance(data, dict) or data.get("verb") not in _LEVEL_FIGURES:
        source.mapping(data, at)
        raise source.fault((*at, "verb"), f"'verb' must be one of {', '.join(_LEVEL_FIGURES)}")
    verb = data["verb"]
    own_units = _OWN_FIGURES.get(verb, {})
    data = source.mapping(data, at, ("zh", "en", "verb", "levels", *own_units), ("zh", "en", "levels"))
    levels: dict[str, dict[str, Figure | str]] = {}
    upper: dict[tuple[str, str], float] = {}
    for level, one in source.mapping(data["levels"], (*at, "levels"), LEVELS, ()).items():
        here = (*at, "levels", level)
        units = _LEVEL_FIGURES[verb]
        one = source.mapping(one, here, units, _NEEDED[verb])
        levels[level] = {}
        for what, value in one.items():
            if value == _WORDS.get((verb, what), object()):
                levels[level][what] = value
                continue
            levels[level][what], top = _read(source, value, (*here, what), units[what], name)
            if top is not None:
                upper[(level, what)] = top
    if not levels:
        raise source.fault((*at, "levels"), "give the figures of at least one level")
    ordered = {level: MappingProxyType(levels[level]) for level in LEVELS if level in levels}
    own = {
        what: _read(source, data[what], (*at, what), unit, name)[0]
        for what, unit in own_units.items() if what in data
    }  # fmt: skip
    return Preset(name, str(data["zh"]), str(data["en"]), verb, MappingProxyType(ordered), own, upper)


def _read(source: YamlSource, data: Any, at: Place, unit: str, name: str) -> tuple[Figure, float | None]:
    """Read one figure and the upper end of its range."""
    data = source.mapping(data, at, ("value", "to", "unit", "mark"), ("mark",))
    if "value" not in data:
        raise source.fault(at, "'value' is missing; add it")
    if data["mark"] not in MARKS:
        raise source.fault((*at, "mark"), f"'mark' must be one of {', '.join(MARKS)}")
    if data.get("unit", "m") != unit:
        raise source.fault((*at, "unit"), f"this figure is in {unit}; write 'unit: {unit}'")
    for key in ("value", "to"):
        value = data.get(key)
        if value is None and key == "to":
            continue
        least_ok = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e6
        if not least_ok or (value == 0 and at[-1] not in _MAY_BE_ZERO):
            raise source.fault((*at, key), "give a number greater than 0 and below 1000000")
    top = data.get("to")
    if top is not None and top < data["value"]:
        raise source.fault((*at, "to"), "the upper end of the range is below its value")
    return Figure(float(data["value"]), "preset", data["mark"], name), None if top is None else float(top)


def pore_levels(
    one: Preset, k: Figure, i: Figure, n: Figure
) -> tuple[list[WellLevel], dict[str, Figure], list[dict[str, Any]]]:
    """Return the levels of wells in pore water, their radii computed by R = α·K·I·T/n.

    Parameters
    ----------
    one : Preset
        Gives α, T of each level, and the range of radii of its medium.
    k, i, n : Figure
        Conductivity in m/d, gradient, effective porosity.

    Returns
    -------
    levels : list of WellLevel
    inputs : dict of name -> Figure
        What was computed from, for the record.
    issues : list of issue rows
        Where the least radius of the medium stands in, or the computed one is beyond its range.

    Raises
    ------
    InputError
        If the preset has no α or T.
    """
    one._is("wells")
    alpha = one.own.get("alpha")
    if alpha is None or any("time" not in level for level in one.levels.values()):
        raise InputError(f"Preset '{one.id}' has no alpha or no travel time, so that no radius can be computed by it.")
    inputs = {"K": k, "I": i, "n": n, "alpha": alpha}
    levels, issues = [], []
    for name, level in one.levels.items():
        least, time = _figure(level["radius"]), _figure(level["time"])
        radius, stands_in = pore_radius(k, i, time, n, alpha, least)
        inputs[f"T_{name}"] = time
        levels.append(WellLevel(name, radius))
        top = one.upper.get((name, "radius"))
        zh, en = LEVELS[name], name
        if stands_in:
            issues.append(issue(
                "info", "least_radius", f"{zh}:计算半径小于该介质下限,取 {least.value:g} 米({TO_VERIFY})",
                f"{en}: the computed radius is below the least of its medium; {least.value:g} m was taken, to be"
                f" verified.",
            ))  # fmt: skip
        elif top is not None and radius.value > top:
            issues.append(issue(
                "warning", "beyond_range", f"{zh}:计算半径 {radius.value:.0f} 米大于该介质上限 {top:g} 米,请核对参数",
                f"{en}: the computed radius of {radius.value:.0f} m is beyond the {top:g} m of its medium; check the"
                f" figures.",
            ))  # fmt: skip
    return levels, inputs, issues
