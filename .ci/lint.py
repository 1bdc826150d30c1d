"""All checks of the source: ruff, bandit, detect-secrets, shell syntax, the house's own rules. Silent when clean."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import house_rules

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SHIPPED = ("__init__.py", "plugin", "layers", "resources", "i18n", "metadata.txt")
# A test states a text or a number that looks like a secret now and then; data files are looked at too, but a
# long list of coordinates is no key.
NOT_FOR_SECRETS = (".geojson", ".qml", ".qpt", ".svg", ".ts", ".png", ".tif")


def files(*patterns: str) -> list[Path]:
    """Files of the project, committed or about to be, without what .gitignore names."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--deduplicate", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def ruff() -> list[str]:
    """Style and likely errors; the rules are in pyproject.toml."""
    done = subprocess.run(
        [BIN / "ruff", "check", "--quiet", "--output-format=concise", "--force-exclude", "."],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).splitlines() if done.returncode else []


def bandit() -> list[str]:
    """Security of what is shipped, at every severity, as plugins.qgis.org scans it."""
    done = subprocess.run(
        [BIN / "bandit", "--quiet", "--recursive", "--format", "json", "__init__.py", "plugin"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        return [f"bandit did not report: {done.stderr.strip()[-300:]}"]
    found = [f"{e['filename']}: not scanned: {e['reason']}" for e in report["errors"]]
    for hit in report["results"]:
        found.append(f"{hit['filename']}:{hit['line_number']}: {hit['test_id']} {hit['issue_text']}")
    return found


def secrets() -> list[str]:
    """Passwords and keys in what is shipped. detect-secrets exits 0 whatever it finds: its report is read."""
    looked_at = [str(p.relative_to(ROOT)) for p in files(*SHIPPED) if p.suffix not in NOT_FOR_SECRETS]
    done = subprocess.run(
        [BIN / "detect-secrets", "scan", *looked_at], cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        results = json.loads(done.stdout)["results"]
    except (json.JSONDecodeError, KeyError):
        return [f"detect-secrets did not report: {done.stderr.strip()[-300:]}"]
    return [f"{name}:{hit['line_number']}: {hit['type']}" for name, hits in results.items() for hit in hits]


def shell() -> list[str]:
    """Shell scripts parse."""
    found = []
    for script in [*files("*.sh"), ROOT / ".ci" / "run"]:
        done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
        found += done.stderr.splitlines()
    return found


def house() -> list[str]:
    """The house's own rules."""
    found = house_rules.check_versions(ROOT)
    for path in files("*.py"):
        found += house_rules.check_file(path, ROOT)
    for path in files("*.py", "*.sh", "*.md", "*.yaml", "*.qml", "*.qpt", "*.toml", "*.txt", "Makefile", ".ci/run"):
        if path.name != "house_rules.py":
            found += house_rules.check_paths(path, ROOT)
    return found


def main() -> int:
    """Run every check; list what each found."""
    failed = 0
    for check in (ruff, bandit, secrets, shell, house):
        found = check()
        if found:
            failed += 1
            print("\n".join(found))
            print(f"lint: {check.__name__} found {len(found)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
