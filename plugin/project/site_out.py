"""What leaves a siting check: the ledger and the report, as the office files them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.publication import INTERNAL, Publication

if TYPE_CHECKING:
    from ..engine.siting import CheckResult


def write(
    path: Path, result: CheckResult, onemap: Any, title: str, lang: str, *, publication: Publication = INTERNAL
) -> Path:
    """Write a ledger (.xlsx) or a report (.docx, .pdf, .html), by the name's end; any thread may call it.

    Raises
    ------
    InputError
        If the file cannot be written, or the library for it is missing.
    """
    from ..engine.report.content import of_check
    from ..engine.report.content import write as write_content

    return write_content(path, of_check(result, onemap, title), lang=lang, publication=publication)
