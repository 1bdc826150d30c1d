"""Which codec bytes are in, and texts that a wrong decoding destroyed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.exchange import text

MAINLAND = "济源市沁河入河排污口位于五龙口镇,由生态环境局负责监督管理,水质目标为三类。"
TAIWAN = "臺北市政府環境保護局公告飲用水水源水質保護區範圍圖說及相關規定。"


@pytest.mark.parametrize(
    "said, codec, found",
    [(MAINLAND, "utf-8", "utf-8"), (MAINLAND, "gbk", "gb18030"), (MAINLAND, "utf-8-sig", "utf-8-sig"), (TAIWAN, "big5", "big5"),
     (MAINLAND, "utf-16", "utf-16"), (MAINLAND, "gb18030", "gb18030"), ("㐀𠀀㐁 " + MAINLAND, "gb18030", "gb18030"),
     ("only ASCII", "ascii", "utf-8"), ("", "ascii", "utf-8"), ("济", "gbk", "gb18030"), ("沁河", "gbk", "gb18030")],
)  # fmt: skip
def test_the_codec_is_found(said, codec, found):
    seen = text.detect(said.encode(codec))
    assert seen.name == found and seen.zh and seen.en
    assert text.decode(said.encode(codec), seen) == said


def test_a_declaration_counts_where_the_bytes_bear_it_out():
    assert text.detect(MAINLAND.encode("gbk"), declared="GBK").sure
    assert text.detect(MAINLAND.encode("gbk"), declared="utf-8").name == "gb18030"
    assert text.detect(MAINLAND.encode("utf-8"), declared="gb2312").name == "utf-8"
    assert text.detect(TAIWAN.encode("big5"), declared="950").name == "big5"
    assert text.detect(MAINLAND.encode("gbk"), declared="ISO-8859-1").name == "gb18030"


COMMON = "".join(bytes([lead, trail]).decode("gb2312") for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF)
                 if not (lead == 0xD7 and trail > 0xF9))  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from(COMMON), min_size=4, max_size=60), st.sampled_from(["utf-8", "gbk"]))
def test_common_characters_are_never_mistaken(said, codec):
    data = said.encode(codec)
    seen = text.detect(data)
    if seen.name != ("utf-8" if codec == "utf-8" else "gb18030"):
        assert not seen.sure, f"{said} in {codec} was certainly {seen.name}"


@pytest.mark.parametrize(
    "said, bad",
    [(MAINLAND, False), ("锟斤拷锟斤拷", True), ("a\ufffdb", True), ("烫烫烫烫", True), ("名称????", True), ("真的吗??", False),
     (MAINLAND.encode("utf-8").decode("latin-1"), True), (MAINLAND[:9].encode("utf-8").decode("gb18030", "ignore"), True),
     ("CaféÀ", False), ("鐢浜涓 正常文字里偶有生僻字", False)],
)  # fmt: skip
def test_destroyed_text_is_told(said, bad):
    assert (text.destroyed(said) is not None) is bad


def test_a_declaration_that_the_bytes_contradict_is_told():
    seen = text.detect(MAINLAND.encode("gbk"), declared="utf-8")
    assert not seen.sure and "utf-8" in seen.en and "utf-8" in seen.zh
    assert "GBK" in text.detect(MAINLAND.encode("utf-8"), declared="GBK").en


def test_a_text_cut_in_the_middle_of_a_character_is_still_told():
    for codec, name in (("utf-8", "utf-8"), ("gbk", "gb18030")):
        assert text.detect(MAINLAND.encode(codec)[:-1]).name == name
