"""A real QGIS window: a shapefile as an office sends it becomes rows of a layer, in English and in Chinese."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "resources" / "demo" / "jiyuan"


def _load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=["en", "zh_CN"])
def seen(request, tmp_path_factory):
    """What the script in the window saw, and the map afterwards."""
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.folder import read_folder
    from envzones.plugin.store.geopackage import create

    runner, messy = _load(HERE / "qgis_window.py"), _load(HERE.parent / "engine" / "messy.py")
    locale = request.param
    out = tmp_path_factory.mktemp(f"importing-{locale}")
    onemap, project = out / "jiyuan.gpkg", out / "jiyuan.qgz"
    catalog = load_catalog()
    content = read_folder(DEMO, catalog)
    frames = {name: frame for name, frame in content.frames.items() if name != "contaminated_plot"}
    create(onemap, catalog, frames=frames, coverage=content.coverage, meta=content.meta)
    subprocess.run(
        [sys.executable, "-m", "envzones.plugin.project", "--onemap", str(onemap), "--out", str(project),
         "--as-of", "2019-06-30", "--lang", "zh" if locale.startswith("zh") else "en"], check=True, timeout=180,
    )  # fmt: skip
    sent = out / "sent"
    sent.mkdir()
    file = messy.shapefile(sent, epsg=4547)
    answer = runner.run_in_window(
        HERE / "inside_importing.py", project, out, locale=locale, ENVZONES_FILE=str(file)
    )
    assert "error" not in answer, answer["error"]
    return {**answer["seen"], "map": onemap, "out": out, "log": out / "qgis.log", "locale": locale, "messy": messy}


def test_the_file_is_read_as_gbk_and_says_why(seen):
    assert seen["first"] == "济源市化工厂旧址"
    assert "GBK" in seen["encoding"]
    assert seen["why"]
    assert not seen["next_without_file"]


def test_nothing_is_chosen_unasked(seen):
    assert not seen["chosen_unasked"]
    assert not seen["next_unasked"]
    assert not seen["next_without_layer"]
    assert "EPSG:4547" in seen["candidates"][0]


def test_the_map_shows_where_the_features_would_lie(seen):
    from qgis.PyQt.QtGui import QImage

    assert seen["drawn"] == 4
    assert "4" in seen["place"]
    picture = QImage(str(seen["out"] / "import-map.png"))
    assert not picture.isNull()
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 2) for y in range(0, picture.height(), 2)}
    assert len(colours) > 20  # the areas and rivers below, the plots above


def test_rows_are_in_the_layer_and_in_the_trail(seen):
    from envzones.plugin.store.store import open_store

    assert seen["import_button"]
    assert "4" in seen["check"]
    assert "4" in seen["result"]
    assert (seen["active"], seen["rows"], seen["visible"]) == ("contaminated_plot", 4, True)
    store = open_store(seen["map"])
    got = store.read("contaminated_plot")
    assert sorted(got["name"]) == sorted(plot[0] for plot in seen["messy"].PLOTS)
    assert got.geometry.iloc[0].bounds[0] == pytest.approx(112.6, abs=0.3)
    trail = store.audit(layer="contaminated_plot")
    assert trail["action"].tolist() == ["insert"] * 4
    assert set(trail["who"]) == {"王工"}


def test_it_fits_the_screen_and_closes(seen):
    width, height = seen["size"]
    assert width <= 1366
    assert height <= 700
    assert seen["closed"]


def test_it_speaks_the_language_of_qgis(seen):
    if seen["locale"] == "en":
        assert seen["title"] == "Import Files"
    else:
        assert seen["title"] != "Import Files"


def test_no_python_error_in_the_log(seen):
    log = seen["log"].read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[-3000:]


def test_pictures_are_real(seen):
    from qgis.PyQt.QtGui import QImage

    for name in ("files", "crs", "fields", "check", "done"):
        assert not QImage(str(seen["out"] / f"import-{name}.png")).isNull()
