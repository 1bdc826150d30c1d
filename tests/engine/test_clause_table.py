"""All 209 rows of the five plans are in the books, and the page that says so is what the books give."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location(
    "clause_table", Path(__file__).resolve().parents[2] / "docs" / "clause_table.py"
)
clause_table = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(clause_table)


def test_the_index_has_209_rows():
    assert sum(count for _, count in clause_table.ROWS.values()) == 209


@pytest.mark.parametrize("name", list(clause_table.ROWS))
def test_no_row_is_left_out(name):
    book = clause_table.load_book(clause_table.SHIPPED / f"{name}.yaml")
    assert set(clause_table.expected(name)) - {clause.row for clause in book.clauses} == set()


@pytest.mark.parametrize("name", [*clause_table.ROWS, clause_table.LAW])
def test_all_but_the_registers_run_on_layers_of_the_map(name):
    book = clause_table.load_book(clause_table.SHIPPED / f"{name}.yaml")
    assert [c.id for c in book.clauses if c.kind != "register" and not clause_table.computed(c)] == []


def test_the_page_is_what_the_books_give():
    assert clause_table.TARGET.read_text(encoding="utf-8") == clause_table.page(), (
        "run .venv/bin/python docs/clause_table.py"
    )
