"""Runs inside the QGIS window that ``screenshots.py`` opens: takes the pictures of the steps that it is asked for."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from qgis.PyQt.QtCore import QTimer
from qgis.utils import iface

import envzones

# QGIS runs this file without telling it where it is.
sys.path.insert(0, str(Path(envzones.__file__).resolve().parent / "docs"))

import screenshots_around as around  # noqa: E402
import screenshots_desk as desk  # noqa: E402
import screenshots_dialogs as dialogs  # noqa: E402
import screenshots_editing as editing  # noqa: E402
from screenshots_window import OUT, PROJECT, arrange  # noqa: E402


def _dialogs() -> None:
    dialogs.new_project()
    dialogs.shared_map()
    dialogs.algorithms()
    dialogs.form()


STEPS: dict[str, Callable[[], None]] = {
    "desk": desk.pages,
    "around": around.around,
    "dialogs": _dialogs,
    "importing": dialogs.importing,
    "editing": editing.editing,
    "layout": dialogs.layout,
    "suitable": dialogs.suitable,
    "empty": desk.empty,
}


def main() -> None:
    """Take them, say how it went, and leave."""
    answer: dict[str, str] = {}
    # QGIS would ask a person to read what went wrong in a slot, and wait for ever.
    sys.excepthook = lambda *what: answer.setdefault("error", "".join(traceback.format_exception(*what)))
    try:
        arrange()
        for step in os.environ["ENVZONES_STEPS"].split(","):
            STEPS[step]()
    except Exception:  # noqa: BLE001 - the caller prints it
        answer["error"] = traceback.format_exc()
    part = OUT / "result.part"
    part.write_text(json.dumps(answer), encoding="utf-8")
    part.rename(OUT / "result.json")
    PROJECT.setDirty(False)
    QTimer.singleShot(0, iface.actionExit().trigger)


QTimer.singleShot(1500, main)
