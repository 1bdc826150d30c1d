"""What the verbs of the command line share: reading arguments and files, progress, messages, documents."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from .engine.errors import InputError
from .engine.progress import SILENT, Progress

if TYPE_CHECKING:
    import geopandas as gpd

    from .engine.publication import Publication
    from .engine.report.content import Content

#: Options that ask for documents.
DOCUMENTS = ("--xlsx", "--docx", "--pdf", "--html")
EXIT_FINDINGS, EXIT_INPUT, EXIT_CANCELLED = 1, 2, 130


def add_verb(
    group: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """Add a verb that `run` carries out."""
    one = group.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    one.set_defaults(run=run)
    return one


def add_out(one: argparse.ArgumentParser) -> None:
    """Add where the result layers go."""
    one.add_argument("--out", type=Path, required=True, metavar="OUT.gpkg")


def add_results(one: argparse.ArgumentParser, *reports: str) -> None:
    """Add ``--out``, the options of the `reports` and ``--lang``."""
    add_out(one)
    for name in reports:
        one.add_argument(name, type=Path, metavar=f"FILE{name.replace('--', '.')}")
    one.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of ledgers and reports")


def add_documents(one: argparse.ArgumentParser) -> None:
    """Add the options of documents: which, in which language, by whom, for whom."""
    for name in DOCUMENTS:
        one.add_argument(name, type=Path, metavar=f"FILE{name.replace('--', '.')}")
    one.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of ledgers and reports")
    one.add_argument(
        "--template", type=Path, metavar="OFFICE.docx", help="the office's own document, for .docx and .pdf"
    )
    add_publication(one)


def add_publication(one: argparse.ArgumentParser) -> None:
    """Add for whom a product is, and what it is marked with."""
    group = one.add_mutually_exclusive_group()
    group.add_argument("--internal", action="store_true", help="for internal use (the default): marked so")
    group.add_argument(
        "--public", action="store_true",
        help="for the public: places of intakes and contaminated plots are left out, others rounded",
    )  # fmt: skip
    one.add_argument(
        "--approval-no", default="", metavar="NO", help="map approval number (审图号), with --public"
    )
    one.add_argument("--classification", default="", metavar="WORDS", help="密级, as the office states it")
    one.add_argument(
        "--decimals", type=int, default=4, metavar="N", help="of public coordinates in degrees (default 4)"
    )
    one.add_argument("--office", default="", metavar="NAME", help="the compiling office (编制单位)")


def publication_of(options: argparse.Namespace, hidden: Iterable[str] = ()) -> Publication:
    """Return for whom a product is; `hidden` are layers of the map whose places stay unsaid besides the shipped ones.

    Raises
    ------
    InputError
        Where marks of the one kind are given for the other.
    """
    from .engine.publication import Publication

    if options.approval_no and not options.public:
        raise InputError(
            "A map approval number is for the public; give --public with --approval-no, or neither."
        )
    if options.classification and options.public:
        raise InputError(
            "A classified product is not for the public; give --classification or --public, not both."
        )
    return Publication(
        "public" if options.public else "internal", options.classification, options.approval_no, options.office,
        options.decimals, frozenset(hidden),
    )  # fmt: skip


def layer(text: str) -> tuple[Path, str | None]:
    """Read ``FILE[:LAYER]``."""
    path, colon, name = text.rpartition(":")
    # A Windows drive letter is no layer separator.
    return (
        (Path(path), name)
        if colon and len(path) > 1 and "/" not in name and "\\" not in name
        else (Path(text), None)
    )


def day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no date; write it as 2019-06-30") from error


def metres(text: str) -> float:
    """Read a distance in metres."""
    value = float(text)
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"'{text}' is no distance between 0 and 1000000 m")
    return value


class _Bar:
    """A tqdm bar as engine progress; on a terminal only."""

    cancelled = False

    def __init__(self, title: str) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=100,
            desc=title,
            unit="%",
            leave=False,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {postfix}",
        )

    def __call__(self, fraction: float, message: str = "") -> None:
        self._bar.n = round(100 * fraction)
        self._bar.set_postfix_str(message[:40], refresh=True)
        if fraction >= 1:
            self._bar.close()


class _Interruptible:
    """A progress that is cancelled by Ctrl-C."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stopped = False

    @property
    def cancelled(self) -> bool:
        return self._stopped or self._progress.cancelled

    def __call__(self, fraction: float, message: str = "") -> None:
        self._progress(fraction, message)

    def stop(self, _number: int, _frame: object) -> None:
        """Take note of a signal; the second ends what does not look."""
        if self._stopped:
            raise KeyboardInterrupt
        self._stopped = True


@contextlib.contextmanager
def interruptible(progress: Progress) -> Iterator[Progress]:
    """Let Ctrl-C cancel a long run where it looks for it.

    Raised wherever the program stands, KeyboardInterrupt can end in a callback of some library, which drops it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield progress
        return
    watched = _Interruptible(progress)
    before = signal.signal(signal.SIGINT, watched.stop)
    try:
        yield watched
    finally:
        signal.signal(signal.SIGINT, before)


def progress_bar(title: str) -> Progress:
    """Return a bar for a terminal, silence elsewhere."""
    return _Bar(title) if sys.stderr.isatty() else SILENT


def say(text: str) -> None:
    """Print a line to stderr."""
    print(text, file=sys.stderr)


def read(source: tuple[Path, str | None]) -> gpd.GeoDataFrame:
    """Read a layer."""
    from .engine.onemap import read_file

    return read_file(*source)


def read_named(source: tuple[Path, str | None]) -> tuple[str, gpd.GeoDataFrame]:
    """Read a layer, with its name."""
    return source[1] or source[0].stem, read(source)


def check_outputs(options: argparse.Namespace) -> None:
    """Refuse outputs that could not be written, before anything is computed."""
    from .store.results import check_writable

    check_writable(options.out)
    if hasattr(options, "public"):
        publication_of(options)
    check_documents(options)


def check_documents(options: argparse.Namespace) -> None:
    """Refuse documents that could not be written, before anything is computed."""
    for option in DOCUMENTS:
        path = getattr(options, option.strip("-"), None)
        if path is not None and path.suffix.lower() != option.replace("--", "."):
            raise InputError(f"{option} {path} must end in {option.replace('--', '.')}; change the name.")
        if path is not None and not path.parent.is_dir():
            raise InputError(
                f"Folder {path.parent} does not exist; create it or choose another for {path.name}."
            )


def write_ledger(options: argparse.Namespace, **content: Any) -> None:
    """Write the ledger where one is asked for."""
    if options.xlsx:
        from .engine.report.ledger import write_xlsx

        write_xlsx(options.xlsx, lang=options.lang, **content)


def write_documents(options: argparse.Namespace, content: Content) -> list[Path]:
    """Write the documents that are asked for, and say so."""
    from .engine.publication import hidden_layers
    from .engine.report.content import write

    hidden = hidden_layers(content.onemap.catalog) if hasattr(content.onemap, "catalog") else ()
    publication = publication_of(options, hidden)
    wanted = [path for option in DOCUMENTS if (path := getattr(options, option.strip("-"))) is not None]
    for path in wanted:
        write(
            path, content, lang=options.lang, publication=publication, template=options.template,
            progress=progress_bar(path.name),
        )  # fmt: skip
        say(f"  {path}")
    return wanted


def say_issues(issues: gpd.GeoDataFrame) -> None:
    """Print what could not be done and what is in doubt."""
    for severity in ("error", "warning"):
        for message in issues.loc[issues["severity"] == severity, "message_en"]:
            say(f"  {severity}: {message}")
