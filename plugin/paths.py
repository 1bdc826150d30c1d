"""Where the plugin's own files are, and where the user's copies of them go."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESOURCES = ROOT / "resources"
LAYOUTS = RESOURCES / "layouts"
STYLES = RESOURCES / "styles"
MODELS = RESOURCES / "models"
ICON = RESOURCES / "icons" / "icon.svg"


def user_folder() -> Path:
    """Return the folder in the QGIS profile whose files take precedence over the shipped ones."""
    from qgis.core import QgsApplication

    return Path(QgsApplication.qgisSettingsDirPath()) / "envzones"


def user_or_shipped(shipped: Path) -> Path:
    """Return the user's copy of a shipped file if there is one, else the shipped file."""
    own = user_folder() / shipped.relative_to(ROOT)
    return own if own.is_file() else shipped


def user_layers() -> Path | None:
    """Return the folder of the user's own layer definitions, or None where there is none."""
    folder = user_folder() / "layers"
    return folder if folder.is_dir() else None


def user_rulebooks() -> Path:
    """Return the folder of the user's own rulebooks, whether it is there or not."""
    return user_folder() / "rulebooks"
