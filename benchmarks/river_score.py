"""Compares answers with the truth, section by section."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .river_truth import lengths_of

if TYPE_CHECKING:
    from .river_truth import Walk
    from .rivers_made import Damage, World


#: Repairs that move the end of a reach; the row that tells of one accounts for so many metres and no more: an end within
#: the tolerance of a line that it nears at a sharp angle is joined some metres from where it was drawn.
ENDS = frozenset({"gap_joined", "node_added"})
MOVED = 10.0


@dataclass
class Answer:
    """What a system answered.

    Attributes
    ----------
    up, down : dict of section -> dict of reach -> metres
        The traced river; a system that does not name the reaches gives all metres under reach -1.
    inside : set of (section, site)
    told, mended : dict of section -> set of codes
        Warnings and errors that name the section; and what was mended on its river.
    chainage : dict of (section, up, reach) -> (low, high)
        Distance from the section at both ends of what was traced of a reach; empty where it is not given.
    """

    up: dict[int, dict[int, float]] = field(default_factory=dict)
    down: dict[int, dict[int, float]] = field(default_factory=dict)
    inside: set[tuple[int, int]] = field(default_factory=set)
    told: dict[int, set[str]] = field(default_factory=dict)
    mended: dict[int, set[str]] = field(default_factory=dict)
    chainage: dict[tuple[int, bool, int], tuple[float, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "up": [[s, r, m] for s, by in self.up.items() for r, m in by.items()],
            "down": [[s, r, m] for s, by in self.down.items() for r, m in by.items()],
            "inside": sorted(map(list, self.inside)),
            "told": [[s, sorted(codes)] for s, codes in self.told.items()],
            "mended": [[s, sorted(codes)] for s, codes in self.mended.items()],
            "chainage": [[*key, *value] for key, value in self.chainage.items()],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Answer:
        """The way back."""
        out = cls()
        for name, into in (("up", out.up), ("down", out.down)):
            for s, r, m in data[name]:
                into.setdefault(s, {})[r] = m
        out.inside = set(map(tuple, data["inside"]))
        out.told = {s: set(codes) for s, codes in data.get("told", [])}
        out.mended = {s: set(codes) for s, codes in data.get("mended", [])}
        out.chainage = {(s, up, r): (low, high) for s, up, r, low, high in data.get("chainage", [])}
        return out


def number(uid: str) -> int:
    """The row that an id was made of."""
    return int(uid[1:])


def answer_of(result: Any) -> Answer:
    """Read the engine's result; lengths are measured on the lines it gives, not taken from its columns."""
    out = Answer()
    reach = result.reach
    metres = lengths_of(np.asarray(reach.geometry.array))
    rows = zip(reach["section_id"], reach["reach_uid"], reach["direction"], reach["from_m"], reach["to_m"], metres)
    for section, uid, direction, low, high, length in rows:
        s, r, up = number(section), number(uid), direction == "U"
        by = (out.up if up else out.down).setdefault(s, {})
        by[r] = by.get(r, 0.0) + float(length)
        low, high = sorted((abs(low), abs(high)))
        was = out.chainage.get((s, up, r), (np.inf, 0.0))
        out.chainage[s, up, r] = (min(was[0], float(low)), max(was[1], float(high)))
    found = result.finding
    hit = found[(found["status"] == "hit").to_numpy()]
    out.inside = set(zip(map(number, hit["section_id"]), map(number, hit["site_id"])))
    for severity, code, sections in zip(*(result.issue[c] for c in ("severity", "code", "section_id"))):
        into = out.mended if severity == "info" else out.told
        for one in (sections or "").split(","):
            if one.strip():
                into.setdefault(number(one.strip()), set()).add(code)
    return out


def trace_error(answer: Answer, section: int, walk: Walk) -> float:
    """Metres by which a traced river differs from the truth: the largest difference in the metres of a reach, in the
    metres up or down, and in a chainage where it is given.

    A section that was not traced is off by all of its river.
    """
    worst = 0.0
    for up, given in ((True, answer.up), (False, answer.down)):
        mine, true = given.get(section, {}), walk.by_reach(up)
        worst = max(worst, abs(sum(mine.values()) - sum(true.values())))
        if set(mine) == {-1}:
            continue
        worst = max([worst, *(abs(mine.get(r, 0.0) - true.get(r, 0.0)) for r in set(mine) | set(true))])
        for piece in walk.pieces if answer.chainage else ():
            if piece.up != up or (section, up, piece.reach) not in answer.chainage:
                continue
            low, high = answer.chainage[section, up, piece.reach]
            far = piece.near + piece.high - piece.low
            worst = max(worst, abs(low - piece.near), abs(high - far))
    return worst


def errors_of(answer: Answer, walks: list[Walk]) -> list[float]:
    """:func:`trace_error` of every section."""
    return [trace_error(answer, s, walk) for s, walk in enumerate(walks)]


def site_errors(
    answer: Answer, lists: list[tuple[set[int], set[int]]], only: set[int] | None = None
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return the (section, site) pairs that were missed and those that are false, beyond the edge."""
    asked = range(len(lists)) if only is None else only
    sure = {(s, p) for s in asked for p in lists[s][0]}
    maybe = {(s, p) for s in asked for p in lists[s][1]}
    mine = {pair for pair in answer.inside if only is None or pair[0] in only}
    return sure - mine, mine - maybe


def silent(answer: Answer, clean: Answer, walks: list[Walk], within: float = 1.0) -> list[int]:
    """Return the sections that are wrong without a word.

    A warning that stands on the clean network too says nothing of the damage and does not count.
    """
    return [
        s for s, error in enumerate(errors_of(answer, walks))
        if error > within
        and not answer.told.get(s, set()) - clean.told.get(s, set())
        and not (error <= MOVED and answer.mended.get(s, set()) & ENDS)
    ]  # fmt: skip


def damage_on(world: World, spoilt: Damage, walk: Walk) -> list[str]:
    """Say what is damaged on a traced river, and at its nodes."""
    reaches = {p.reach for p in walk.pieces}
    around = reaches | {int(world.down[r]) for r in reaches} | {a for r in reaches for a in world.above[r]}
    out = []
    for r in sorted(around - {-1}):
        where = "" if r in reaches else " beside it"
        head = "" if world.above[r] else " headwater"
        if spoilt.reversed[r]:
            pair = {int(world.down[r]), *world.above[r]} - {-1}
            kind = "run of reversed" if any(spoilt.reversed[q] for q in pair) else "reversed"
            out.append(f"{kind}{head} reach r{r}{where}")
        if spoilt.gap[r] > 0:
            out.append(f"{spoilt.gap[r]:.2f} m gap at the {'upper' if spoilt.gap_up[r] else 'lower'} end of r{r}{where}")
        if spoilt.multipart[r]:
            out.append(f"multi-part r{r}{where}")
        if spoilt.duplicate[r]:
            out.append(f"doubled vertices on r{r}{where}")
    return out
