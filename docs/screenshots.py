"""Take the pictures in docs/img from a real QGIS window with the demonstration map.

``make screenshots`` runs it; it needs build/demo.  Nothing is drawn by hand, so the pictures never go stale.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QImage

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "img"
_MAP_WIDTH = 1654
#: What must be there in the end.
EXPECTED = ("window.png", "window-en.png", "panel-empty.png", "siting-check.png", "river-section.png",
            "river-panel.png", "river-panel-en.png", "section-zone.png", "new-project.png",
            "attribute-form.png", "edit-zones.png", "edit-measures.png", "edit-conflict.png", "edit-history.png",
            "edit-issues.png", "import-files.png", "import-crs.png", "import-fields.png", "import-check.png",
            "layout.png", "map.png")  # fmt: skip


def load(path: Path) -> ModuleType:
    """Load the window runner that the tests of the window use."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_project(folder: Path, lang: str) -> None:
    """Build the demonstration project in a language."""
    given = [
        part
        for kind in ("section", "radius", "check", "plan")
        for part in (f"--{kind}", str(folder / f"{kind}.gpkg"))
    ]
    command = [
        sys.executable, "-m", "envzones.plugin.project", "--onemap", str(folder / "jiyuan.gpkg"), *given,
        "--out", str(folder / "jiyuan.qgz"), "--as-of", "2019-06-30", "--lang", lang,
    ]  # fmt: skip
    subprocess.run(command, check=True)


def main(arguments: list[str]) -> int:
    """Take all pictures; return 0, or 1 with a sentence when one is missing."""
    demo = Path(arguments[0]) if arguments else ROOT / "build" / "demo"
    if not (demo / "jiyuan.qgz").is_file():
        sys.stderr.write(f"{demo / 'jiyuan.qgz'} is missing; run 'make demo' first.\n")
        return 1
    runner = load(ROOT / "tests" / "gui" / "qgis_window.py")
    IMAGES.mkdir(parents=True, exist_ok=True)
    # Not in a folder for temporary files: QGIS marks layers from there.
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-", dir=build) as scratch:
        for locale, lang in (("zh-Hans", "zh"), ("en", "en")):
            out = Path(scratch) / lang
            copy = out / "jiyuan"
            shutil.copytree(demo, copy)
            make_project(copy, lang)
            answer = runner.run_in_window(
                ROOT / "docs" / "screenshots_inside.py", copy / "jiyuan.qgz", out, locale=locale, ENVZONES_LANG=lang
            )
            if "error" in answer:
                sys.stderr.write(answer["error"])
                return 1
            for picture in out.glob("*.png"):
                shutil.copy(picture, IMAGES / picture.name)
    printed = QImage(str(demo / "map.png"))
    printed.scaledToWidth(_MAP_WIDTH, Qt.TransformationMode.SmoothTransformation).save(str(IMAGES / "map.png"))
    missing = [name for name in EXPECTED if not (IMAGES / name).is_file()]
    if missing:
        sys.stderr.write(f"Pictures are missing: {', '.join(missing)}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
