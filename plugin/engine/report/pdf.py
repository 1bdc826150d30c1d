"""PDF from a Word document, by LibreOffice where it is there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess  # nosec B404: LibreOffice, found by name, is given paths of our own
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..errors import Cancelled, InputError
from ..progress import SILENT, Progress, report
from .publish import publish

#: Where LibreOffice lies when it is not on the search path.
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
    "/opt/libreoffice/program/soffice",
    "/snap/bin/libreoffice",
)
_LIMIT_S = 600.0
_STEP_S = 0.2
#: What LibreOffice writes anew each time: dates of the information dictionary, and the file's identifier.
_DATE = re.compile(rb"(/(?:CreationDate|ModDate)\s*\(D:)\d{14}[^)]*(\))")
_ID = re.compile(rb"(/ID\s*\[\s*<)[0-9A-Fa-f]{32}(>\s*<)[0-9A-Fa-f]{32}(>\s*\])")
_CHECKSUM = re.compile(rb"(/DocChecksum\s*/)[0-9A-Fa-f]{32}")


def libreoffice() -> Path | None:
    """Return LibreOffice's program, None where there is none."""
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((Path(place) for place in _PLACES if Path(place).is_file()), None)


def to_pdf(docx: str | Path, pdf: str | Path, *, progress: Progress = SILENT) -> Path:
    """Convert a Word document.

    Parameters
    ----------
    docx, pdf : path
        The PDF appears only when it is complete.
    progress : Progress
        Cancelling ends LibreOffice within a second.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If LibreOffice is not there, fails, or takes longer than ten minutes; if the PDF cannot be written.
    Cancelled
        If the progress says so.
    """
    docx, pdf = Path(docx), Path(pdf)
    program = libreoffice()
    if program is None:
        raise InputError(
            f"{pdf.name} is made by LibreOffice, which was not found; install it from https://www.libreoffice.org,"
            " or write the report as .docx."
        )
    if not docx.is_file():
        raise InputError(f"Document {docx} does not exist; write it first.")
    report(progress, 0.0, pdf.name)
    with tempfile.TemporaryDirectory(prefix="envzones-office-") as folder:
        made = convert(docx, Path(folder), "pdf:writer_pdf_Export", progress=progress)
        content = _settled(made.read_bytes(), docx)
    report(progress, 0.98, pdf.name)
    return publish(pdf, content)


def convert(docx: Path, folder: Path, kind: str, *, progress: Progress = SILENT) -> Path:
    """Let LibreOffice write a document as another `kind` (``suffix:filter``) into a folder of ours; return the file.

    Raises
    ------
    InputError
        If LibreOffice is not there, fails, or takes longer than ten minutes.
    Cancelled
        If the progress says so.
    """
    program = libreoffice()
    if program is None:
        raise InputError("LibreOffice was not found; install it from https://www.libreoffice.org.")
    # A profile of its own: the user's LibreOffice may be open, and would take the order and answer nothing.
    source = folder / "source" / "report.docx"
    source.parent.mkdir()
    shutil.copyfile(docx, source)
    command = [
        str(program), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
        "--nolockcheck", "--convert-to", kind, "--outdir", str(folder / "out"), str(source),
    ]  # fmt: skip
    # In its own group, so that the programs that it starts end with it.
    group: dict[str, Any] = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    environment = {**os.environ, "HOME": str(folder), "SAL_USE_VCLPLUGIN": "svp"}
    with (folder / "said").open("w+b") as said:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, **group
            )  # nosec B603
        except OSError as error:
            raise InputError(
                f"LibreOffice ({program}) cannot be started ({error.strerror}); install it again."
            ) from error
        try:
            _wait(process, progress)
        finally:
            _end(process)
        said.seek(0)
        words = said.read().decode("utf-8", "replace").strip().splitlines()
    out = folder / "out" / f"report.{kind.split(':')[0]}"
    if process.returncode or not out.is_file():
        why = words[-1] if words else f"exit status {process.returncode}"
        raise InputError(
            f"LibreOffice could not convert {docx.name} ({why}); open it there and export it by hand."
        )
    return out


def _wait(process: subprocess.Popen[bytes], progress: Progress) -> None:
    begun = time.monotonic()
    while process.poll() is None:
        if progress.cancelled:
            raise Cancelled("Cancelled; nothing was written.")
        past = time.monotonic() - begun
        if past > _LIMIT_S:
            raise InputError(
                f"LibreOffice did not end within {_LIMIT_S / 60:.0f} minutes; write the report as .docx and"
                " export it there."
            )
        # How long it takes is not known; half of what is left passes every ten seconds.
        report(progress, 0.95 * (1 - 0.5 ** (past / 10.0)))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STEP_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started, if they still run."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _settled(content: bytes, docx: Path) -> bytes:
    """Return the PDF with the document's own moment and a name made of its content: the same bytes for the same text.

    All replacements keep their length, since a PDF counts its bytes.
    """
    import zipfile

    with zipfile.ZipFile(docx) as package:
        digest = hashlib.sha256(
            b"".join(package.read(name) for name in sorted(package.namelist()))
        ).hexdigest()[:32]
        core = package.read("docProps/core.xml").decode("utf-8", "replace")
    told = re.search(r"<dcterms:created[^>]*>(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z<", core)
    moment = "".join(told.groups()) if told else datetime.now(timezone.utc).strftime("%Y%m%d%H%M%S")

    def dated(match: re.Match[bytes]) -> bytes:
        length = len(match.group(0)) - len(match.group(1)) - len(match.group(2))
        return match.group(1) + (moment.encode() + b"Z00'00'")[:length].ljust(length, b"'") + match.group(2)

    name = digest.upper().encode()
    content = _DATE.sub(dated, content)
    content = _ID.sub(rb"\g<1>" + name + rb"\g<2>" + name + rb"\g<3>", content)
    return _CHECKSUM.sub(rb"\g<1>" + name, content)
