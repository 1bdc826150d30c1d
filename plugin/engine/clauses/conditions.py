"""Attribute tests in three values: holds, does not hold, cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .model import Test

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

YES, NO, UNKNOWN = 1, 0, -1


def evaluate(tests: Sequence[Test], frame: pd.DataFrame, what: str = "") -> NDArray[np.int8]:
    """Evaluate `tests` on every row: 1 all hold, 0 one fails, -1 none fails but a value is missing.

    A column that the frame does not have counts as missing in every row.

    Raises
    ------
    InputError
        If a number is compared with something that is not one.
    """
    result = np.full(len(frame), YES, dtype=np.int8)
    for test in tests:
        one = _one(test, frame, what)
        result = np.where(
            (result == NO) | (one == NO), NO, np.where((result == UNKNOWN) | (one == UNKNOWN), UNKNOWN, YES)
        ).astype(np.int8)
    return result


def missing(tests: Sequence[Test], frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return, for every row, the tested attributes that have no value there."""
    unknown = {t.attribute: _one(t, frame, "") == UNKNOWN for t in tests}
    if not unknown:
        return [()] * len(frame)
    # Few combinations occur, however many rows there are.
    flags, which = np.unique(np.stack(list(unknown.values()), axis=1), axis=0, return_inverse=True)
    names = [tuple(name for name, flag in zip(unknown, row) if flag) for row in flags]
    return [names[k] for k in which.ravel().tolist()]


def _one(test: Test, frame: pd.DataFrame, what: str) -> NDArray[np.int8]:
    import pandas as pd

    if test.attribute not in frame.columns:
        return np.full(len(frame), UNKNOWN, dtype=np.int8)
    column = frame[test.attribute].astype(object)
    column = column.where(column.notna(), None)
    known = (column.notna() & (column != "")).to_numpy(dtype=bool)
    holds = np.ones(len(frame), dtype=bool)
    if test.minimum is not None or test.maximum is not None:
        numbers = pd.to_numeric(column.where(known), errors="coerce").to_numpy(dtype=float)
        bad = known & np.isnan(numbers)
        if bad.any():
            raise InputError(
                f"Attribute '{test.attribute}'{' of ' + what if what else ''} must be a number, but row"
                f" {int(np.flatnonzero(bad)[0]) + 1} holds {column.iloc[int(np.flatnonzero(bad)[0])]!r}; correct it."
            )
        with np.errstate(invalid="ignore"):
            if test.minimum is not None:
                holds &= numbers >= test.minimum
            if test.maximum is not None:
                holds &= numbers <= test.maximum
    if test.among is not None:
        holds &= column.isin(list(test.among)).to_numpy()
    if test.not_among is not None:
        holds &= ~column.isin(list(test.not_among)).to_numpy()
    if test.equals is not None:
        holds &= np.array([_same(value, test.equals) for value in column], dtype=bool)
    return np.where(~known, UNKNOWN, np.where(holds, YES, NO)).astype(np.int8)


def _same(value: object, wanted: object) -> bool:
    # A driver may hand a boolean column over as 0/1; True must still equal 1 but "true" must not.
    if isinstance(wanted, bool):
        return (
            isinstance(value, (bool, np.bool_, int, float, np.integer, np.floating)) and bool(value) is wanted
        )
    return bool(value == wanted)
