"""Write the styles from the tables beside this file to layers/ and resources/styles/, and docs/styles.md."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from style_page import page
from style_parts import Style, document
from style_results import RESULTS
from style_surroundings import SURROUNDINGS
from style_table import BOOLEANS, LAYERS

from envzones.plugin.engine.catalog import LayerSpec, load_catalog

ROOT = Path(__file__).resolve().parents[1]


def titled(style: Style, spec: LayerSpec) -> Style:
    """Return a style whose classes are called as the layer's domain calls their codes."""
    if style.single is not None or style.attribute not in spec.field_names:
        return style
    domain = {code: titles["zh"] for code, titles in (spec.field(style.attribute).domain or {}).items()}
    domain |= BOOLEANS.get(spec.name, {})
    return replace(style, classes=tuple((code, domain.get(code, title), one) for code, title, one in style.classes))


def files() -> dict[Path, str]:
    """Return what every file must hold."""
    catalog = load_catalog()
    found = {
        ROOT / "layers" / catalog[name].theme / f"{name}.qml": document(titled(style, catalog[name]))
        for name, style in (LAYERS | SURROUNDINGS).items()
    }
    drawn = {name: titled(style, catalog[name]) for name, style in (LAYERS | SURROUNDINGS).items()}
    found[ROOT / "docs" / "styles.md"] = page(drawn, RESULTS, catalog)
    return found | {ROOT / "resources" / "styles" / f"{name}.qml": document(style) for name, style in RESULTS.items()}


def main() -> None:
    """Write what differs; with ``--check`` only tell it."""
    stale = [path for path, text in files().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        sys.exit(", ".join(path.name for path in stale) or 0)
    for path, text in files().items():
        if path in stale:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
