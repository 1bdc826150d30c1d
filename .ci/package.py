"""Make dist/envzones.zip from the committed state: a git archive, compiled translations, the guide; the same bytes each time.

package.py [--release]     with --release, placeholders in the owner's addresses are an error
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import check_package

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs"))
NAME = "envzones"
LRELEASE = ("/usr/lib/qt5/bin/lrelease", "lrelease", "lrelease-qt5", "lrelease6")


def git(*arguments: str) -> bytes:
    """Output of a git command in the repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


def compiled_translations(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Each .ts of the archive compiled to .qm, by its name in the zip."""
    sources = [name for name in archive.namelist() if name.endswith(".ts")]
    if not sources:
        return {}
    lrelease = next((found for name in LRELEASE if (found := shutil.which(name))), None)
    if lrelease is None:
        raise SystemExit("lrelease is missing, so translations cannot be compiled; install qttools5-dev-tools")
    compiled = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in sources:
            source, target = Path(folder, "in.ts"), Path(folder, "out.qm")
            source.write_bytes(archive.read(name))
            subprocess.run([lrelease, "-silent", str(source), "-qm", str(target)], check=True)
            compiled[name.removesuffix(".ts") + ".qm"] = target.read_bytes()
    return compiled


def committed(folder: str, ending: str) -> dict[str, bytes]:
    """Files of a folder as they are committed, by their names inside it."""
    names = git("-c", "core.quotePath=off", "ls-tree", "-r", "-z", "--name-only", "HEAD", f"{folder}/").decode()
    wanted = [name for name in names.split("\0") if name.endswith(ending)]
    return {name.removeprefix(f"{folder}/"): git("show", f"HEAD:{name}") for name in wanted}


def guide() -> dict[str, bytes]:
    """The pages of the user guide, by their names in the zip; what the archive leaves out they are made from."""
    import build_guide

    try:
        made = build_guide.build(committed("docs/guide", ".md"), committed("docs/img", ".png"))
    except build_guide.GuideError as error:
        raise SystemExit(f"the user guide cannot be built: {error}") from error
    return {f"{NAME}/resources/help/{name}": data for name, data in made.items()}


def build(target: Path) -> None:
    """Write the zip under a temporary name and move it into place."""
    stamp = git("log", "-1", "--format=%cd", "--date=format-local:%Y %m %d %H %M %S", "HEAD").decode().split()
    when = tuple(int(part) for part in stamp)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(".half")
    with zipfile.ZipFile(io.BytesIO(git("archive", "--format=zip", f"--prefix={NAME}/", "HEAD"))) as archive:
        contents = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
        contents.update(compiled_translations(archive))
    contents.update(guide())
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name in sorted(contents):
            info = zipfile.ZipInfo(name, date_time=when)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            made.writestr(info, contents[name])
    os.replace(half, target)


def main(arguments: list[str]) -> int:
    """Build, check, report only what is wrong."""
    os.environ["TZ"] = "UTC"  # the commit's time is written the same on every machine
    target = ROOT / "dist" / f"{NAME}.zip"
    changed = git("status", "--porcelain", "--untracked-files=no").decode().strip()
    if changed:
        print(f"package: {len(changed.splitlines())} files have changes that are not in the zip", file=sys.stderr)
    build(target)
    return check_package.main([str(target), *arguments])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
