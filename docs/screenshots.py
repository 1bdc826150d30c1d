"""Take the pictures in docs/img from a real QGIS window with the demonstration map, in Chinese and in English.

screenshots.py [DEMO] [--lang zh|en] [--only STEP,STEP]

``make screenshots`` runs it; it needs build/demo.  Nothing is drawn by hand, so the pictures never go stale.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from build_guide import fit

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "img"
#: The steps of screenshots_inside.py, in their order, and the pictures that each takes.
STEPS = {
    "desk": ("desk-map", "site-result", "matrix", "probe", "river", "plan"),
    "around": ("options", "project-settings", "locator", "identify", "toolbox", "styles"),
    "dialogs": ("new-project", "shared-map", "algorithm", "export-layers", "attribute-form"),
    "importing": ("import-files", "import-crs", "import-fields", "import-check"),
    "editing": ("edit-zones", "edit-measures", "edit-conflict", "edit-history", "edit-issues"),
    "layout": ("layout", "printed-map"),
    "suitable": ("suitable",),
    "empty": ("desk-empty",),
}
_LOCALES = {"zh": "zh-Hans", "en": "en"}
_SECONDS = 900.0


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


def take(demo: Path, lang: str, steps: list[str]) -> str:
    """Take the pictures of some steps in one language; return what went wrong, or nothing."""
    runner = load(ROOT / "tests" / "gui" / "qgis_window.py")
    # Not in a folder for temporary files: QGIS marks layers from there.
    build = ROOT / "build"
    with tempfile.TemporaryDirectory(prefix="screenshots-", dir=build) as scratch:
        out = Path(scratch) / lang
        copy = out / "jiyuan"
        shutil.copytree(demo, copy)
        make_project(copy, lang)
        answer = runner.run_in_window(
            ROOT / "docs" / "screenshots_inside.py", copy / "jiyuan.qgz", out, locale=_LOCALES[lang],
            seconds=_SECONDS, ENVZONES_LANG=lang, ENVZONES_STEPS=",".join(steps),
        )  # fmt: skip
        (IMAGES / lang).mkdir(parents=True, exist_ok=True)
        for picture in sorted(out.glob("*.png")):
            (IMAGES / lang / picture.name).write_bytes(fit(picture.read_bytes()))
        if "error" in answer:
            return str(answer["error"])
        wanted = [name for step in steps for name in STEPS[step] if not (out / f"{name}.png").is_file()]
        return f"Pictures are missing in {lang}: {', '.join(wanted)}.\n" if wanted else ""


def main(arguments: list[str]) -> int:
    """Take all pictures; return 0, or 1 with a sentence when one is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", nargs="?", type=Path, default=ROOT / "build" / "demo")
    parser.add_argument("--lang", choices=list(_LOCALES), action="append")
    parser.add_argument("--only", default=",".join(STEPS))
    options = parser.parse_args(arguments)
    if not (options.demo / "jiyuan.qgz").is_file():
        sys.stderr.write(f"{options.demo / 'jiyuan.qgz'} is missing; run 'make demo' first.\n")
        return 1
    for lang in options.lang or list(_LOCALES):
        wrong = take(options.demo, lang, options.only.split(","))
        if wrong:
            sys.stderr.write(wrong)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
