"""An atlas: its pages and files, progress and cancelling, what a failure leaves, and that memory does not grow."""

from __future__ import annotations

import gc
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from qgis.core import QgsFeedback, QgsLayoutItemLabel, QgsProject
from qgis.PyQt import sip

_SPEC = importlib.util.spec_from_file_location("pages_made", Path(__file__).with_name("test_print_export.py"))
made_pages = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made_pages)
made, make_page = made_pages.made, made_pages.make_page


@pytest.fixture(scope="module")
def project(onemap, tmp_path_factory, qgis_app):
    """A project of a one map, built once: no test changes it.  Tests that empty the project come last."""
    from envzones.plugin.project.build import Request, build

    folder = tmp_path_factory.mktemp("atlas")
    path = Path(shutil.copy(onemap, folder / "map.gpkg"))
    one = QgsProject.instance()
    one.clear()
    one.setFileName(str(folder / "city.qgz"))
    build(Request(path, lang="zh", as_of=date(2019, 6, 30)), one)
    yield one
    one.clear()


class Steps:
    """Progress that remembers, and cancels at a step."""

    def __init__(self, stop: int | None = None) -> None:
        self.seen: list[tuple[float, str]] = []
        self._stop = stop

    @property
    def cancelled(self) -> bool:
        return self._stop is not None and len(self.seen) >= self._stop

    def __call__(self, fraction: float, message: str = "") -> None:
        self.seen.append((fraction, message))


def zones(project):
    from envzones.plugin.project.atlas import pages

    return pages(project, "zone", "zh")


def print_atlas(project, target, *, subjects=None, **more):
    from envzones.plugin.project.atlas import print_atlas as one
    from envzones.plugin.project.layout import Sheet

    wanted = [subject for subject, _ in zones(project)] if subjects is None else subjects
    return one(project, wanted, Sheet("a4", "landscape"), target, "zh", **{"dpi": 72, **more})


def words_of(path: Path) -> list[str]:
    """Return the text of each page."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    told = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, timeout=60).stdout
    return told.decode("utf-8").split("\f")[:-1]


def test_pages_of_a_kind(project):
    assert [title for _, title in zones(project)] == ["示例一级保护区", "示例二级保护区"]
    assert {subject.kind for subject, _ in zones(project)} == {"zone"}


def test_one_pdf_with_a_page_each(project, tmp_path):
    steps = Steps()
    out = tmp_path / "zones.pdf"
    assert print_atlas(project, out, progress=steps) == [out]
    first, second = words_of(out)
    assert "示例一级保护区" in first and "示例二级保护区" in second
    assert re.search(r"第\s*1\s*页.*2\s*页", first) and re.search(r"第\s*2\s*页.*2\s*页", second)
    told = [message for _, message in steps.seen]
    assert any("示例一级保护区 (1/2)" in one for one in told) and any("示例二级保护区 (2/2)" in one for one in told)
    fractions = [fraction for fraction, _ in steps.seen]
    assert fractions == sorted(fractions) and fractions[0] == 0.0 and fractions[-1] == 1.0


@pytest.mark.parametrize("fmt", ["pdf", "png", "svg"])
def test_a_file_each(project, tmp_path, fmt):
    folder = tmp_path / "new"
    written = print_atlas(project, folder, fmt=fmt, one_file=False)
    assert [path.name for path in written] == [f"示例一级保护区.{fmt}", f"示例二级保护区.{fmt}"]
    assert sorted(os.listdir(folder)) == sorted(path.name for path in written)
    assert all(path.stat().st_size > 1000 for path in written)


def test_names_of_files():
    from envzones.plugin.project.atlas import file_names, safe_name

    hostile = ["../../etc/passwd", "..", "a/b\\c:d*e?f\"g<h>i|j", "CON", "con.txt", "沁河\n断面\x00", "  .hidden. ", "\u202egnp",
               "断" * 300, "A", "a", "", "é", "e\u0301"]  # fmt: skip
    names = file_names(hostile, "pdf")
    assert len({name.casefold() for name in names}) == len(hostile)
    for name in names:
        assert os.path.basename(name) == name and not name.startswith(".") and not set(name) & set('\\/:*?"<>|\x00\n')
        assert len(name.encode("utf-8")) <= 255 and name.endswith(".pdf")
        assert name.split(".")[0].casefold() not in ("con", "nul", "")
    assert safe_name("沁河 五龙口断面(示意)") == "沁河 五龙口断面(示意)"


# --- cancelling and failing ---------------------------------------------------------------------------


@pytest.mark.parametrize("one_file", [True, False])
@pytest.mark.parametrize("stop", [0, 1, 2, 3])
def test_cancelling_leaves_what_was_there(project, tmp_path, one_file, stop):
    from envzones.plugin.engine.errors import Cancelled

    folder = tmp_path / "maps"
    folder.mkdir()
    target = folder / "zones.pdf" if one_file else folder
    (folder / "zones.pdf").write_bytes(b"before")
    (folder / "示例一级保护区.pdf").write_bytes(b"before")
    with pytest.raises(Cancelled):
        print_atlas(project, target, one_file=one_file, progress=Steps(stop))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "zones.pdf": b"before", "示例一级保护区.pdf": b"before",
    }  # fmt: skip


def test_a_folder_that_it_made_goes_when_it_is_cancelled(project, tmp_path):
    from envzones.plugin.engine.errors import Cancelled

    with pytest.raises(Cancelled):
        print_atlas(project, tmp_path / "new", one_file=False, progress=Steps(2))
    assert not (tmp_path / "new").exists()


def test_feedback_of_qgis_cancels_within_a_second(project, tmp_path):
    from envzones.plugin.bridge import FeedbackProgress
    from envzones.plugin.engine.errors import Cancelled

    feedback = QgsFeedback()
    pressed: list[float] = []

    def press(percent: float) -> None:
        if percent >= 50 and not pressed:
            pressed.append(time.monotonic())
            feedback.cancel()

    feedback.progressChanged.connect(press)
    subjects = [subject for subject, _ in zones(project)] * 4
    with pytest.raises(Cancelled):
        print_atlas(project, tmp_path / "zones.pdf", subjects=subjects, progress=FeedbackProgress(feedback), dpi=200)
    assert time.monotonic() - pressed[0] < 1.0
    assert not (tmp_path / "zones.pdf").exists()


@pytest.mark.parametrize("one_file", [True, False])
def test_a_page_that_fails_is_named(project, tmp_path, one_file):
    from envzones.plugin.engine.errors import InputError
    from envzones.plugin.project.layout import Subject

    subjects = [zones(project)[0][0], Subject("zone", "drinking_water_zone/NONE")]
    target = tmp_path / "out" if not one_file else tmp_path / "zones.pdf"
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(InputError, match=r"^Page 2, drinking_water_zone/NONE: "):
        print_atlas(project, target, subjects=subjects, one_file=one_file)
    assert sorted(os.listdir(tmp_path)) == before


def test_what_makes_no_atlas(project, tmp_path):
    from envzones.plugin.engine.errors import InputError

    with pytest.raises(InputError, match="nothing to print"):
        print_atlas(project, tmp_path / "a.pdf", subjects=[])
    with pytest.raises(InputError, match="bmp"):
        print_atlas(project, tmp_path / "a", fmt="bmp", one_file=False)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="is a file"):
        print_atlas(project, tmp_path / "file", one_file=False)


# --- memory -------------------------------------------------------------------------------------------


def test_layouts_are_released_at_once(clean_project, tools, tmp_path):
    layouts = []

    def make(subject, page):
        assert all(sip.isdeleted(one) for one in layouts)
        layouts.append(made(clean_project, tools.make_layer))
        return layouts[-1]

    from envzones.plugin.project.layout import Subject

    print_atlas(clean_project, tmp_path / "a.pdf", subjects=[Subject("onemap")] * 5, make=make)
    assert len(layouts) == 5 and all(sip.isdeleted(one) for one in layouts)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat_over_a_hundred_pages(clean_project, tools, tmp_path):
    from envzones.plugin.project.layout import Subject

    made(clean_project, tools.make_layer)
    layer = next(iter(clean_project.mapLayers().values()))
    resident: list[float] = []

    def make(subject, page):
        if page[0] % 20 == 0:
            gc.collect()
            resident.append(rss_mb())
        layout = make_page(clean_project, [layer])
        label = QgsLayoutItemLabel(layout)
        label.setText(f"第{page[0]}页")
        layout.addLayoutItem(label)
        return layout

    print_atlas(clean_project, tmp_path / "a.pdf", subjects=[Subject("onemap")] * 120, make=make)
    assert len(words_of(tmp_path / "a.pdf")) == 120
    # The first pages load fonts and such; from then on a page leaves next to nothing.
    assert resident[-1] - resident[0] < 8.0, resident


def rss_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
