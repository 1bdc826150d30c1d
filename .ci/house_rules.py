"""Rules of the house that no ready-made linter knows. Each returns findings as "file:line: what is wrong"."""

from __future__ import annotations

import ast
import re
from pathlib import Path

LONGEST_MODULE = 600
# Lines are written to 110 characters; the hard limit of what is shipped is that of plugins.qgis.org's flake8.
# Tests and tools hold tables of samples, whose rows are better left whole.
LONGEST_LINE = {"plugin": 120, "__init__.py": 120}
LONGEST_LINE_ELSEWHERE = 150
OLDEST_PYTHON = (3, 9)
# What the engine may never import: it runs where there is no QGIS.
BARRED_IN_ENGINE = frozenset({"qgis", "PyQt5", "PyQt6", "PySide2", "PySide6", "processing", "osgeo", "sip"})
# Which folders of plugin/ each folder may import from; arrows point down. What is not named may import anything.
ARROWS = {
    "engine": {"engine"},
    "store": {"engine", "store", "paths", "compat"},
    "bridge": {"engine", "compat", "bridge", "bridge_arrow"},
    "bridge_arrow": {"engine", "compat"},
    "project": {"engine", "store", "bridge", "project", "compat", "dependencies", "paths", "texts"},
    "processing": {
        "engine", "store", "bridge", "project", "processing", "compat", "dependencies", "paths", "texts",
    },
}  # fmt: skip
# Folders of somebody's machine have no place in the project.
_MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|home|Users|root|tmp/w)/\w")


def imports(tree: ast.AST, package: tuple[str, ...]) -> list[tuple[int, tuple[str, ...]]]:
    """Imported modules of a file as (line, dotted parts); relative ones resolved against the file's package."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, tuple(alias.name.split("."))) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = tuple(node.module.split(".")) if node.module else ()
            if node.level:
                base = package[: len(package) - node.level + 1]
                # `from . import x` names modules as well as values: the parts tell either way.
                names = [(alias.name,) for alias in node.names] if not module else [()]
                found += [(node.lineno, (*base, *module, *name)) for name in names]
            else:
                found.append((node.lineno, module))
    return found


def _belongs_to(path: Path, root: Path) -> str:
    """The folder (or module) directly under plugin/ that a file belongs to."""
    parts = path.relative_to(root / "plugin").parts
    return parts[0].removesuffix(".py")


def check_imports(path: Path, tree: ast.AST, root: Path) -> list[str]:
    """Arrows point down, and the engine knows no QGIS."""
    here = path.relative_to(root)
    if here.parts[0] != "plugin":
        return []
    part = _belongs_to(path, root)
    package = ("envzones", *here.parent.parts)
    problems = []
    for line, module in imports(tree, package):
        if part == "engine" and module and module[0] in BARRED_IN_ENGINE:
            problems.append(f"{here}:{line}: the engine imports {'.'.join(module)}; it must run without QGIS")
        if module[:2] == ("envzones", "plugin"):
            target = module[2] if len(module) > 2 else ""
            if part in ARROWS and target and target not in ARROWS[part]:
                problems.append(f"{here}:{line}: {part} imports plugin.{target}, which lies above it")
    return problems


def check_translations(path: Path, tree: ast.AST, root: Path) -> list[str]:
    """A formatted string in tr() is never found in the catalogue of translations."""
    problems = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in {"tr", "translate"} and any(isinstance(argument, ast.JoinedStr) for argument in node.args):
            problems.append(f"{path.relative_to(root)}:{node.lineno}: {name}(f'…') cannot be translated; use .format()")
    return problems


def check_file(path: Path, root: Path) -> list[str]:
    """All rules for one Python file."""
    here = path.relative_to(root)
    text = path.read_text(encoding="utf-8")
    problems = []
    lines = text.count("\n") + 1
    if lines > LONGEST_MODULE:
        problems.append(f"{here}:{LONGEST_MODULE}: {lines} lines; no module is longer than {LONGEST_MODULE}")
    longest = LONGEST_LINE.get(here.parts[0], LONGEST_LINE_ELSEWHERE)
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > longest:
            problems.append(f"{here}:{number}: {len(line)} characters; no line is longer than {longest}")
    try:
        tree = ast.parse(text, str(here), feature_version=OLDEST_PYTHON)
    except SyntaxError as error:
        return [*problems, f"{here}:{error.lineno}: not Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]}: {error.msg}"]
    return problems + check_imports(path, tree, root) + check_translations(path, tree, root)


def check_paths(path: Path, root: Path) -> list[str]:
    """No folder of a particular machine is written into the project."""
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        match = _MACHINE_PATH.search(line)
        if match:
            problems.append(f"{path.relative_to(root)}:{number}: names a folder of one machine: {match.group()}…")
    return problems


def check_versions(root: Path) -> list[str]:
    """metadata.txt, pyproject.toml and CHANGELOG.md speak of the same version."""
    found = {}
    for name, pattern in (
        ("metadata.txt", r"^version=(\S+)$"),
        ("pyproject.toml", r'^version = "([^"]+)"$'),
        ("CHANGELOG.md", r"^## \[(\d[^\]]*)\]"),
    ):
        match = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        found[name] = match.group(1) if match else "none"
    if len(set(found.values())) == 1:
        return []
    return ["versions differ: " + ", ".join(f"{name} {version}" for name, version in found.items())]
