"""What a benchmark found: rows of times, checks of the answers, goals; kept as JSON, shown as Markdown.

Every benchmark writes one `Result` with ``--json FILE``; `run` gathers them into RESULTS.md.  Seconds are given run by
run, so that the spread is seen; a peer that could not run is a row without seconds whose note says why.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

SENSES = ("<=", "<", ">=", ">", "==")
#: What became of a part of a run.
DONE, FAILED, ABSENT = "done", "failed", "not there"


@dataclass(frozen=True)
class Row:
    """Times of one task by one system.

    Attributes
    ----------
    task, who : str
        What was done, and by which system; the ratio compares rows of one task.
    seconds : tuple of float
        Every repetition; empty where it could not run.
    peak_mb : float, optional
        Highest resident memory of the process, in megabytes.
    ratio : float, optional
        This row's median seconds over those of `of`.
    of : str
        The system that the ratio is to.
    note : str
        Anything else, such as why it could not run.
    """

    task: str
    who: str
    seconds: tuple[float, ...] = ()
    peak_mb: float | None = None
    ratio: float | None = None
    of: str = ""
    note: str = ""

    @property
    def median(self) -> float | None:
        """Median seconds."""
        return statistics.median(self.seconds) if self.seconds else None


@dataclass(frozen=True)
class Check:
    """Whether the answers were right."""

    what: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Goal:
    """A goal beside its figure.

    Attributes
    ----------
    goal : str
        The goal in words, units included.
    figure : float, optional
        What was measured; None where it was not.
    limit : float, optional
        What it is held to, in the figure's unit.
    sense : str
        How the figure has to stand to the limit: one of `SENSES`.
    said : bool, optional
        What the benchmark says itself; it counts only where there is no figure to compare.
    words : str
        What the figure does not say.
    """

    goal: str
    figure: float | None = None
    limit: float | None = None
    sense: str = "<="
    said: bool | None = None
    words: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where nothing was measured."""
        if self.figure is None or self.limit is None:
            return self.said
        return holds(self.figure, self.sense, self.limit)

    @property
    def disputed(self) -> bool:
        """Whether the benchmark says otherwise than its own figure."""
        return self.said is not None and self.met is not self.said


@dataclass(frozen=True)
class Aim:
    """A goal that a benchmark is there for, named before it has run.

    Attributes
    ----------
    text : str
        The goal in words; shown where the benchmark gives no figure for it.
    sign : str
        What the benchmark's own words hold where it speaks of this goal, a regular expression: a goal of its own, or
        checks, which have no figure.
    """

    text: str
    sign: str


@dataclass(frozen=True)
class Result:
    """All that one benchmark found; see the attributes' own classes."""

    name: str
    title: str
    about: str = ""
    rows: tuple[Row, ...] = ()
    checks: tuple[Check, ...] = ()
    goals: tuple[Goal, ...] = ()
    profile: tuple[str, ...] = ()
    versions: Mapping[str, str] | None = None

    @property
    def wrong(self) -> list[str]:
        """The checks that do not hold."""
        return [check.what for check in self.checks if not check.ok]


@dataclass(frozen=True)
class Part:
    """One benchmark's place in a run: its result, or why there is none.

    Attributes
    ----------
    name, title : str
    state : str
        `DONE`, `FAILED` or `ABSENT`.
    words : str
        Why it failed or is not there.
    result : Result, optional
        What it wrote; a part that fails may have written one.
    began : str
        Local date and time.
    took_s : float
        Seconds from start to end, data made included.
    command, commit : str
        What was run, on which state of the source.
    load, used : float
        Before the start: load average of a minute, and the share of all processors in use.
    busy : bool
        Whether something else was at work then.
    short : bool
        Whether it was a short run.
    expected : tuple of Aim
        The goals that the part is there for, told where it gives none.
    """

    name: str
    title: str
    state: str = DONE
    words: str = ""
    result: Result | None = None
    began: str = ""
    took_s: float = 0.0
    command: str = ""
    commit: str = ""
    load: float = 0.0
    used: float = 0.0
    busy: bool = False
    short: bool = False
    expected: tuple[Aim, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it ran and its answers were right."""
        return self.state == DONE and self.result is not None and not self.result.wrong

    def goals(self) -> tuple[Goal, ...]:
        """Its goals, and those that it is there for and gives no word of, without figures."""
        given = self.result.goals if self.result is not None else ()
        if self.state != DONE:
            why = self.words or self.state
        else:
            why = "left out of a short run" if self.short else "the benchmark gave no figure"
        out = list(given)
        for aim in self.expected:
            if any(re.search(aim.sign, goal.goal, re.IGNORECASE) for goal in given):
                continue
            checks = self.result.checks if self.result is not None else ()
            held = [check for check in checks if re.search(aim.sign, check.what, re.IGNORECASE)]
            if held:
                bad = sum(not check.ok for check in held)
                out.append(Goal(aim.text, said=not bad, words=f"checked {len(held)} x below" + (f", wrong {bad} x" if bad else "")))
            else:
                out.append(Goal(aim.text, words=why))
        return tuple(out)


def holds(figure: float, sense: str, limit: float) -> bool:
    """Whether a figure stands to a limit as it should.

    Raises
    ------
    ValueError
        If there is no such sense.
    """
    if sense == "<=":
        return bool(figure <= limit)
    if sense == "<":
        return bool(figure < limit)
    if sense == ">=":
        return bool(figure >= limit)
    if sense == ">":
        return bool(figure > limit)
    if sense == "==":
        return bool(figure == limit)
    raise ValueError(f"no such sense: {sense!r}; there are {', '.join(SENSES)}")


def ratios(rows: Iterable[Row], of: str) -> tuple[Row, ...]:
    """Give each row the ratio of its median to that of the system `of` on the same task, where both ran."""
    rows = tuple(rows)
    base = {row.task: row.median for row in rows if row.who == of}
    out = []
    for row in rows:
        known = base.get(row.task)
        if row.who == of or row.median is None or not known:
            out.append(row)
        else:
            out.append(replace(row, ratio=row.median / known, of=of))
    return tuple(out)


# --- JSON ---------------------------------------------------------------------------------------------


def to_json(result: Result) -> dict[str, Any]:
    """Return a result as plain data; each goal says whether it is met."""
    out = asdict(result)
    out["versions"] = dict(result.versions or {})
    for plain, goal in zip(out["goals"], result.goals):
        del plain["said"]
        plain["met"] = goal.met
    return out


def from_json(data: Mapping[str, Any]) -> Result:
    """Return the result that plain data describes.

    Raises
    ------
    ValueError
        If a needed key is missing or a value is of the wrong kind; the message says which.
    """
    if not isinstance(data, Mapping):
        raise ValueError("a result is an object")
    goals = []
    for one in _objects(data, "goals"):
        sense = str(one.get("sense", "<="))
        if sense not in SENSES:
            raise ValueError(f"goal {one.get('goal')!r}: no such sense: {sense!r}")
        said = one.get("met")
        goals.append(
            Goal(
                _text(one, "goal"), _number(one, "figure"), _number(one, "limit"), sense,
                None if said is None else bool(said), str(one.get("words") or ""),
            )
        )  # fmt: skip
    rows = [
        Row(
            _text(one, "task"), _text(one, "who"), _numbers(one, "seconds"), _number(one, "peak_mb"), _number(one, "ratio"),
            str(one.get("of") or ""), str(one.get("note") or ""),
        )
        for one in _objects(data, "rows")
    ]  # fmt: skip
    checks = [Check(_text(one, "what"), one.get("ok") is True, str(one.get("detail") or "")) for one in _objects(data, "checks")]
    profile = data.get("profile") or ()
    return Result(
        _text(data, "name"), _text(data, "title"), str(data.get("about") or ""), tuple(rows), tuple(checks), tuple(goals),
        (profile,) if isinstance(profile, str) else tuple(map(str, profile)),
        {str(name): str(value) for name, value in (data.get("versions") or {}).items()},
    )  # fmt: skip


def write(path: Path | str, result: Result | Mapping[str, Any]) -> None:
    """Write a result as JSON; plain data is looked at first.  Nothing half written stays.

    Raises
    ------
    ValueError
        As `from_json`.
    """
    plain = to_json(result if isinstance(result, Result) else from_json(result))
    _put(Path(path), plain)


def read(path: Path | str) -> Result:
    """Read a result.

    Raises
    ------
    OSError, ValueError
        If there is no such file, or it holds no result.
    """
    return from_json(json.loads(Path(path).read_text(encoding="utf-8")))


def write_part(path: Path, part: Part) -> None:
    """Keep a part of a run, to be shown again later."""
    plain = {**asdict(replace(part, result=None)), "result": None if part.result is None else to_json(part.result)}
    _put(path, plain)


def read_part(path: Path) -> Part:
    """Read what `write_part` kept.

    Raises
    ------
    OSError, ValueError
        If there is no such file, or it holds no part.
    """
    plain = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(plain, dict):
        raise ValueError(f"{path.name} holds no part of a run")
    result = plain.pop("result", None)
    expected = plain.pop("expected", ())
    try:
        return Part(**plain, expected=tuple(Aim(**aim) for aim in expected), result=None if result is None else from_json(result))
    except TypeError as error:
        raise ValueError(f"{path.name} was written by another version: {error}") from None


def _put(path: Path, plain: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(plain, ensure_ascii=False, indent=1, default=_scalar), encoding="utf-8")
    part.replace(path)


def _scalar(value: Any) -> Any:
    """A number or truth value of numpy's as Python's own."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{value!r} has no place in a result")


def _objects(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = data.get(key) or []
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise ValueError(f"{key} is a list of objects")
    return found


def _text(data: Mapping[str, Any], key: str) -> str:
    found = data.get(key)
    if not isinstance(found, str) or not found:
        raise ValueError(f"{key} is missing in {str(dict(data))[:100]}")
    return found


def _number(data: Mapping[str, Any], key: str) -> float | None:
    """A finite number; None for what is not there or not a number (JSON has no NaN, Python writes one)."""
    found = data.get(key)
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise ValueError(f"{key} is a number, not {found!r}")
    return float(found) if math.isfinite(found) else None


def _numbers(data: Mapping[str, Any], key: str) -> tuple[float, ...]:
    found = data.get(key)
    if found is None:
        return ()
    found = found if isinstance(found, list) else [found]
    return tuple(value for value in (_number({key: one}, key) for one in found) if value is not None)


# --- Markdown -----------------------------------------------------------------------------------------


def report(parts: Sequence[Part], machine: Mapping[str, str], how: Sequence[str]) -> str:
    """Return the whole report.

    Parameters
    ----------
    parts : sequence of Part
    machine : mapping
        What it ran on and with, name to value.
    how : sequence of str
        Sentences about this run: the command, the date.
    """
    out = ["# What the benchmarks found", "", *how, ""]
    if any(part.short for part in parts):
        out += ["**A short run, on a tenth of the data: the goals are meant for the full one, and spreads are wide.**", ""]
    busy = [part.title for part in parts if part.busy]
    if busy:
        out += [f"**Something else was at work on the machine before: {'; '.join(busy)}. Their seconds are too high.**", ""]
    out += ["## Goals", "", goals_table(parts), "", "## The machine", "", table(("", ""), machine.items()), ""]
    for part in parts:
        out += [part_text(part, machine), ""]
    return "\n".join(out).rstrip("\n") + "\n"


def goals_table(parts: Sequence[Part]) -> str:
    """Every goal beside its figure, met or not."""
    rows = []
    for part in parts:
        for goal in part.goals():
            words = [goal.words] if goal.words else []
            if goal.disputed:
                words.append("(the benchmark itself says otherwise than its figure)")
            if part.busy and goal.figure is not None:
                words.append("(busy machine)")
            limit = f"{_sense(goal.sense)} {number(goal.limit)}" if goal.limit is not None else ""
            figure = number(goal.figure) if goal.figure is not None else ""
            rows.append([part.title, goal.goal, figure, limit, _met(goal.met), " ".join(words)])
    return table(("benchmark", "goal", "figure", "limit", "met", ""), rows)


def summary(parts: Sequence[Part]) -> str:
    """One line: how many goals are met, which parts failed."""
    goals = [goal.met for part in parts for goal in part.goals()]
    said = f"{sum(met is True for met in goals)} of {len(goals)} goals met"
    for count, what in ((sum(met is False for met in goals), "not met"), (sum(met is None for met in goals), "not measured")):
        if count:
            said += f", {count} {what}"
    bad = [f"{part.name} ({_trouble(part)})" for part in parts if not part.good]
    return f"{said}." + (f" In trouble: {', '.join(bad)}." if bad else "")


def _trouble(part: Part) -> str:
    if part.state != DONE:
        return part.state
    return "wrong answers" if part.result is not None else "no result"


def part_text(part: Part, machine: Mapping[str, str] | None = None) -> str:
    """One part: what it is about, its tables, its checks, where the time goes."""
    out = [f"## {part.title}", ""]
    if part.state != DONE:
        out += [f"**{part.state.capitalize()}.** {_cell(part.words)}".rstrip(), ""]
    result = part.result
    if result is not None:
        if result.about:
            out += [result.about, ""]
        if result.rows:
            out += [rows_table(result.rows), ""]
        if result.checks:
            out += [table(("checked", "right", ""), [[c.what, "yes" if c.ok else "**NO**", c.detail] for c in result.checks]), ""]
        if result.profile:
            out += ["Where the time goes:", "", *(f"- {_line(one)}" for one in result.profile), ""]
        known = " ".join((machine or {}).values())
        own = [f"{name} {value}" for name, value in (result.versions or {}).items() if value not in known]
        if own:
            out += [f"With {', '.join(own)}.", ""]
    if part.began:
        state = f"load average before {part.load:.1f}, processors {100 * part.used:.0f} % in use"
        out.append(f"`{part.command}`, {part.began}, {_minutes(part.took_s)}; source {part.commit or 'unknown'}; {state}.")
        if part.busy:
            out[-1] += " **The machine was busy.**"
    return "\n".join(out).rstrip()


def rows_table(rows: Iterable[Row]) -> str:
    """The rows of one benchmark."""
    lines = []
    for row in rows:
        spread: list[str]
        if row.seconds:
            spread = [seconds(min(row.seconds)), seconds(row.median), seconds(max(row.seconds))]
        else:
            spread = ["", "not run", ""]
        lines.append([row.task, row.who, *spread, ratio(row.ratio, row.of), "" if row.peak_mb is None else f"{row.peak_mb:,.0f}", row.note])
    return table(("task", "who", "least s", "median s", "most s", "ratio", "peak MB", ""), lines)


def table(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table; what would break it is escaped."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def seconds(value: float | None) -> str:
    """Seconds to three figures."""
    if value is None:
        return ""
    if value >= 99.95:
        return f"{value:,.0f}"
    if value >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.9995 else f"{value:.3g}"


def number(value: float) -> str:
    """A figure, short: whole numbers whole, others to three figures."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def ratio(value: float | None, of: str) -> str:
    """How many times another's time; less than a tenth as a fraction."""
    if value is None:
        return ""
    if 0 < value < 0.1:
        return f"1/{number(round(1 / value))} of {of}".strip()
    return f"{value:.2f} x {of}".strip() if value < 10 else f"{number(round(value))} x {of}".strip()


def _sense(sense: str) -> str:
    return {"<=": "at most", "<": "below", ">=": "at least", ">": "above", "==": "exactly"}[sense]


def _met(met: bool | None) -> str:
    return {True: "yes", False: "**no**", None: "not measured"}[met]


def _minutes(value: float) -> str:
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def _line(text: str) -> str:
    return " ".join(str(text).split())


def _cell(value: Any) -> str:
    return _line(value).replace("|", "\\|")
