"""Check a plugin zip by the rules of plugins.qgis.org, so that an upload is not refused.

check_package.py ZIP [--release]
Prints each broken rule; exit 1 when there is one. Addresses that are only the owner's to give are warned of,
and with --release refused.
"""

from __future__ import annotations

import configparser
import re
import sys
import zipfile
from pathlib import Path

LARGEST = 25 * 1024 * 1024
REQUIRED = (
    "name", "description", "version", "qgisMinimumVersion", "author", "email", "about", "tracker", "repository",
)  # fmt: skip
FORBIDDEN_PARTS = ("__pycache__", ".git", ".svn", "__MACOSX", ".DS_Store", ".venv", "node_modules")
FORBIDDEN_ENDS = (".pyc", ".pyo", ".so", ".dll", ".exe", ".dylib", ".whl", ".zip")
DEVELOPERS_ONLY = ("tests", "benchmarks", ".ci", "build", "dist", "Makefile", "pyproject.toml", "setup.py")
NEEDED = (
    "__init__.py", "metadata.txt", "LICENSE", "README.md", "CHANGELOG.md", "plugin/main.py",
    "resources/help/zh/index.html", "resources/help/en/index.html",
)  # fmt: skip
# Until the owner has confirmed them, these stand in for the real addresses (docs/release.md).
PLACEHOLDERS = {
    "email": "envzones@users.noreply.github.com",
    "homepage": "https://github.com/envzones/envzones",
    "tracker": "https://github.com/envzones/envzones/issues",
    "repository": "https://github.com/envzones/envzones",
}


def read_metadata(text: str) -> dict[str, str]:
    """The [general] section of a metadata.txt, names as written."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read_string(text)
    return dict(parser.items("general"))


def check_names(names: list[str]) -> list[str]:
    """What lies in the zip, by name."""
    problems = []
    tops = {name.split("/")[0] for name in names}
    if len(tops) != 1 or any("/" not in name for name in names):
        return [f"there must be exactly one top folder, not {', '.join(sorted(tops))}"]
    top = tops.pop()
    if not top.isidentifier() or not top.isascii():
        problems.append(f"the top folder '{top}' is no name Python can import")
    if len(set(names)) != len(names):
        problems.append("a file is in the zip twice")
    for name in names:
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "\\" in name:
            problems.append(f"{name}: leads out of the folder")
        if any(part in FORBIDDEN_PARTS for part in parts) or name.endswith(FORBIDDEN_ENDS):
            problems.append(f"{name}: must not be in a plugin")
        if len(parts) > 1 and parts[1] in DEVELOPERS_ONLY:
            problems.append(f"{name}: is for developers only; mark it export-ignore in .gitattributes")
    problems += [f"{needed} is missing" for needed in NEEDED if f"{top}/{needed}" not in names]
    return problems


def check_metadata(metadata: dict[str, str], names: list[str]) -> list[str]:
    """What metadata.txt says."""
    problems = [f"metadata.txt: {key} is missing" for key in REQUIRED if not metadata.get(key, "").strip()]
    version = metadata.get("version", "")
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        problems.append(f"metadata.txt: version '{version}' is not MAJOR.MINOR.PATCH in numbers")
    for key in ("qgisMinimumVersion", "qgisMaximumVersion"):
        if not re.fullmatch(r"\d+\.\d+(\.\d+)?", metadata.get(key, "")):
            problems.append(f"metadata.txt: {key} '{metadata.get(key, '')}' is no QGIS version")
    for key in ("description", "about"):
        if re.search(r"</?[a-zA-Z][^>]*>", metadata.get(key, "")):
            problems.append(f"metadata.txt: {key} holds HTML, which the site does not show")
    for key in ("homepage", "tracker", "repository"):
        if not re.fullmatch(r"https?://[^\s/]+\.[^\s/]+\S*", metadata.get(key, "")):
            problems.append(f"metadata.txt: {key} '{metadata.get(key, '')}' is no address")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", metadata.get("email", "")):
        problems.append("metadata.txt: email is no e-mail address")
    if "plugin" in metadata.get("name", "").lower():
        problems.append("metadata.txt: the name should not contain 'plugin'")
    if metadata.get("hasProcessingProvider", "").lower() not in {"yes", "true"}:
        problems.append("metadata.txt: hasProcessingProvider=yes is missing, so qgis_process would not load it")
    if version and version not in metadata.get("changelog", ""):
        problems.append(f"metadata.txt: changelog does not speak of {version}")
    top = names[0].split("/")[0] if names else ""
    if f"{top}/{metadata.get('icon', '')}" not in names:
        problems.append(f"metadata.txt: icon '{metadata.get('icon', '')}' is not in the zip")
    return problems


def placeholders(metadata: dict[str, str]) -> list[str]:
    """Addresses that still stand in for the owner's."""
    return [f"metadata.txt: {key} is not confirmed by its owner: {value}"
            for key, value in PLACEHOLDERS.items() if metadata.get(key) == value]  # fmt: skip


def check(path: Path) -> tuple[list[str], list[str]]:
    """Broken rules, and warnings, of a zip."""
    problems = []
    size = path.stat().st_size
    if size > LARGEST:
        problems.append(f"{size / 1e6:.1f} MB; the site takes 25 MB at most")
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        if damaged:
            problems.append(f"{damaged}: damaged")
        names = [name for name in archive.namelist() if not name.endswith("/")]
        problems += check_names(names)
        in_top = [name for name in names if re.fullmatch(r"[^/]+/metadata\.txt", name)]
        if not in_top:
            return problems, []
        metadata = read_metadata(archive.read(in_top[0]).decode("utf-8"))
        for name in names:
            if name.endswith(".ts") and name.removesuffix(".ts") + ".qm" not in names:
                problems.append(f"{name}: its compiled .qm is missing")
    return problems + check_metadata(metadata, names), placeholders(metadata)


def main(arguments: list[str]) -> int:
    """Check the zip that is named; print what is wrong."""
    release = "--release" in arguments
    paths = [Path(argument) for argument in arguments if not argument.startswith("--")]
    if len(paths) != 1 or not paths[0].is_file():
        print("usage: check_package.py ZIP [--release]", file=sys.stderr)
        return 2
    problems, warnings = check(paths[0])
    if release:
        problems, warnings = problems + warnings, []
    for problem in problems:
        print(f"{paths[0].name}: {problem}", file=sys.stderr)
    for warning in warnings:
        print(f"{paths[0].name}: warning: {warning}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
