"""The engine's error messages in Chinese: recognised by their pattern, told with the same names and numbers.

The engine writes its sentences with the facts already in them, so that a table of whole texts could never find them.
``i18n/errors_zh_CN.json`` maps each pattern, ``{}`` for a fact, to the Chinese one, in which ``{0}``, ``{1}`` … are the
facts in the order of the English sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from .engine.errors import EnvZonesError
from .texts import FOLDER

#: A pattern with fewer letters of its own would recognise sentences that are none of it.
_LEAST_LETTERS = 6
_FACT = "{}"


def install(lang: str) -> None:
    """Let messages be told in the user's language."""
    EnvZonesError.translate = in_chinese if lang == "zh" else None


def release() -> None:
    """Let messages be English again."""
    EnvZonesError.translate = None


def in_chinese(sentence: str) -> str:
    """Return a message of the engine in Chinese; what is not known stays as it is."""
    for own, pattern, chinese in _patterns():
        if own in sentence:
            match = pattern.fullmatch(sentence)
            if match is not None:
                # A fact may be a sentence itself: why a file could not be read.
                return chinese.format(*(in_chinese(fact) if " " in fact else fact for fact in match.groups()))
    return sentence


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Return (longest piece of its own, pattern, Chinese), the most particular first."""
    found = []
    for english, chinese in table().items():
        pieces = english.split(_FACT)
        letters = sum(len(re.findall("[A-Za-z]", piece)) for piece in pieces)
        if letters >= _LEAST_LETTERS:
            pattern = re.compile("(.*?)".join(re.escape(piece) for piece in pieces), re.DOTALL)
            found.append((len("".join(pieces)), max(pieces, key=len), pattern, chinese))
    found.sort(key=lambda one: -one[0])
    return tuple((own, pattern, chinese) for _, own, pattern, chinese in found)


def table() -> Mapping[str, str]:
    """Return English pattern -> Chinese pattern."""
    with (FOLDER / "errors_zh_CN.json").open(encoding="utf-8") as file:
        found: dict[str, str] = json.load(file)
    return found
