"""Numbers, places and sentences as ledgers and reports print them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.report import text
from envzones.plugin.engine.report.rows import Words
from envzones.plugin.engine.report.word import numeral


def test_degrees_minutes_seconds() -> None:
    assert text.dms(112.590001, "lon") == "112°35′24.00″E"
    assert text.dms(35.0, "lat") == "35°00′00.00″N"
    assert text.dms(-0.5, "lon") == "0°30′00.00″W"
    assert text.dms(None, "lat") == "" and text.dms(float("nan"), "lat") == ""


def test_sixty_seconds_carry() -> None:
    assert text.dms(112.9999999, "lon") == "113°00′00.00″E"
    assert text.dms(112 + 35 / 60 + 59.999 / 3600, "lon") == "112°36′00.00″E"


@given(st.floats(min_value=0, max_value=179.9))
def test_dms_reads_back(value: float) -> None:
    whole, rest = text.dms(value, "lon").rstrip("E").split("°")
    minutes, seconds = rest.rstrip("″").split("′")
    assert float(minutes) < 60 and float(seconds) < 60
    assert int(whole) + float(minutes) / 60 + float(seconds) / 3600 == pytest.approx(value, abs=0.0051 / 3600)


@pytest.mark.parametrize(
    ("metres", "limit", "said"),
    [
        (14999.94, 15000.0, "14999.9米"),
        (14999.96, 15000.0, "14999.96米"),
        (15000.06, 15000.0, "15000.1米"),
        (500.0, 500.0, "500米"),
        (499.6, 500.0, "499.6米"),
        (10912.4, 500.0, "10.91公里"),
        (0.0, 500.0, "0米"),
    ],
)
def test_rounding_never_crosses_the_threshold(metres: float, limit: float, said: str) -> None:
    assert text.separation(metres, limit) == said


@given(st.floats(min_value=14950, max_value=15050))
def test_rounding_never_crosses_any_threshold(metres: float) -> None:
    shown = float(text.separation(metres, 15000.0, "en").removesuffix(" m"))
    if abs(metres - 15000) > 1e-5:
        assert (shown < 15000) == (metres < 15000) and (shown > 15000) == (metres > 15000)


def test_areas_in_hectares_and_mu() -> None:
    assert text.mu(10000.0) == pytest.approx(15.0)
    assert text.area(10000.0) == "1.00公顷(15.0亩)"
    assert text.area(666.667).startswith("666.7平方米(1.00亩)")
    assert text.area(None) == ""


def test_dates_are_read_whatever_brings_them() -> None:
    assert text.as_date("2018-12-31") == date(2018, 12, 31)
    assert text.as_date(datetime(2018, 12, 31, 5)) == date(2018, 12, 31)
    assert [text.as_date(value) for value in ("2018年底前", "2018-02-30", None)] == [None, None, None]
    assert text.day(date(2019, 6, 30)) == "2019年6月30日"
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        text.required_date("tomorrow", "as_of")


def test_full_width_punctuation_in_sentences_only() -> None:
    assert text.prose("至少受限,待核实3条,可能不通过") == "至少受限，待核实3条，可能不通过"
    assert text.prose("距12,000米;EPSG:4490") == "距12,000米；EPSG:4490"


def test_compass() -> None:
    assert [text.compass(b) for b in (0, 22.4, 22.6, 180, 359)] == ["北", "北", "东北", "南", "北"]
    assert text.compass(None) == ""


def test_numerals() -> None:
    assert [numeral(n) for n in (1, 9, 10, 11, 20, 21)] == ["一", "九", "十", "十一", "二十", "二十一"]
    assert [numeral(n) for n in (90, 99, 100, 500)] == ["九十", "九十九", "100", "500"]


def test_only_two_languages() -> None:
    with pytest.raises(InputError, match="zh or en"):
        text.check_language("fr")


def test_a_pass_is_never_bare() -> None:
    assert "通过" not in text.VERDICT["pass"][0] and "Pass" not in text.VERDICT["pass"][1]


def test_a_reason_names_a_layer_by_its_title_even_where_a_field_has_the_same_id() -> None:
    words = {lang: Words(lang, date(2019, 6, 30), []) for lang in ("zh", "en")}
    assert words["en"].told("farmland_class is not declared complete") == "Farmland by soil quality is not declared complete"
    assert words["zh"].told("图层 farmland_class 未声明完整") == "图层 耕地土壤环境质量类别 未声明完整"
    assert words["en"].told("capacity_tph is unknown") != "capacity_tph is unknown"
