"""Errors that users see.  Each message is one sentence: what is wrong, where, and what to do."""

from __future__ import annotations


class EnvZonesError(Exception):
    """Base of every error that EnvZones raises on purpose."""


class InputError(EnvZonesError):
    """The input is missing, contradictory or unusable; the message says what, where and what to do."""


class Cancelled(EnvZonesError):
    """The user cancelled; nothing has been written."""
