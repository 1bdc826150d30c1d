"""What a file's coordinates are taken to be in: what the user says, else what the file declares and its
numbers bear out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from .crs_guard import Reading, is_declared, look
from .model import CrsChoice, Foreign

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHOWN = 5


def reading_of(foreign: Foreign, *, jurisdiction: Any = None, reference: NDArray[Any] | None = None) -> Reading:
    """Look at a file's coordinates; arguments as :func:`.crs_guard.look`."""
    shapes = np.asarray(foreign.frame.geometry.array, dtype=object)
    return look(
        np.empty((0, 2)), declared=foreign.declared, jurisdiction=jurisdiction, reference=reference, shapes=shapes
    )


def decide(
    foreign: Foreign, said: CrsChoice | None = None, *, jurisdiction: Any = None, reference: NDArray[Any] | None = None
) -> tuple[CrsChoice, Reading]:
    """Return what the coordinates are in, and how they look.

    Parameters
    ----------
    foreign : Foreign
    said : CrsChoice, optional
        What the user says; nothing is decided against it.
    jurisdiction, reference
        As :func:`.crs_guard.look`.

    Raises
    ------
    InputError
        If the user says nothing and the file declares nothing that its numbers bear out; the sentence names the
        candidates.
    """
    reading = reading_of(foreign, jurisdiction=jurisdiction, reference=reference)
    if said is not None:
        return said, reading
    first = reading.candidates[0] if reading.candidates else None
    grave = any(note.severity == "error" for note in reading.doubts)
    borne_out = foreign.declared is not None and bool(reading.agrees) and not grave
    # What fits better than the declaration is for the user to say, never taken in its stead.
    if borne_out and first is not None and is_declared(foreign.declared, first.choice):
        return first.choice, reading
    if not shapely.get_coordinates(np.asarray(foreign.frame.geometry.array, dtype=object)).size:
        return CrsChoice("EPSG:4490"), reading
    if reading.candidates:
        listed = "; ".join(
            f"{one.choice.crs}{' with the axes swapped' if one.choice.swap else ''} ({one.en})"
            for one in reading.candidates[:_SHOWN]
        )
        told = f"it looks like one of: {listed}"
    else:
        told = "its numbers are those of no common system in China"
    doubts = " ".join(f"{note.en[0].upper()}{note.en[1:]}." for note in reading.doubts if note.severity == "error")
    why = "declares no reference system" if foreign.declared is None else "is not certain in its reference system"
    raise InputError(f"{foreign.path.name} {why}; {told}. {doubts} Say which one it is.".replace("  ", " "))
