"""The steps of an item (未启动 → 整改中 → 已完成 → 已销号): what each needs, and which may follow which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from .errors import InputError
from .rectification import LAYER

if TYPE_CHECKING:
    import pandas as pd

#: Which states may follow a state.  An item is reopened from done (sent back) and from closed (found again, 反弹).
FOLLOWING = {
    "not_started": ("rectifying", "done"),
    "rectifying": ("done",),
    "done": ("closed", "rectifying"),
    "closed": ("rectifying",),
}
VERIFICATIONS = ("confirmed", "unconfirmed")


@dataclass(frozen=True)
class Step:
    """What is entered when an item goes on.

    Attributes
    ----------
    status : str
        The state it goes to.
    on : date
        The day: of completion (`done`), of closing (`closed`).
    by : str or None
        Who verified; for `closed` who approved the closing (销号审批人).
    verification : str or None
        ``confirmed`` or ``unconfirmed`` (核查结果: 属实, 不属实).
    verified_by, verified_on
        Who verified on site and when.
    photo_before, photo_after : str or None
        Paths of photos, relative to the map's folder.
    """

    status: str
    on: date
    by: str | None = None
    verification: str | None = None
    verified_by: str | None = None
    verified_on: date | None = None
    photo_before: str | None = None
    photo_after: str | None = None


def settle(items: pd.DataFrame, numbers: Sequence[str], step: Step, *, folder: Path | None = None) -> pd.DataFrame:
    """Return what to update so that items go on.

    Parameters
    ----------
    items : DataFrame
        The items of the map, with ``row_version`` where the store keeps it.
    numbers : sequence of str
        Their problem numbers.
    step : Step
    folder : Path, optional
        Where the map lies; photos must be there.  Without it (a map in a database) only their form is checked.

    Returns
    -------
    DataFrame
        uid, row_version and the fields that change.

    Raises
    ------
    InputError
        If an item is not there, its state does not allow the step, or the step lacks what it needs.
    """
    import pandas as pd

    if step.status not in FOLLOWING:
        raise InputError(f"'{step.status}' is no state of an item; use {', '.join(FOLLOWING)}.")
    if step.verification is not None and step.verification not in VERIFICATIONS:
        raise InputError(f"'{step.verification}' is no result of a verification; use {' or '.join(VERIFICATIONS)}.")
    photos = {"photo_before": step.photo_before, "photo_after": step.photo_after}
    for path in photos.values():
        if path is not None:
            check_photo(path, folder)
    rows = []
    for number in numbers:
        found = items[items["problem_no"] == number]
        if len(found) != 1:
            raise InputError(
                f"Layer '{LAYER}' has {len(found) or 'no'} items numbered {number}; see: envzones onemap items list."
            )
        item = found.iloc[0]
        cells = _next(item, step)
        cells.update({name: path for name, path in photos.items() if path is not None})
        kept = {"row_version": item["row_version"]} if "row_version" in item.index else {}
        rows.append({"uid": item["uid"], **cells, **kept})
    return pd.DataFrame(rows)


def _next(item: pd.Series, step: Step) -> dict[str, Any]:
    import pandas as pd

    state, number = item["status"], item["problem_no"]
    if step.status not in FOLLOWING.get(state, ()):
        raise InputError(
            f"Item {number} is {state}; from there it can go to {' or '.join(FOLLOWING.get(state, ()))},"
            f" not to {step.status}."
        )
    cells: dict[str, Any] = {"status": step.status}
    verified = {
        "verification": step.verification, "verified_by": step.verified_by,
        "verified_on": None if step.verified_on is None else pd.Timestamp(step.verified_on),
    }  # fmt: skip
    cells.update({name: value for name, value in verified.items() if value is not None})
    day = pd.Timestamp(step.on)
    if step.status == "done":
        cells["done_on"] = day
    elif step.status == "rectifying":
        cells.update(done_on=pd.NaT, closed_on=pd.NaT, closed_by=None)
        if state == "closed":
            cells["rechecked"] = True
    elif step.status == "closed":
        lacking = [
            title
            for name, title in (("verification", "the result of the verification"), ("verified_by", "who verified"))
            if pd.isna(cells.get(name, item.get(name)))
        ]
        if not step.by:
            lacking.append("who approved the closing")
        if lacking:
            raise InputError(f"Item {number} cannot be closed without {', '.join(lacking)}; enter it.")
        if not pd.isna(item["done_on"]) and day < item["done_on"]:
            raise InputError(f"Item {number} was done on {item['done_on'].date()}; it cannot be closed on {step.on}.")
        cells.update(closed_on=day, closed_by=step.by)
    return cells


def check_photo(path: str, folder: Path | None) -> None:
    """Refuse a photo that is not named relative to the map's folder, or not there.

    Raises
    ------
    InputError
    """
    parts = (*PurePosixPath(path).parts, *PureWindowsPath(path).parts)
    if path.startswith(("/", "\\", "~")) or ":" in path or ".." in parts or not parts:
        raise InputError(f"Photo {path}: give its path from the map's folder on, such as photos/1.jpg.")
    if folder is not None and not (folder / path).is_file():
        raise InputError(f"Photo {path} is not in {folder}; copy it there first.")
