"""Putting a finished file in its place: whole or not at all, and the same bytes for the same content."""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timezone
from pathlib import Path

from ..errors import InputError

_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def stamp(as_of: date) -> datetime:
    """Return the moment written into a file's properties: SOURCE_DATE_EPOCH if set, else the check's date."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return datetime.fromtimestamp(int(epoch), timezone.utc).replace(tzinfo=None)
    return datetime.combine(as_of, time())


def settle(
    package: bytes, moment: datetime, parts: Mapping[str, Callable[[bytes], Iterable[bytes]]] | None = None
) -> bytes:
    """Return an Office package with every date in it set to `moment`.

    The libraries write the clock's time into the zip entries and the core properties, so that two runs over
    the same data differ; an office that compares files, and a test, need them equal.  `parts` are members that are
    written anew on the way: what is given their bytes returns them in pieces.
    """
    zip_moment = max(moment, datetime(1980, 1, 1)).timetuple()[:6]
    text = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            body = source.read(entry)
            if entry.filename == "docProps/core.xml":
                body = _MODIFIED.sub(rb"\g<1>" + text + rb"\g<2>", body)
            info = zipfile.ZipInfo(entry.filename, zip_moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            if parts and entry.filename in parts:
                with target.open(info, "w") as stream:
                    for piece in parts[entry.filename](body):
                        stream.write(piece)
            else:
                target.writestr(info, body)
    return out.getvalue()


def publish(path: str | Path, content: bytes, *, overwrite: bool = True) -> Path:
    """Write `content` to a temporary name beside `path` and rename it, so that no reader sees half a file.

    Raises
    ------
    InputError
        If the folder is not there, the file exists and `overwrite` is false, or it cannot be written (on
        Windows a file that is open in Excel, Word or WPS cannot be replaced).
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"Folder {path.parent} does not exist; create it or choose another for {path.name}.")
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file in it.")
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists already; choose another name or allow overwriting.")
    handle, temporary = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise InputError(
            f"{path} cannot be written ({error.strerror or error}); close it where it is open, or choose"
            f" another name."
        ) from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
