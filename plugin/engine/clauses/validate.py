"""Validate rulebook files: the schema, the loader's own rules, names the catalog knows, and the quotations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from ..catalog import Catalog, load_catalog
from ..errors import InputError
from ..facilities import ANY, FacilityTypes, load_facility_types
from ..yaml_source import YamlSource
from .book import load_book
from .model import Clause, Figure, Relation, Test
from .shelf import SHIPPED

SCHEMA = SHIPPED / "schema.json"
_SPACE = re.compile(r"\s+")


def validate_book(path: str | Path, document: str | None = None) -> list[str]:
    """Return a sentence per fault of a rulebook file, naming file, line and key; an empty list if it is sound.

    Parameters
    ----------
    path : path
    document : str, optional
        Text of the plan document; every piece of every quotation must stand in it, white space aside.
    """
    path = Path(path)
    try:
        book = load_book(path)
    except InputError as error:
        return [str(error)]
    faults = list(_schema_faults(path))
    catalog, facilities = load_catalog(), load_facility_types()
    for clause in book.clauses:
        where = f"{path.name}, line {clause.line}, clause {clause.id}: "
        faults += [where + fault for fault in _unknown_names(clause, catalog, facilities)]
        if document is not None and clause.verbatim:
            faults += [
                f"{where}the quotation “{piece}” does not stand in the document; quote it to the letter."
                for piece in missing_pieces(clause.quote, document)
            ]
    return faults


def missing_pieces(quote: str, document: str) -> list[str]:
    """Return the pieces of a quotation (joined by …) that do not stand in the document, white space aside."""
    text = _SPACE.sub("", document)
    pieces = [_SPACE.sub("", piece) for piece in quote.split("…")]
    return [piece for piece in pieces if piece and piece not in text]


def _schema_faults(path: Path) -> Iterable[str]:
    try:
        import jsonschema
    except ImportError as error:
        raise InputError("Python package jsonschema is missing; install it to validate rulebooks.") from error
    source = YamlSource(path, "Rulebook")
    # The schema speaks JSON: a date is its ISO text there.
    data = json.loads(json.dumps(source.data, default=str))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for error in sorted(validator.iter_errors(data), key=lambda e: [str(part) for part in e.absolute_path]):
        yield str(source.fault(tuple(error.absolute_path), error.message[:200]))


def _unknown_names(clause: Clause, catalog: Catalog, facilities: FacilityTypes) -> Iterable[str]:
    for name in clause.applies_to:
        if name != ANY and name not in facilities.types:
            yield f"facility type '{name}' is unknown; add it to facility_types.yaml or correct it."
    for name in clause.of:
        if name not in catalog:
            yield f"layer '{name}' is unknown; add it to layers/ or correct it."
        else:
            yield from _unknown_tests(clause.when, name, catalog)
    if clause.kind == "siting":
        for attribute in sorted(clause.attributes()):
            if attribute not in facilities.attributes:
                yield f"site attribute '{attribute}' is not declared; add it to facility_types.yaml or correct it."
    for relation in clause.relations():
        yield from _unknown_in(relation, catalog)
    for figure in clause.figures:
        yield from _unknown_in_figure(figure, catalog)


def _unknown_in_figure(figure: Figure, catalog: Catalog) -> Iterable[str]:
    for selection in figure.selections():
        if selection.layer not in catalog:
            yield f"figure {figure.id}: layer '{selection.layer}' is unknown; add it to layers/ or correct it."
            continue
        yield from _unknown_tests(selection.filter, selection.layer, catalog)
    if figure.of.layer not in catalog:
        return
    yield from _unknown_tests(figure.having, figure.of.layer, catalog)
    columns = [(figure.of.layer, figure.column), (figure.of.layer, figure.group)]
    if figure.per is not None and figure.per.layer in catalog:
        columns.append((figure.per.layer, figure.per.column))
    for layer, column in columns:
        if column and column not in catalog[layer].field_names:
            yield (
                f"figure {figure.id}: layer '{layer}' has no field '{column}'; it has"
                f" {', '.join(catalog[layer].field_names)}."
            )
    numeric = figure.column and figure.column in catalog[figure.of.layer].field_names
    if numeric and catalog[figure.of.layer].field(figure.column).type not in ("integer", "real"):
        yield f"figure {figure.id}: field '{figure.column}' of {figure.of.layer} is no number."


def _unknown_in(relation: Relation, catalog: Catalog) -> Iterable[str]:
    if relation.layer is None:
        return
    if relation.layer not in catalog:
        yield f"layer '{relation.layer}' is unknown; add it to layers/ or correct it."
    else:
        yield from _unknown_tests(relation.filter, relation.layer, catalog)


def _unknown_tests(tests: Iterable[Test], layer: str, catalog: Catalog) -> Iterable[str]:
    spec = catalog[layer]
    for test in tests:
        if test.attribute not in spec.field_names:
            yield f"layer '{layer}' has no field '{test.attribute}'; it has {', '.join(spec.field_names)}."
            continue
        domain = spec.field(test.attribute).domain
        values = [
            *(test.among or ()),
            *(test.not_among or ()),
            *([test.equals] if test.equals is not None else []),
        ]
        for value in values:
            if domain is not None and value not in domain:
                yield f"'{value}' is no code of {layer}.{test.attribute}; use {', '.join(domain)}."
