"""Write the table of issue codes into docs/checks.md; `--check` only tells whether it is up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from envzones.plugin.engine.quality_issues import CODES
from envzones.plugin.engine.repair import REPAIRS

PAGE = Path(__file__).resolve().with_name("checks.md")
BEGIN, END = "<!-- codes: made by docs/check_table.py -->", "<!-- end of codes -->"


def table() -> str:
    """The table of codes as Markdown."""
    lines = ["| code | severity | what | how to mend | repair |", "|---|---|---|---|---|"]
    for code, known in CODES.items():
        what, mend = (
            re.sub(r"\{[^}]*\}", "…", text).replace("|", "/")
            for text in (f"{known.zh} — {known.en}", f"{known.mend_zh} — {known.mend_en}")
        )
        lines.append(f"| `{code}` | {known.severity} | {what} | {mend} | {f'`{known.repair}`' if known.repair else ''} |")
    lines += ["", "| repair | what it does |", "|---|---|"]
    lines += [f"| `{code}` | {zh} — {en} |" for code, (zh, en) in REPAIRS.items()]
    return "\n".join(lines)


def main() -> int:
    """Write or compare."""
    old = PAGE.read_text(encoding="utf-8")
    new = f"{old[: old.index(BEGIN)]}{BEGIN}\n{table()}\n{old[old.index(END):]}"
    if "--check" in sys.argv:
        return int(new != old)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
