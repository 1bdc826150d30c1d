"""What the verbs of the command line share: reading arguments and files, progress, messages, ledgers."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from .engine.errors import InputError
from .engine.progress import SILENT, Progress

if TYPE_CHECKING:
    import geopandas as gpd

EXIT_FINDINGS, EXIT_INPUT, EXIT_CANCELLED = 1, 2, 130


def add_verb(
    group: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """Add a verb that `run` carries out."""
    one = group.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    one.set_defaults(run=run)
    return one


def add_results(one: argparse.ArgumentParser, *reports: str) -> None:
    """Add ``--out``, the options of the `reports` and ``--lang``."""
    one.add_argument("--out", type=Path, required=True, metavar="OUT.gpkg")
    for name in reports:
        one.add_argument(name, type=Path, metavar=f"FILE{name.replace('--', '.')}")
    one.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of ledgers and reports")


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
    for name in ("xlsx", "docx"):
        path = getattr(options, name, None)
        if path is not None and not path.parent.is_dir():
            raise InputError(
                f"Folder {path.parent} does not exist; create it or choose another for {path.name}."
            )


def write_ledger(options: argparse.Namespace, **content: Any) -> None:
    """Write the ledger where one is asked for."""
    if options.xlsx:
        from .engine.report.ledger import write_xlsx

        write_xlsx(options.xlsx, lang=options.lang, **content)


def say_issues(issues: gpd.GeoDataFrame) -> None:
    """Print what could not be done and what is in doubt."""
    for severity in ("error", "warning"):
        for message in issues.loc[issues["severity"] == severity, "message_en"]:
            say(f"  {severity}: {message}")
