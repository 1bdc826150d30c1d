"""The zip, installed into a clean profile: the algorithms in the real qgis_process.bin and qgis.bin."""

from __future__ import annotations

import json
from pathlib import Path

import answers
import environment
import pytest
from programs import ROOT, run

AS_OF = "2019-06-30"


def section_parameters(world: Path, folder: Path) -> dict:
    """Parameters of envzones:riversection."""
    return {
        "RIVERS": f"{world}|layername=river_reach",
        "SECTIONS": f"{world}|layername=monitoring_section",
        "FEATURES": [f"{world}|layername=outfall"],
        **outputs(folder, "REACH", "ZONE", "FINDING", "ISSUE"),
    }


def network_parameters(world: Path, folder: Path) -> dict:
    """Parameters of envzones:rivernetwork: close gaps and add nodes."""
    return {
        "RIVERS": f"{world}|layername=river_pieces",
        "REPAIR": "0,1",
        **outputs(folder, "EDGE", "NODE", "ISSUE"),
    }


def radius_parameters(world: Path, folder: Path) -> dict:
    """Parameters of envzones:heatradius."""
    return {
        "PLANTS": f"{world}|layername=heat_source",
        "BOILERS": f"{world}|layername=coal_boiler",
        **outputs(folder, "ZONE", "FINDING", "ISSUE"),
    }


def check_parameters(candidates: Path, onemap: Path, folder: Path) -> dict:
    """Parameters of envzones:sitingcheck."""
    return {
        "SITES": str(candidates),
        "ONEMAP": str(onemap),
        "RULEBOOK": ["jiyuan-2018", "national-henan"],
        "AS_OF": AS_OF,
        "XLSX": str(folder / "ledger.xlsx"),
        "DOCX": str(folder / "report.docx"),
        **outputs(folder, "FINDING", "VERDICT", "ISSUE"),
    }


def outputs(folder: Path, *names: str) -> dict:
    """A GeoPackage for each output."""
    folder.mkdir(parents=True, exist_ok=True)
    return {name: str(folder / f"{name}.gpkg") for name in names}


def command_line(algorithm: str, parameters: dict) -> list[str]:
    """The call of qgis_process.bin; a list is given item by item."""
    words = ["qgis_process.bin", "run", f"envzones:{algorithm}", "--"]
    for name, value in parameters.items():
        words += [f"{name}={item}" for item in (value if isinstance(value, list) else [value])]
    return words


@pytest.fixture(scope="module")
def from_cli(onemap, candidates, tmp_path_factory) -> Path:
    """What `envzones check` says of the same sites: the algorithms must say the same."""
    path = tmp_path_factory.mktemp("cli") / "check.gpkg"
    command = [str(ROOT / ".venv/bin/envzones"), "check", str(candidates), "--onemap", str(onemap)]
    command += ["--rulebook", "jiyuan-2018", "--as-of", AS_OF, "--out", str(path)]
    run(command, {**environment.plain(), "PROJ_DATA": environment.SYSTEM_PROJ}).is_fine()
    return path


def test_qgis_process_lists_them(installed):
    ended = run(["qgis_process.bin", "list"], environment.qgis(installed[0]))
    ended.is_fine()
    for name in ("riversection", "rivernetwork", "riverchannel", "heatradius", "sitingcheck"):
        assert f"envzones:{name}" in ended.out


def test_river_section_in_qgis_process(installed, world, tmp_path):
    command = command_line("riversection", section_parameters(world, tmp_path))
    run(command, environment.qgis(installed[0])).is_fine()
    answers.section_is_right(tmp_path)


def test_river_network_in_qgis_process(installed, world, tmp_path):
    command = command_line("rivernetwork", network_parameters(world, tmp_path))
    run(command, environment.qgis(installed[0])).is_fine()
    answers.network_is_right(tmp_path)


def test_heat_radius_in_qgis_process(installed, world, tmp_path):
    run(command_line("heatradius", radius_parameters(world, tmp_path)), environment.qgis(installed[0])).is_fine()
    answers.radius_is_right(tmp_path)


def test_siting_check_in_qgis_process(installed, onemap, candidates, from_cli, tmp_path):
    command = command_line("sitingcheck", check_parameters(candidates, onemap, tmp_path))
    run(command, environment.qgis(installed[0])).is_fine()
    answers.check_is_right(tmp_path, from_cli)
    for name in ("ledger.xlsx", "report.docx"):
        assert (tmp_path / name).read_bytes()[:2] == b"PK"


def test_bad_input_ends_in_one_sentence(installed, world, tmp_path):
    parameters = {**section_parameters(world, tmp_path), "RIVERS": f"{world}|layername=no_such_layer"}
    ended = run(command_line("riversection", parameters), environment.qgis(installed[0]))
    assert ended.code != 0
    assert "Traceback" not in ended.out + ended.err
    assert not list(tmp_path.glob("*.gpkg"))


def test_all_in_a_qgis_window_after_install_from_zip(zip_path, world, onemap, candidates, from_cli, tmp_path):
    profile = tmp_path / "空 profile"  # clean: the zip is installed by QGIS's own installer
    profile.mkdir()
    folders = {name: tmp_path / name for name in ("riversection", "rivernetwork", "heatradius", "sitingcheck")}
    job = {
        "zip": str(zip_path),
        "result": str(tmp_path / "result.json"),
        "runs": {
            "riversection": section_parameters(world, folders["riversection"]),
            "rivernetwork": network_parameters(world, folders["rivernetwork"]),
            "heatradius": radius_parameters(world, folders["heatradius"]),
            "sitingcheck": check_parameters(candidates, onemap, folders["sitingcheck"]),
        },
    }
    (tmp_path / "job.json").write_text(json.dumps(job), encoding="utf-8")
    variables = {**environment.qgis(profile, screen=True), "ENVZONES_JOB": str(tmp_path / "job.json")}
    script = Path(__file__).with_name("in_qgis.py")
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24"]
    ended = run([*screen, "qgis.bin", "--noversioncheck", "--nologo", "--code", str(script)], variables)
    assert Path(job["result"]).exists(), f"QGIS left no result\n{ended.out[-3000:]}\n{ended.err[-3000:]}"
    found = json.loads(Path(job["result"]).read_text(encoding="utf-8"))
    assert found["error"] is None, found["error"]
    ended.is_fine()
    assert found["active"]
    assert found["window"]
    assert Path(found["folder"]).is_relative_to(profile)  # the installed one, not the checkout
    assert {"heatradius", "planboard", "rivernetwork", "riverchannel", "riversection", "sitingcheck", "suitablearea"} <= set(found["algorithms"])
    assert "EnvZonesToolbar" in found["toolbars"]
    assert found["left_behind"] == {"plugin": False, "provider": False}
    answers.section_is_right(folders["riversection"])
    answers.network_is_right(folders["rivernetwork"])
    answers.radius_is_right(folders["heatradius"])
    answers.check_is_right(folders["sitingcheck"], from_cli)
