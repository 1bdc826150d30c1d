"""The user's language: translated strings and the choice between Chinese and English data texts."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

from .compat import setting

#: All strings share one context, so that a string moved to another class keeps its translation.
CONTEXT = "EnvZones"
FOLDER = Path(__file__).resolve().parents[1] / "i18n"


def tr(text: str) -> str:
    """Translate a literal.  Fill placeholders afterwards: ``tr("{n} rows").format(n=3)``."""
    return QCoreApplication.translate(CONTEXT, text)


def locale_name() -> str:
    """Return QGIS's locale, e.g. ``zh_CN`` or ``en_US``."""
    if setting("locale/overrideFlag", False, bool):
        chosen = setting("locale/userLocale", "", str)
        if chosen:
            return chosen
    return QLocale().name()


def language() -> str:
    """Return ``zh`` or ``en``: the language for titles and labels that the data carry in both."""
    return "zh" if locale_name().lower().startswith("zh") else "en"


def load_translator() -> QTranslator | None:
    """Load the plugin's translation for QGIS's locale, or return None where there is none.

    The caller installs it and, on unload, removes it.
    """
    translator = QTranslator()
    if translator.load(f"envzones_{locale_name()}", str(FOLDER)):
        return translator
    if language() == "zh" and translator.load("envzones_zh_CN", str(FOLDER)):
        return translator
    return None
