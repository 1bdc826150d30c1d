"""The parser of coordinates fed with what nobody ever wrote."""

from __future__ import annotations

from hypothesis import strategies as st

from envzones.plugin.engine.exchange.coordinates import parse, settle, split_pairs

from .fuzzing import fuzz, survives

CELLS = st.one_of(
    st.text(st.sampled_from("0123456789.,-+eE°′″'\"度分秒 东西南北经纬NSEWm米:：/()（）nainf"), max_size=20), st.floats(), st.integers(), st.none(),
    st.booleans(), st.text(max_size=8),
)  # fmt: skip


def test_fuzz_coordinates():
    def check(cells: list) -> None:
        one = survives(lambda: parse(cells))
        assert len(one.values) == len(cells)
        survives(lambda: parse(cells, "packed"))
        survives(lambda: settle(parse(cells), parse(cells[::-1]), None))
        survives(lambda: split_pairs(cells))

    assert fuzz(st.lists(CELLS, max_size=12), check) >= 50
