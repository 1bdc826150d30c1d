"""Archives, opened without ever writing outside their own folder, with limits on size, ratio, number and depth."""

from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import os
import shutil
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
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
#: What the libraries raise for archives that are cut off, altered or packed in a way they do not know.
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError,
    NotImplementedError, OverflowError, RuntimeError, KeyError, IndexError,
)  # fmt: skip


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
        path.suffix.lower() == ".tar" and _is_tar(path)
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
        elif head.startswith(b"\x1f\x8b"):
            made = _gzip(path, folder, name, room, progress)
        else:
            made = _tar(path, folder, name, room, progress)
    except _BROKEN as error:
        raise _broken(name, error) from error
    for one in made:
        if one.suffix.lower() in (".zip", ".tar", ".tgz", ".gz") and is_archive(one):
            if depth <= 1:
                raise InputError(f"{name} holds archives within archives; unpack it and give the files.")
            _inside(one, f"{name}/{one.name}", depth - 1, room, progress)


def _inside(path: Path, name: str, depth: int, room: list[int], progress: Progress) -> None:
    """Put a folder with what an inner archive holds in the archive's place."""
    folder = Path(tempfile.mkdtemp(prefix=".inner-", dir=path.parent))
    _one(path, folder, name, depth, room, progress)
    path.unlink()
    folder.rename(path)


def _broken(name: str, error: BaseException) -> InputError:
    words = " ".join(str(error).split())[:200] or type(error).__name__
    return InputError(f"{name} is broken or no archive ({words}); ask for it to be sent again.")


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
            if inside.endswith(("/", "\\")):
                continue
            with box.open(info) as stream:
                made.append(_written(stream, target, name, room))
    return made


class _Careful(io.RawIOBase):
    """A stream that gives no huge piece at once: tar headers may ask for gigabytes to be kept in memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > 4 * _BLOCK:
            raise ValueError("a header of an absurd size")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def _gzip(path: Path, folder: Path, name: str, room: list[int], progress: Progress) -> list[Path]:
    """Unpack what gzip packed: to a plain file first, so that its size is known to be allowed."""
    report(progress, 0.0, name)
    plain = folder / (path.stem if path.suffix.lower() in (".gz", ".tgz") else path.name)
    if plain == path:
        plain = folder / f"{path.name}.plain"
    with gzip.open(path) as stream:
        made = _written(stream, plain, name, room)
    if not _is_tar(made):
        return [made]
    room[0] += made.stat().st_size
    packed = made.rename(folder / ".packed")
    try:
        return _tar(packed, folder, name, room, progress)
    finally:
        packed.unlink()


def _is_tar(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(257)
        return stream.read(5) == b"ustar"


def _tar(path: Path, folder: Path, name: str, room: list[int], progress: Progress) -> list[Path]:
    made = []
    with path.open("rb") as plain, tarfile.open(fileobj=_Careful(plain), mode="r:") as box:
        for info in box:
            report(progress, 0.0, name)
            target = _target(folder, info.name, name)
            if info.isdir():
                continue
            stream = box.extractfile(info) if info.isreg() else None
            if stream is None:
                raise InputError(
                    f"{name} holds a link or device ({info.name}), which is not followed; ask for plain files."
                )
            with stream:
                made.append(_written(stream, target, name, room))
    return made


def _title(info: zipfile.ZipInfo) -> str:
    """A member's name: UTF-8 where it says so, else the GBK that Windows programs in China write."""
    # The name as it is stored: zipfile takes the second byte of some characters of GBK for a separator on Windows.
    stored = info.orig_filename
    if info.flag_bits & 0x800:
        return stored
    raw = stored.encode("cp437", errors="replace")
    for name in ("utf-8", "gb18030"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    return stored


def _target(folder: Path, inside: str, name: str) -> Path:
    """Where a member goes; refused when that lies outside the folder."""
    plain = inside.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    bad = not parts or plain.startswith("/") or ".." in parts or "\0" in plain or parts[0][1:2] == ":"
    # Windows takes what follows a colon for a stream of the file.
    target = folder.joinpath(*(part.replace(":", "_") for part in parts if part != "."))
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
                    f"{name} unpacks to far more than it should, as harmful archives do; unpack it yourself if you"
                    f" trust it."
                )
            out.write(block)
    return target


def names(path: Path) -> list[str]:
    """Return a zip's member names, without unpacking it.

    Raises
    ------
    InputError
        If it is no whole zip.
    """
    try:
        with zipfile.ZipFile(path) as box:
            return [_title(info) for info in box.infolist()]
    except _BROKEN as error:
        raise _broken(path.name, error) from error
