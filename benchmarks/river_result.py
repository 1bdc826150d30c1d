"""What the river benchmark found, as every benchmark tells it: rows, checks, goals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .results import Check, Goal, Result, Row, ratios

OURS, OURS_QGIS = "ours, engine's venv", "ours, QGIS's Python"
GIGABYTE_MB = 1024.0
_LEFT_OUT = "not measured in this Python"
_ABOUT = (
    "From four files (rivers, sections, sites as GeoPackages in EPSG:4490) to the list of sites in the control zone of each"
    " section: 5,000 m up all tributaries, 500 m down, 500 m to both sides, cut square. {world}. Each answer comes from a fresh"
    " process, from opening the first file to the last row, imports not counted; ours {runs} times, peers once. The truth"
    " shares nothing with the engine. On the damaged twin (2 % reversed, 1 % gaps, 2 % multi-part, 1 % double vertices) a"
    " section is silently wrong if it is off by more than 1 m and nothing names it."
)


def result_of(data: Mapping[str, Any]) -> Result:
    """Return the result of a run of `river`.

    Parameters
    ----------
    data : mapping
        As `river` writes it, with all runs of each stage under ``all``.
    """
    pythons = {OURS: data["ours"]["engine"], OURS_QGIS: data["ours"].get("QGIS")}
    return Result(
        "river", "River sections", _ABOUT.format(world=data["world"], runs=data["runs"]), _rows(data, pythons), _checks(data),
        _goals(data, pythons), tuple(_profile(pythons)),
    )  # fmt: skip


def _rows(data: Mapping[str, Any], pythons: Mapping[str, Any]) -> tuple[Row, ...]:
    rows = []
    for who, one in data["systems"].items():
        row = _row("from files to the list of sites", who, one, "whole")
        rows.append(replace(row, note=_joined(row.note, _score(data, who))) if row.seconds else row)
    for who, one in pythons.items():
        if one is not None:
            rows.append(_row("trace, cut and zone alone", who, one["staged"], "trace", "zone"))
            rows.append(_row("one section, cold: read, build, answer", who, one["one"], "cold"))
            rows.append(_row("one section, warm", who, one["one"], "warm"))
            rows.append(_row("one section, warm, with a city's sites", who, one["one"], "warm, with sites of a city"))
    return ratios(rows, OURS)


def _score(data: Mapping[str, Any], who: str) -> str:
    """How right a peer's answer is; ours is checked below the table."""
    one = data["scores"].get(who)
    if one is None or "failed" in one:
        return ""
    return (
        f"{one['off by more than 0.1 m']} of {one['sections']:,} sections off by more than 0.1 m; of {one['pairs']:,} sites"
        f" {one['sites missed']} missed, {one['sites false']} false"
    )


def _row(task: str, who: str, one: Mapping[str, Any], *stages: str) -> Row:
    if "failed" in one:
        return Row(task, who, note=str(one["failed"]))
    runs = one.get("all") or {name: [value] for name, value in one["seconds"].items()}
    seconds = tuple(sum(parts) for parts in zip(*(runs[name] for name in stages)))
    return Row(task, who, seconds, one["peak_mb"], note="once" if one.get("note") == "once" else "")


def _checks(data: Mapping[str, Any]) -> tuple[Check, ...]:
    out = []
    for who, one in data["scores"].items():
        if not who.startswith("ours"):
            continue
        if "failed" in one:
            out.append(Check(f"{who}: an answer", False, str(one["failed"])))
            continue
        off = one["off by more than 0.1 m"]
        out.append(
            Check(
                f"{who}, clean network: every length within 0.1 m of the truth", off == 0,
                f"{off} of {one['sections']:,} sections off, largest error {one['largest error, m']:.2g} m",
            )
        )  # fmt: skip
        out.append(
            Check(
                f"{who}, clean network: the same sites as the truth", one["sites missed"] + one["sites false"] == 0,
                f"{one['pairs']:,} sites; missed {one['sites missed']}, false {one['sites false']}",
            )
        )  # fmt: skip
    for who, one in data["damaged"].items():
        if who.startswith("ours") and "failed" in one:
            out.append(Check(f"{who}, damaged network: an answer", False, str(one["failed"])))
    return tuple(out)


def _goals(data: Mapping[str, Any], pythons: Mapping[str, Any]) -> tuple[Goal, ...]:
    count = f"{data['sections']:,}"
    words = "" if data["scale"] == 1 else f"at scale {data['scale']:g}; meant for a province"

    def figure(who: str, task: str, *stages: str) -> float | None:
        one = pythons[who]
        return None if one is None else _row("", who, one[task], *stages).median

    def each(what: str, limit: float, task: str, *stages: str, scale: float = 1.0) -> list[Goal]:
        out = []
        for who in pythons:
            value = figure(who, task, *stages)
            out.append(
                Goal(
                    what.format(who.removeprefix("ours, ")), None if value is None else value * scale, limit, "<=",
                    words=words if value is not None else _LEFT_OUT,
                )
            )  # fmt: skip
        return out

    whole = f"{count} sections from file to list, {{}}: at most {{:g}} s"
    out = []
    for who, limit in ((OURS, 2.0), (OURS_QGIS, 5.0)):
        value = figure(who, "whole", "whole")
        said = words if value is not None else _LEFT_OUT
        out.append(Goal(whole.format(who.removeprefix("ours, "), limit), value, limit, "<=", words=said))
    out += each(f"trace, cut and zone of {count} sections, {{}}: at most 0.6 s", 0.6, "staged", "trace", "zone")
    out += each("one section, nothing read yet, {}: at most 1.5 s", 1.5, "one", "cold")
    out += each("one section, network there, {}: at most 20 ms", 20.0, "one", "warm", scale=1000.0)
    out.append(_silent(data, words))
    for who, one in pythons.items():
        peak = None if one is None else one["whole"].get("peak_mb")
        said = words if peak is not None else _LEFT_OUT
        out.append(Goal(f"peak memory, {who.removeprefix('ours, ')}: below 1 GB (MB)", peak, GIGABYTE_MB, "<", words=said))
    return tuple(out)


def _silent(data: Mapping[str, Any], words: str) -> Goal:
    """Sections wrong without a word on the damaged twin; the worse of the two forms of sections."""
    key = "off by more than 1 m, silently"
    found = {who: one[key] for who, one in data["damaged"].items() if "failed" not in one}
    ours = [value for who, value in found.items() if who.startswith("ours")]
    said = "; ".join(f"{who} {value}" for who, value in found.items() if not who.startswith("ours"))
    goal = f"damaged network, of {data['sections']:,} sections silently wrong: none"
    return Goal(goal, max(ours, default=None), 0, "==", words=_joined(said, words))


def _profile(pythons: Mapping[str, Any]) -> list[str]:
    out = []
    for who, one in pythons.items():
        if one is not None and "seconds" in one["staged"]:
            seconds = {name: value for name, value in one["staged"]["seconds"].items() if name not in ("import", "process")}
            parts = ", ".join(f"{name} {value:.3f} s" for name, value in sorted(seconds.items(), key=lambda kv: -kv[1]))
            out.append(f"{who}, stage by stage (sum {sum(seconds.values()):.2f} s): {parts}")
    return out


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
