"""Errors that users see.  Each message is one sentence: what is wrong, where, and what to do."""

from __future__ import annotations

from typing import Callable, ClassVar


class EnvZonesError(Exception):
    """Base of every error that EnvZones raises on purpose.

    Messages are English.  A program whose users speak another language sets :attr:`translate`, by which every message
    is then told; the engine knows no languages.
    """

    translate: ClassVar[Callable[[str], str] | None] = None

    def __str__(self) -> str:
        text, translate = super().__str__(), EnvZonesError.translate
        return text if translate is None else translate(text)


class InputError(EnvZonesError):
    """The input is missing, contradictory or unusable; the message says what, where and what to do."""


class Cancelled(EnvZonesError):
    """The user cancelled; nothing has been written."""
