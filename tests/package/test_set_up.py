"""Set-up says in one line what failed and what to do, and the checks of the source can fail."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile

import check_package
import environment
import house_rules
import pytest
from programs import ROOT

APT = ROOT / ".ci" / "apt.sh"


def fake(folder, name: str, script: str) -> None:
    """Put a stand-in for a system program into a folder."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def apt(folder, *packages: str) -> subprocess.CompletedProcess:
    """Run the package step with the stand-ins first in PATH."""
    variables = {**environment.plain(), "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run([APT, *packages], env=variables, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def nothing_installed(tmp_path):
    """A machine where dpkg knows no package."""
    fake(tmp_path, "dpkg-query", "exit 1")
    fake(tmp_path, "dpkg", "exit 0")
    fake(tmp_path, "sudo", 'exec "$@"')
    return tmp_path


@pytest.mark.parametrize(
    ("said", "package"),
    [
        ("E: Unable to locate package python3-fiona", "python3-fiona"),
        ("E: Package 'python3-fiona' has no installation candidate", "python3-fiona"),
        ("E: Failed to fetch http://deb.invalid/pool/p/python3-fiona_1.9.0-1_amd64.deb  404", "python3-fiona"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend", "qgis"),
    ],
)
def test_apt_failure_names_the_package_and_what_to_do(nothing_installed, said, package):
    fake(nothing_installed, "apt-get", f"""case "$*" in *install*) echo "{said}"; exit 100;; esac""")
    ended = apt(nothing_installed, "qgis", "python3-fiona")
    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 1
    assert ended.stderr.startswith(f"apt could not install {package}: {said.removeprefix('E: ')}")
    assert "run 'apt-get update' as root" in ended.stderr


def test_apt_that_lies_is_found_out(nothing_installed):
    fake(nothing_installed, "apt-get", "exit 0")
    ended = apt(nothing_installed, "qgis")
    assert ended.returncode == 1
    assert "did not install qgis" in ended.stderr


def test_nothing_missing_needs_neither_apt_nor_words(tmp_path):
    fake(tmp_path, "dpkg-query", "printf installed")
    fake(tmp_path, "apt-get", "exit 99")
    ended = apt(tmp_path, "qgis", "python3-fiona")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_an_environment_tells_what_it_lacks(tmp_path):
    wanted = tmp_path / "requirements-engine.txt"
    wanted.write_text("pytest>=1.0  # here\n# a comment\nno-such-package==1.0\npytest==0.0.1\n", encoding="utf-8")
    command = [sys.executable, ROOT / ".ci" / "lacking.py", wanted, tmp_path]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["no-such-package==1.0", "pytest==0.0.1"]


def test_a_shapely_that_brings_its_own_geos_is_not_accepted(tmp_path):
    wanted = tmp_path / "requirements-qgis.txt"
    wanted.write_text((ROOT / ".ci" / "requirements-qgis.txt").read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, ROOT / ".ci" / "lacking.py", wanted, tmp_path]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == ""
    (tmp_path / "lib/python3.11/site-packages/shapely.libs").mkdir(parents=True)
    assert "shapely==" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_command_line_runs_from_both_environments():
    for venv in (".venv", ".venv-engine"):
        command = [ROOT / venv / "bin" / "envzones", "--help"]
        ended = subprocess.run(
            command, cwd="/", env=environment.plain(), capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        assert "usage: envzones" in ended.stdout


def test_the_engine_environment_knows_no_qgis():
    python = ROOT / ".venv-engine" / "bin" / "python"
    ended = subprocess.run(
        [python, "-c", "import qgis"], env=environment.plain(), capture_output=True, text=True, check=False
    )
    assert "ModuleNotFoundError: No module named 'qgis'" in ended.stderr


# --- the house's own rules can fail ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("plugin/engine/a.py", "from qgis.core import QgsProject\n", "must run without QGIS"),
        ("plugin/engine/a.py", "def f():\n    import PyQt5.QtCore\n", "must run without QGIS"),
        ("plugin/engine/river/a.py", "from ...gui import dock\n", "lies above it"),
        ("plugin/engine/a.py", "from .. import bridge\n", "lies above it"),
        ("plugin/processing/a.py", "from ..gui.dock import Dock\n", "lies above it"),
        ("plugin/gui/a.py", "x = self.tr(f'{n} sites')\n", "cannot be translated"),
        ("plugin/gui/a.py", "match x:\n    case 1:\n        pass\n", "not Python 3.9"),
        ("plugin/gui/a.py", "x = 1\n" * 700, "no module is longer"),
        ("plugin/gui/a.py", "# " + "长" * 120 + "\n", "no line is longer"),
    ],
)
def test_a_broken_rule_is_found(tmp_path, name, source, complaint):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    found = house_rules.check_file(path, tmp_path)
    assert len(found) == 1
    assert complaint in found[0]


def test_what_is_allowed_is_not_found(tmp_path):
    path = tmp_path / "plugin" / "engine" / "river" / "a.py"
    path.parent.mkdir(parents=True)
    path.write_text("import shapely\nfrom ..errors import InputError\nfrom . import trace\n", encoding="utf-8")
    assert house_rules.check_file(path, tmp_path) == []


def test_a_folder_of_somebodys_machine_is_found(tmp_path):
    path = tmp_path / "notes.md"
    home = "/" + "home/somebody/data"
    path.write_text(f"see https://example.org{home} and {home}\n", encoding="utf-8")
    assert len(house_rules.check_paths(path, tmp_path)) == 1
    path.write_text(f"see https://example.org{home}\n", encoding="utf-8")
    assert house_rules.check_paths(path, tmp_path) == []


def test_relative_imports_are_resolved():
    tree = ast.parse("from ..store import geopackage\nfrom . import x\nimport a.b\n")
    package = ("envzones", "plugin", "gui")
    modules = [module for _, module in house_rules.imports(tree, package)]
    assert modules == [("envzones", "plugin", "store"), ("envzones", "plugin", "gui", "x"), ("a", "b")]


# --- the rules of plugins.qgis.org ----------------------------------------------------------------------------


def rebuilt(zip_path, target, drop=(), add=None, metadata=None):
    """Copy a zip with files left out, added, or its metadata changed."""
    with zipfile.ZipFile(zip_path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name in drop:
                continue
            if name == "envzones/metadata.txt" and metadata:
                content = metadata(content.decode()).encode()
            new.writestr(name, content)
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return target


def test_the_zip_keeps_every_rule(zip_path):
    problems, _ = check_package.check(zip_path)
    assert problems == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"drop": ("envzones/LICENSE",)}, "LICENSE is missing"),
        ({"drop": ("envzones/resources/help/zh/index.html",)}, "resources/help/zh/index.html is missing"),
        ({"add": {"envzones/plugin/__pycache__/a.cpython-311.pyc": b""}}, "must not be in a plugin"),
        ({"add": {"envzones/tests/test_a.py": b""}}, "for developers only"),
        ({"add": {"other/a.py": b""}}, "exactly one top folder"),
        ({"add": {"envzones/../../evil": b""}}, "leads out of the folder"),
        ({"drop": ("envzones/resources/icons/icon.svg",)}, "icon"),
        ({"metadata": lambda text: text.replace("hasProcessingProvider=yes\n", "")}, "hasProcessingProvider"),
        ({"metadata": lambda text: text.replace("author=", "autor=")}, "author is missing"),
        ({"metadata": lambda text: text.replace("version=0.1.0", "version=0.1")}, "MAJOR.MINOR.PATCH"),
        ({"metadata": lambda text: text.replace("about=", "about=<b>bold</b> ")}, "HTML"),
        ({"metadata": lambda text: text.replace("tracker=https://", "tracker=")}, "no address"),
    ],
)
def test_a_zip_that_would_be_refused_is_found(zip_path, tmp_path, change, complaint):
    problems, _ = check_package.check(rebuilt(zip_path, tmp_path / "envzones.zip", **change))
    assert any(complaint in problem for problem in problems), problems


def test_the_same_commit_makes_the_same_zip(zip_path, tmp_path):
    import package

    package.build(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == zip_path.read_bytes()


def test_placeholders_stop_a_release_only(zip_path, capsys):
    _, warnings = check_package.check(zip_path)
    assert check_package.main([str(zip_path)]) == 0
    assert check_package.main([str(zip_path), "--release"]) == (1 if warnings else 0)
    capsys.readouterr()
