"""Write docs/layers.md from the layer files: every layer with its fields, units, code lists and checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from envzones.plugin.engine import catalog_rules as rules
from envzones.plugin.engine.catalog import FieldSpec, LayerSpec, load_catalog

PAGE = Path(__file__).with_name("layers.md")
_TYPES = {"text": "文本 text", "integer": "整数 integer", "real": "实数 real", "boolean": "是否 yes/no", "date": "日期 date"}


def page() -> str:
    """Return the page as text."""
    catalog = load_catalog()
    base = [item for item in next(iter(catalog.values())).fields if item.base]
    lines = [
        "# The layers of the one map",
        "",
        "Written by `docs/layer_table.py` from `layers/`; how to add a layer or change one is in"
        " [own-layers.md](own-layers.md). Geometries are stored in CGCS2000 degrees (EPSG:4490).",
        "",
        f"{len(catalog)} layers, {sum(len(spec.fields) - len(base) for spec in catalog.values())} fields of their own.",
        "",
        "## Fields that every layer has",
        "",
        *_fields(base),
        "",
        "Beside them each table keeps `row_version`, `edited_by` and `edited_at`; see [store.md](store.md).",
    ]
    for theme in catalog.themes.values():
        specs = catalog.of_theme(theme.name)
        if specs:
            lines += ["", f"## {theme.zh} {theme.en}"]
        for spec in specs:
            lines += ["", *_layer(spec)]
    return "\n".join(lines) + "\n"


def _layer(spec: LayerSpec) -> Iterator[str]:
    yield f"### {spec.zh} `{spec.name}`"
    yield ""
    yield f"{spec.en}. {spec.geometry}. 主管部门: {spec.department}."
    yield ""
    yield from _fields([item for item in spec.fields if not item.base])
    told = [*_rules(spec)]
    if told:
        yield ""
        yield from (f"- {one}" for one in told)


def _fields(items: list[FieldSpec]) -> Iterator[str]:
    yield "| field | 名称 | title | type | values |"
    yield "|---|---|---|---|---|"
    for item in items:
        told = []
        if item.required:
            told.append("required")
        if item.domain:
            told.append("; ".join(f"`{code}` {titles['zh']}" for code, titles in item.domain.items()))
        if item.minimum is not None:
            told.append(f"≥ {item.minimum:g}")
        if item.maximum is not None:
            told.append(f"≤ {item.maximum:g}")
        if item.default is not None:
            told.append(f"default `{item.default}`")
        if item.not_future:
            told.append("not in the future")
        if item.pattern:
            told.append("`" + item.pattern.replace("|", "\\|") + "`")
        if item.reference:
            told.append(f"= {item.reference}")
        if item.hint:
            told.append(item.hint["zh"])
        yield f"| `{item.name}` | {item.title('zh')} | {item.title('en')} | {_TYPES[item.type]} | {', '.join(told)} |"


def _rules(spec: LayerSpec) -> Iterator[str]:
    for first, second in spec.checks:
        if (first, second) != ("valid_from", "valid_to"):
            yield f"`{first}` is never more than `{second}`"
    for rule in spec.rules:
        if isinstance(rule, rules.Requires):
            when = " and ".join(f"`{name}` is {' or '.join(codes)}" for name, codes in rule.when.items())
            yield f"where {when}: {', '.join(f'`{name}`' for name in rule.fields)} must be filled"
        elif isinstance(rule, rules.Unique):
            yield f"{', '.join(f'`{name}`' for name in rule.fields)}: unique"
        elif isinstance(rule, rules.Overlap):
            same = f" with the same {', '.join(rule.same)}" if rule.same else ""
            yield f"rows{same} do not overlap by more than {rule.tolerance:g} m²"
        elif isinstance(rule, rules.Neighbours):
            yield f"no gap between neighbours narrower than {rule.width:g} m"
        elif isinstance(rule, rules.Nested):
            yield f"per `{rule.by}`: {' ⊂ '.join(rule.order)}"
        elif isinstance(rule, rules.Inside):
            tests = f" ({', '.join(f'{k} = {v}' for k, v in rule.filter.items())})" if rule.filter else ""
            yield f"lies within `{rule.layer}`{tests}"
    for name, link in spec.links.items():
        yield f"`{name}` stands in `{link.layer}.{link.field}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE} written")
