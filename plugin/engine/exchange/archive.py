"""Archives, opened without ever writing outside their own folder, with limits on size, ratio, number and depth."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ..errors import InputError
from ..progress import SILENT, Progress, report

SUFFIXES = frozenset({".zip", ".kmz", ".ovkmz", ".tar", ".tgz", ".gz"})
#: Formats that no library at hand opens.
_CLOSED = {b"Rar!\x1a\x07": "RAR", b"7z\xbc\xaf\x27\x1c": "7z"}
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What an archive may hold: bytes unpacked, times its own size, members, archives within archives."""

    size: int = 2 << 30
    ratio: int = 200
    members: int = 10_000
    depth: int = 2


def is_archive(path: Path) -> bool:
    """Tell an archive by its first bytes."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if any(head.startswith(mark) for mark in _CLOSED):
        return True
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")) or (
        path.suffix.lower() == ".tar" and tarfile.is_tarfile(path)
    )


@contextlib.contextmanager
def unpacked(path: Path, *, limits: Limits | None = None, progress: Progress = SILENT) -> Iterator[Path]:
    """Unpack an archive into a private folder that goes with the context.

    Raises
    ------
    InputError
        If it is of a kind that cannot be opened, asks for a password, is broken, holds a path that leads outside, or
        breaks a limit.
    """
    folder = Path(tempfile.mkdtemp(prefix="envzones-"))
    try:
        unpack(path, folder, limits=limits, progress=progress)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack(path: Path, folder: Path, *, limits: Limits | None = None, progress: Progress = SILENT) -> list[Path]:
    """Unpack an archive, and archives in it, into a folder; return the files. Errors as :func:`unpacked`."""
    limits = limits or Limits()
    room = [min(limits.size, max(path.stat().st_size, 1 << 20) * limits.ratio), limits.members]
    _one(path, folder, path.name, limits.depth, room, progress)
    return sorted(one for one in folder.rglob("*") if one.is_file())


def _one(path: Path, folder: Path, name: str, depth: int, room: list[int], progress: Progress) -> None:
    with path.open("rb") as stream:
        head = stream.read(8)
    for mark, title in _CLOSED.items():
        if head.startswith(mark):
            raise InputError(f"{name} is a {title} archive, which cannot be opened here; unpack it and give its files.")
    try:
        if head.startswith(b"PK"):
            made = _zip(path, folder, name, room, progress)
        else:
            made = _tar(path, folder, name, room, progress)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, ValueError, NotImplementedError) as error:
        words = " ".join(str(error).split())[:200]
        raise InputError(f"{name} is broken or no archive ({words}); ask for it to be sent again.") from error
    for one in made:
        if one.suffix.lower() in (".zip", ".tar", ".tgz") and is_archive(one):
            if depth <= 1:
                raise InputError(f"{name} holds archives within archives; unpack it and give the files.")
            inner = one.with_name(one.name + ".files")
            inner.mkdir()
            _one(one, inner, f"{name}/{one.name}", depth - 1, room, progress)
            one.unlink()


def _zip(path: Path, folder: Path, name: str, room: list[int], progress: Progress) -> list[Path]:
    made = []
    with zipfile.ZipFile(path) as box:
        for info in box.infolist():
            report(progress, 0.0, name)
            inside = _title(info)
            if info.flag_bits & 1:
                raise InputError(f"{name} asks for a password; unpack it and give its files.")
            if stat.S_ISLNK(info.external_attr >> 16):
                raise InputError(f"{name} holds a link ({inside}), which is not followed; ask for plain files.")
            target = _target(folder, inside, name)
            if info.is_dir():
                continue
            with box.open(info) as stream:
                made.append(_written(stream, target, name, room))
    return made


def _tar(path: Path, folder: Path, name: str, room: list[int], progress: Progress) -> list[Path]:
    made = []
    with tarfile.open(path) as box:
        for info in box:
            report(progress, 0.0, name)
            target = _target(folder, info.name, name)
            if info.isdir():
                continue
            stream = box.extractfile(info) if info.isreg() else None
            if stream is None:
                raise InputError(f"{name} holds a link or device ({info.name}), which is not followed; ask for plain files.")
            with stream:
                made.append(_written(stream, target, name, room))
    return made


def _title(info: zipfile.ZipInfo) -> str:
    """A member's name: UTF-8 where it says so, else the GBK that Windows programs in China write."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", errors="replace")
    for name in ("utf-8", "gb18030"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    return info.filename


def _target(folder: Path, inside: str, name: str) -> Path:
    """Where a member goes; refused when that lies outside the folder."""
    plain = inside.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    bad = not parts or plain.startswith("/") or ".." in parts or "\0" in plain or (len(parts[0]) > 1 and parts[0][1] == ":")
    target = folder.joinpath(*(part for part in parts if part != "."))
    if bad or os.path.commonpath([folder.resolve(), target.resolve()]) != str(folder.resolve()):
        raise InputError(f"{name} holds a path that leads outside it ({inside!r}); it may be harmful, do not open it.")
    return target


def _written(stream: IO[bytes], target: Path, name: str, room: list[int]) -> Path:
    room[1] -= 1
    if room[1] < 0:
        raise InputError(f"{name} holds too many files; unpack it and give those that are wanted.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        while block := stream.read(_BLOCK):
            room[0] -= len(block)
            if room[0] < 0:
                raise InputError(
                    f"{name} unpacks to far more than it should, as harmful archives do; unpack it yourself if you trust it."
                )
            out.write(block)
    return target
