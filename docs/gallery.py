"""Every product of the demonstration as pictures, with what a program can find wrong with them: ``make gallery``.

Sheets of every kind on every paper, ledgers, reports and pages, in both languages, for internal use and for the public, go
to build/gallery; ``index.html`` shows them.  Looking at them is left to people.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

DEMO = Path(__file__).resolve().parents[1] / "build" / "demo"
DAY = date(2019, 6, 30)
BOOKS = ("jiyuan-2018", "national-henan")
#: Sheets of each kind: all papers for one kind, the usual ones for the others.
SHEETS = (("a4", "landscape"), ("a4", "portrait"), ("a3", "landscape"), ("a3", "portrait"))
DPI, MOST_PAGES = 60, 14
#: A page with less ink than this share is taken for empty.
_INK = 0.002


def run(*command: object, limit: float = 300) -> str:
    """Run a program and return what it prints."""
    done = subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, errors="replace", timeout=limit, check=False
    )
    if done.returncode:
        raise SystemExit(f"gallery: {command[0]} failed: {done.stderr.strip()[-300:]}")
    return done.stdout


class Gallery:
    """The products that were made, their pictures, and what was found."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.rows: list[tuple[str, Path, list[Path], list[str]]] = []
        self._office = tempfile.TemporaryDirectory(prefix="envzones-gallery-")

    def add(self, title: str, path: Path) -> None:
        """Render a product and look it over."""
        pdf = path
        found: list[str] = []
        if path.suffix in (".docx", ".xlsx"):
            profile = (Path(self._office.name) / "profile").as_uri()
            run("soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir",
                self.out / "rendered", path)  # fmt: skip
            pdf = self.out / "rendered" / f"{path.stem}.pdf"
        if path.suffix == ".html":
            pictures = [self._page(path)]
        elif path.suffix == ".png":
            pictures = [path]
        else:
            pictures = self._pages(pdf, title)
            found += list(self._of_pdf(pdf))
        found += [f"{one.name}: nearly empty" for one in pictures if ink(one) < _INK]
        self.rows.append((title, path, pictures, found))
        print(f"  {title}: {len(pictures)} picture(s){'; ' + '; '.join(found) if found else ''}", flush=True)

    def _pages(self, pdf: Path, title: str) -> list[Path]:
        head = self.out / "pictures" / title
        run("pdftoppm", "-r", DPI, "-l", MOST_PAGES, "-png", pdf, head)
        return sorted(one for one in head.parent.glob("*.png") if re.fullmatch(re.escape(title) + r"-\d+", one.stem))

    def _page(self, path: Path) -> Path:
        picture = self.out / "pictures" / f"page-{path.stem}.png"
        run("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1366,900",
            "--virtual-time-budget=3000", f"--screenshot={picture}", path.absolute().as_uri())  # fmt: skip
        return picture

    def _of_pdf(self, pdf: Path) -> Iterator[str]:
        """Yield what is wrong with a PDF: fonts that are not in it, signs without a glyph, cells too narrow."""
        for line in run("pdffonts", pdf).splitlines()[2:]:
            flags = re.search(r" (yes|no) +(?:yes|no) +(?:yes|no) +\d+ +\d+$", line)
            if flags and flags[1] == "no":
                yield f"font not embedded: {line.split()[0]}"
        text = run("pdftotext", "-layout", pdf, "-")
        if "\ufffd" in text:
            yield "a sign without a glyph"
        if re.search(r"#{4,}", text):
            yield "a cell is too narrow for its number"
        pages = int(re.search(r"Pages:\s+(\d+)", run("pdfinfo", pdf))[1])
        if pages > MOST_PAGES:
            print(f"  {pdf.name}: the first {MOST_PAGES} of {pages} pages are shown")

    def write(self) -> Path:
        """Write the page that shows all."""
        parts = []
        for title, path, pictures, found in self.rows:
            shown = "".join(
                f'<a href="{html.escape(os.path.relpath(one, self.out))}"><img loading="lazy" alt=""'
                f' src="{html.escape(os.path.relpath(one, self.out))}"></a>'
                for one in pictures
            )
            wrong = "".join(f"<li>{html.escape(one)}</li>" for one in found)
            parts.append(
                f'<section><h2>{html.escape(title)}</h2><p><a href="{html.escape(os.path.relpath(path, self.out))}">'
                f"{html.escape(path.name)}</a></p><ul>{wrong}</ul><div>{shown}</div></section>"
            )
        target = self.out / "index.html"
        target.write_text(
            '<!DOCTYPE html><meta charset="utf-8"><title>EnvZones: products</title><style>img{height:260px;border:1px solid'
            " #999;margin:3px}ul{color:#8c1d18}body{font-family:sans-serif}</style>" + "".join(parts), encoding="utf-8",
        )  # fmt: skip
        return target


def ink(picture: Path) -> float:
    """Return the share of a picture that is not white."""
    from PIL import Image

    grey = Image.open(picture).convert("L").resize((200, 200))
    return sum(1 for value in grey.getdata() if value < 245) / 40_000


def sheets(gallery: Gallery, langs: list[str]) -> None:
    """Print one sheet of every kind: sections on all papers, in both languages; one public map."""
    from qgis.core import QgsApplication, QgsProject

    application = QgsApplication([], True)
    application.initQgis()
    from envzones.plugin.engine.publication import Publication
    from envzones.plugin.project.layout import Sheet, make_layout, subjects
    from envzones.plugin.project.print_check import check
    from envzones.plugin.project.print_export import export

    project = QgsProject.instance()
    if not project.read(str(DEMO / "jiyuan.qgz")):
        raise SystemExit("gallery: the demonstration's project cannot be read; run 'make demo'")
    for lang in langs:
        seen: dict[str, Any] = {}
        for subject, _ in subjects(project, lang):
            seen.setdefault(subject.kind, subject)
        for kind, subject in seen.items():
            for paper, orientation in SHEETS if kind in ("section", "onemap") else SHEETS[:1]:
                for publication in (Publication(), Publication("public", approval_no="豫S〔2019〕001号")):
                    if publication.public and (kind, paper, orientation) != ("onemap", "a3", "landscape"):
                        continue
                    layout = make_layout(project, subject, Sheet(paper, orientation), lang, publication=publication)
                    name = f"sheet-{kind}-{paper}-{orientation}-{lang}{'-public' if publication.public else ''}"
                    path = gallery.out / "products" / f"{name}.pdf"
                    export(layout, path)
                    gallery.add(name, path)
                    gallery.rows[-1][3].extend(flaw.message for flaw in check(layout, project, DAY))
                    layout.deleteLater()


def documents(gallery: Gallery, langs: list[str]) -> None:
    """Write every document of every result, in both languages; the siting check for the public, too."""
    from envzones.plugin.engine.clauses.book import load_books
    from envzones.plugin.engine.onemap import OneMap
    from envzones.plugin.engine.publication import Publication
    from envzones.plugin.engine.report.content import read_results, write

    onemap, books = OneMap.open(DEMO / "jiyuan.gpkg"), load_books(BOOKS)
    inside = Publication(office="济源市生态环境局", classification="内部")
    public = Publication("public", approval_no="豫S〔2019〕001号", office="济源市生态环境局")
    for lang in langs:
        for kind in ("check", "section", "radius", "plan"):
            content = read_results([DEMO / f"{kind}.gpkg"], onemap, books=books, as_of=DAY, lang=lang)
            for suffix in (".xlsx", ".docx", ".html"):
                for publication in (inside, public) if kind == "check" else (inside,):
                    name = f"{kind}-{suffix[1:]}-{lang}{'-public' if publication.public else ''}"
                    path = gallery.out / "products" / f"{name}{suffix}"
                    write(path, content, lang=lang, publication=publication)
                    gallery.add(name, path)


def main() -> int:
    """Make the gallery."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", type=Path, default=Path("build/gallery"))
    options.add_argument("--lang", choices=("zh", "en"), help="one language only")
    options.add_argument("--only", choices=("demo", "sheets", "documents"), help="one part only")
    given = options.parse_args()
    langs = [given.lang] if given.lang else ["zh", "en"]
    for name in ("soffice", "chromium", "pdftoppm", "pdffonts"):
        if shutil.which(name) is None:
            raise SystemExit(f"gallery: {name} is missing; run 'make setup'")
    shutil.rmtree(given.out, ignore_errors=True)
    for folder in ("products", "pictures", "rendered"):
        (given.out / folder).mkdir(parents=True)
    begun = time.monotonic()
    gallery = Gallery(given.out)
    if given.only in (None, "demo"):
        for name in ("ledger.xlsx", "items.xlsx", "siting.docx", "sections.docx", "plan.docx", "siting.html",
                     "sections.html", "map.pdf", "sections.pdf", "map.png"):  # fmt: skip
            gallery.add(f"demo-{name}", DEMO / name)
    if given.only in (None, "documents"):
        documents(gallery, langs)
    if given.only in (None, "sheets"):
        sheets(gallery, langs)
    target = gallery.write()
    wrong = sum(len(found) for *_, found in gallery.rows)
    print(f"{len(gallery.rows)} products in {time.monotonic() - begun:.0f} s, {wrong} findings: {target}")
    sys.stdout.flush()
    # What of QGIS is static would be destroyed in no particular order after this, which can crash.
    os._exit(0)


if __name__ == "__main__":
    main()
