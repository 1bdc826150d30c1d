"""Whom a clause binds whatever the place, and how that settles what the place says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .clauses.conditions import NO, UNKNOWN, YES, evaluate, missing
from .clauses.context import CLEAR, FROM_CODE_WHY, HIT, OPEN, TENTATIVE, Subjects, from_code
from .clauses.model import NATURES, Clause
from .facilities import ANY, FacilityTypes

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from .clauses.relations import Outcome

#: How reasons are joined, in zh and en.
_JOINT = (";", "; ")
_WHY = ("why", "why_en")
_QUESTION = ("question", "question_en")
_UNBOUND = (
    ("", ""),
    ("设施类型不在条款约束之列", "the clause does not bind this type"),
    ("项目性质不在条款约束之列", "the clause does not bind this nature"),
    ("不符合条款的适用条件", "outside the clause's conditions"),
    ("位于辖区界外", "outside the jurisdiction"),
)
_OTHER_TYPE, _OTHER_NATURE, _OTHER_CONDITIONS, _ABROAD = 1, 2, 3, 4


class Reason(NamedTuple):
    """Why an answer is open, in zh and en; `asked` where only the applicant can tell."""

    zh: str
    en: str
    asked: bool = True


class Reasons:
    """The reasons of many rows.  Few combinations occur, so each row holds the number of one."""

    def __init__(self, count: int) -> None:
        self.code = np.zeros(count, dtype=np.intp)
        self.combinations: list[tuple[Reason, ...]] = [()]
        self._number: dict[tuple[Reason, ...], int] = {(): 0}

    def add(self, rows: NDArray[np.intp], reason: Reason) -> None:
        """Add a reason to these rows (each named once)."""
        for code in np.unique(self.code[rows]).tolist():
            more = (*self.combinations[code], reason)
            if more not in self._number:
                self._number[more] = len(self.combinations)
                self.combinations.append(more)
            mine = rows[self.code[rows] == code]
            self.code[mine] = -1 - self._number[more]
        self.code[rows] = -1 - self.code[rows]


class Bound:
    """Whom a clause binds, whatever the place.

    Attributes
    ----------
    state : (n,) int8
        HIT: binds; TENTATIVE, OPEN: cannot be told for sure, or at all; CLEAR: does not bind.
    reasons : Reasons
        What makes it open.
    """

    def __init__(self, count: int) -> None:
        self.state = np.full(count, HIT, dtype=np.int8)
        self.reasons = Reasons(count)
        self._unbound = np.zeros(count, dtype=np.int8)

    def release(self, rows: NDArray[np.bool_], why: int) -> None:
        """Say that the clause does not bind these rows; the first reason stands."""
        self.state[rows] = CLEAR
        self._unbound[rows & (self._unbound == 0)] = why

    def abroad(self, rows: NDArray[np.bool_]) -> None:
        """Say that these rows lie outside the jurisdiction."""
        self.state[rows] = CLEAR
        self._unbound[rows] = _ABROAD

    def lower(self, rows: NDArray[np.bool_], state: int, reason: Reason) -> None:
        """Lower rows to `state` for a reason."""
        self.state[rows] = np.minimum(self.state[rows], state)
        self.reasons.add(np.flatnonzero(rows), reason)

    def said(self, rows: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return in zh and en why the clause does not bind these rows."""
        words = np.array(_UNBOUND, dtype=object)[self._unbound[rows]]
        return words[:, 0], words[:, 1]


def bindings(clause: Clause, subjects: Subjects, facilities: FacilityTypes | None) -> Bound:
    """Tell whom a clause binds, whatever the place.

    `facilities` is given for siting clauses, which bind by facility type and project nature; an inventory
    binds by layer and needs none.
    """
    bound = Bound(len(subjects))
    if facilities is not None:
        _by_type(clause, subjects, facilities, bound)
    tests = evaluate(clause.when, subjects.frame, subjects.layer)
    bound.release(tests == NO, _OTHER_CONDITIONS)
    unknown = np.flatnonzero(tests == UNKNOWN)
    if len(unknown):
        names = missing(clause.when, subjects.frame.iloc[unknown])
        for one in dict.fromkeys(names):
            flags = np.zeros(len(subjects), dtype=bool)
            flags[unknown[[name == one for name in names]]] = True
            said = f"未提供属性:{'、'.join(one)}", f"attribute not given: {', '.join(one)}"
            bound.lower(flags, OPEN, Reason(*said, asked=facilities is not None))
    derived = from_code(clause.when, subjects.frame) & (tests == YES)
    if derived.any():
        bound.lower(derived, TENTATIVE, Reason(*FROM_CODE_WHY, asked=False))
    return bound


def _by_type(clause: Clause, subjects: Subjects, facilities: FacilityTypes, bound: Bound) -> None:
    kinds, natures = (
        subjects.frame[name].to_numpy(dtype=object) for name in ("facility_type", "nature")
    )
    # A few types and natures, on however many sites.
    codes: dict[tuple[Any, Any], int] = {}
    which = np.array([codes.setdefault(pair, len(codes)) for pair in zip(kinds, natures)], dtype=np.intp)
    for (kind, nature), code in codes.items():
        rows = which == code
        binds = (
            facilities.binds(kind, clause.applies_to) if kind else (True if ANY in clause.applies_to else None)
        )
        if binds is False:
            bound.release(rows, _OTHER_TYPE)
            continue
        if nature and nature not in clause.nature:
            bound.release(rows, _OTHER_NATURE)
            continue
        if binds is None:
            said = ("设施类型不够具体", "facility type not specific enough") if kind else (
                "未提供设施类型", "facility type not given")  # fmt: skip
            bound.lower(rows, OPEN, Reason(*said))
        if not nature and set(clause.nature) != set(NATURES):
            bound.lower(rows, OPEN, Reason("未提供项目性质(新建/改建/扩建/既有)", "project nature not given"))


def settle(
    clause: Clause, subjects: Subjects, rows: NDArray[np.intp], outcome: Outcome, bound: Bound
) -> pd.DataFrame:
    """Join what the place says of `rows` with what the clause asks of the subject, and apply its exceptions.

    Returns the rows of evidence that carry the answer, with `status`, `tentative`, `lacks` (the subject itself leaves
    it open), `question` and `question_en` (what the applicant is asked); `reasons` of `bound` grow.
    """
    found = outcome.rows
    owner = rows[found["subject"].to_numpy(dtype=int)]
    own = found["state"].to_numpy(dtype=int)
    state = np.full(len(subjects), CLEAR, dtype=np.int8)
    state[rows] = np.minimum(outcome.state, bound.state[rows])
    exempt = _exempt(clause, subjects, rows, state, bound)
    # Rows that carry the answer; for an answer lowered by the subject's own attributes, the strongest rows.
    best = np.full(len(subjects), -1)
    np.maximum.at(best, owner, own)
    keep = np.where(best[owner] >= TENTATIVE, own >= TENTATIVE, own == best[owner])
    kept = np.flatnonzero(keep)
    clear = state[owner[kept]] == CLEAR
    if clear.any():
        # A clear answer needs one row only: the nearest miss.
        distance = found["distance_m"].to_numpy(dtype=float, na_value=np.nan)[kept]
        order = np.lexsort((np.where(np.isnan(distance), np.inf, distance), owner[kept]))
        first = np.zeros(len(kept), dtype=bool)
        first[order[np.unique(owner[kept][order], return_index=True)[1]]] = True
        kept = kept[first | ~clear]
    found = found.take(kept).reset_index(drop=True)
    owner, own = owner[kept], own[kept]
    found["subject"] = owner
    final = np.minimum(state[owner], np.where(own >= TENTATIVE, own, HIT))
    status = np.select(
        [exempt[owner], final >= TENTATIVE, final == OPEN], ["not_applicable", "hit", "not_assessed"], "clear"
    )
    found["status"] = status
    found["tentative"] = (status == "hit") & (final == TENTATIVE)
    code = bound.reasons.code[owner]
    # What a site itself leaves open is for the applicant to answer, not for the layer's department.
    found["lacks"] = (code > 0) & ~exempt[owner]
    _give_reasons(found, np.flatnonzero((code > 0) & (status != "clear")), code, exempt[owner], bound.reasons)
    return found


def _exempt(
    clause: Clause, subjects: Subjects, rows: NDArray[np.intp], state: NDArray[np.int8], bound: Bound
) -> NDArray[np.bool_]:
    """Tell whom an exception of the document frees; where it cannot be told, a hit becomes tentative."""
    exempt = np.zeros(len(subjects), dtype=bool)
    asked = np.zeros(len(subjects), dtype=bool)
    asked[rows] = True
    for exemption in clause.unless:
        answer = (
            evaluate(exemption.when, subjects.frame, subjects.layer)
            if exemption.when
            else np.full(len(subjects), UNKNOWN, dtype=np.int8)
        )
        hit = asked & (state >= TENTATIVE)
        free, open_ = hit & (answer == YES), hit & (answer == UNKNOWN)
        exempt |= free
        state[open_] = TENTATIVE
        for flags, zh, en in (
            (free, "属文件所列例外", "the document's exception holds"),
            (open_, "是否属例外未答复", "exception not answered"),
        ):
            bound.reasons.add(np.flatnonzero(flags), Reason(f"{zh}:{exemption.words}", f"{en}: {exemption.words}"))
    return exempt


def _give_reasons(
    found: pd.DataFrame, rows: NDArray[np.intp], code: NDArray[np.intp], exempt: NDArray[np.bool_], reasons: Reasons
) -> None:
    """Write the subject's own reasons behind those of the place, and its questions apart."""
    for i, (why, question) in enumerate(zip(_WHY, _QUESTION)):
        texts, asked = found[why].to_numpy(dtype=object).copy(), np.full(len(found), None, dtype=object)
        joined: dict[tuple[int, bool, Any], tuple[str | None, str]] = {}
        for row, key in zip(rows.tolist(), zip(code[rows].tolist(), exempt[rows].tolist(), texts[rows])):
            if key not in joined:
                of, free, text = key
                own = [reason[i] for reason in reasons.combinations[of]]
                open_ = [reason[i] for reason in reasons.combinations[of] if reason.asked and not free]
                joined[key] = (
                    _JOINT[i].join(dict.fromkeys(open_)) or None,
                    _JOINT[i].join(dict.fromkeys([one for one in (text, *own) if one])),
                )
            asked[row], texts[row] = joined[key]
        found[question], found[why] = asked, texts
