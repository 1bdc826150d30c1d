"""PDF through the real LibreOffice: whole, the same twice, ended when cancelled, and one sentence where it is missing."""

from __future__ import annotations

import re
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.report import pdf


@pytest.fixture
def document(tmp_path: Path) -> Path:
    docx = pytest.importorskip("docx")
    one = docx.Document()
    one.add_paragraph("选址符合性分析")
    one.core_properties.created = datetime(2019, 6, 30)
    path = tmp_path / "报告 甲.docx"
    one.save(path)
    return path


def test_a_document_becomes_a_pdf_with_its_fonts_and_the_same_one_twice(document: Path, tmp_path: Path) -> None:
    one, two = (pdf.to_pdf(document, tmp_path / f"{name}.pdf").read_bytes() for name in ("一", "二"))
    assert one == two and one.startswith(b"%PDF-") and one.rstrip().endswith(b"%%EOF")
    assert b"D:20190630000000" in one
    fonts = subprocess.run(
        ["pdffonts", str(tmp_path / "一.pdf")], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert fonts and all(re.search(r" yes +(yes|no) +(yes|no) +\d+ +\d+$", line) for line in fonts)
    said = subprocess.run(["pdftotext", str(tmp_path / "一.pdf"), "-"], capture_output=True, check=True).stdout
    assert "选址符合性分析" in said.decode("utf-8")


def test_cancelling_ends_libreoffice_and_leaves_what_was_there(document: Path, tmp_path: Path) -> None:
    target = tmp_path / "old.pdf"
    target.write_bytes(b"old")

    class Impatient:
        begun = time.monotonic()
        stopped = 0.0

        def __call__(self, fraction: float, message: str = "") -> None: ...

        @property
        def cancelled(self) -> bool:
            if time.monotonic() - self.begun < 0.4:
                return False
            self.stopped = self.stopped or time.monotonic()
            return True

    progress = Impatient()
    with pytest.raises(Cancelled):
        pdf.to_pdf(document, target, progress=progress)
    assert time.monotonic() - progress.stopped < 1.0
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.pdf", document.name]


def test_without_libreoffice_one_sentence_says_what_to_do(document: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(pdf, "libreoffice", lambda: None)
    with pytest.raises(InputError, match="LibreOffice, which was not found; install it"):
        pdf.to_pdf(document, tmp_path / "a.pdf")


def test_what_is_no_document_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.docx"
    with pytest.raises(InputError, match="does not exist"):
        pdf.to_pdf(bad, tmp_path / "a.pdf")
    bad.write_bytes(b"PK\x03\x04 nothing that opens")
    with pytest.raises(InputError):
        pdf.to_pdf(bad, tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_a_program_that_fails_is_told(document: Path, tmp_path: Path, monkeypatch) -> None:
    fake = tmp_path / "soffice"
    fake.write_text("#!/bin/sh\necho 'no room' >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setattr(pdf, "libreoffice", lambda: fake)
    with pytest.raises(InputError, match="could not convert .* \\(no room\\)"):
        pdf.to_pdf(document, tmp_path / "a.pdf")
