"""Every code has its words, its place in the documentation, and a fault that brings it about."""

from __future__ import annotations

import string
import subprocess
import sys
from pathlib import Path

from envzones.plugin.engine.quality_issues import CODES, ISSUE_COLUMNS, SEVERITIES, Collector, issues_frame

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_codes_is_up_to_date():
    done = subprocess.run([sys.executable, str(ROOT / "docs" / "check_table.py"), "--check"], check=False)
    assert done.returncode == 0, "run docs/check_table.py"


def test_every_code_is_whole():
    for code, known in CODES.items():
        assert known.severity in SEVERITIES
        assert all((known.zh, known.en, known.mend_zh, known.mend_en)), code
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (known.zh, known.en)]
        # The English words of a value may have a name of their own, but each language says something of the same.
        strip = [{name.removesuffix("_zh").removesuffix("_en") for name in found} for found in fields]
        assert strip[0] == strip[1], code


def test_every_code_is_brought_about_by_some_test():
    text = "".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "tests").rglob("test_quality_*.py")) if p.name != Path(__file__).name)
    unseen = sorted(code for code in CODES if f'"{code}"' not in text)
    assert unseen == ["duplicate_rings"]  # older versions of GEOS say the first


def test_an_empty_frame_has_all_columns():
    frame = issues_frame([])
    assert list(frame.columns) == [*ISSUE_COLUMNS, "geometry"]
    assert frame.crs.to_epsg() == 4490
    assert list(Collector().frame([]).columns) == [*ISSUE_COLUMNS, "geometry"]
