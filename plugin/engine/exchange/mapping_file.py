"""Mappings kept as YAML templates: what was confirmed once for an office's files is used again."""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..yaml_source import YamlSource
from .mapping import FieldMap, Mapping
from .model import CrsChoice, ReadOptions

VERSION = 1
_KEYS = frozenset({"envzones_mapping", "layer", "fields", "constants", "ignored", "crs", "read"})
_FIELD_KEYS = frozenset({"from", "values", "factor"})
_CRS_KEYS = frozenset({"crs", "swap", "shift"})
_READ_KEYS = frozenset(one.name for one in fields(ReadOptions))


def save(mapping: Mapping, path: Path) -> None:
    """Write a template; what is there is replaced only once the new one is whole."""
    import yaml

    data: dict[str, Any] = {"envzones_mapping": VERSION, "layer": mapping.layer, "fields": {}}
    for name, one in mapping.fields.items():
        entry: dict[str, Any] = {"from": one.source}
        if one.values:
            entry["values"] = dict(one.values)
        if one.factor is not None:
            entry["factor"] = float(one.factor)
        data["fields"][name] = entry
    if mapping.constants:
        data["constants"] = {key: value if isinstance(value, (str, int, float, bool)) else str(value)
                             for key, value in mapping.constants.items()}  # fmt: skip
    if mapping.ignored:
        data["ignored"] = list(mapping.ignored)
    if mapping.choice is not None:
        data["crs"] = {"crs": mapping.choice.crs, "swap": mapping.choice.swap}
        if mapping.choice.shift is not None:
            data["crs"]["shift"] = [float(number) for number in mapping.choice.shift]
    if mapping.options is not None:
        data["read"] = {key: value for key, value in asdict(mapping.options).items() if value is not None}
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
        os.replace(new, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); choose another folder.") from error
    finally:
        new.unlink(missing_ok=True)


def load(path: Path) -> Mapping:
    """Read a template.

    Raises
    ------
    InputError
        If it is no template of this version, or holds a key that none has.
    """
    data = YamlSource(path, "Template").data
    if not isinstance(data, dict) or data.get("envzones_mapping") != VERSION:
        raise InputError(
            f"{path} is no import template (it must begin with envzones_mapping: {VERSION}); choose another."
        )
    _known(data, _KEYS, path, "")
    if not isinstance(data.get("layer"), str):
        raise InputError(f"{path} names no layer; correct it.")
    found: dict[str, FieldMap] = {}
    for name, entry in _table(data, "fields", path).items():
        entry = {"from": entry} if isinstance(entry, str) else entry
        if not isinstance(entry, dict) or not isinstance(entry.get("from"), str):
            raise InputError(f"{path}, fields, {name}: say from which column it comes; correct it.")
        _known(entry, _FIELD_KEYS, path, f"fields, {name}, ")
        values = entry.get("values") or {}
        factor = entry.get("factor")
        if not isinstance(values, dict) or not (factor is None or isinstance(factor, (int, float))):
            raise InputError(f"{path}, fields, {name}: 'values' maps words to codes, 'factor' is a number; correct it.")
        told = {str(word): str(code) for word, code in values.items()}
        found[str(name)] = FieldMap(entry["from"], told, None if factor is None else float(factor), 1.0, "来自模板",
                                    "from the template")  # fmt: skip
    ignored = data.get("ignored") or []
    if not isinstance(ignored, list):
        raise InputError(f"{path}: 'ignored' is a list of columns; correct it.")
    return Mapping(
        data["layer"], found, _table(data, "constants", path), tuple(str(one) for one in ignored), _choice(data, path),
        _options(data, path),
    )  # fmt: skip


def _choice(data: dict[str, Any], path: Path) -> CrsChoice | None:
    said = _table(data, "crs", path)
    if not said:
        return None
    _known(said, _CRS_KEYS, path, "crs, ")
    shift = said.get("shift")
    good = isinstance(said.get("crs"), str) and isinstance(said.get("swap", False), bool)
    if not good or not (shift is None or (isinstance(shift, list) and len(shift) == 7)):
        raise InputError(f"{path}, crs: 'crs' is a code, 'swap' true or false, 'shift' seven numbers; correct it.")
    return CrsChoice(said["crs"], said.get("swap", False), None if shift is None else tuple(float(n) for n in shift))


def _options(data: dict[str, Any], path: Path) -> ReadOptions | None:
    said = _table(data, "read", path)
    _known(said, _READ_KEYS, path, "read, ")
    return ReadOptions(**said) if said else None


def _table(data: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    found = data.get(key) or {}
    if not isinstance(found, dict):
        raise InputError(f"{path}: '{key}' must be a table; correct it.")
    return found


def _known(data: dict[str, Any], keys: frozenset[str], path: Path, where: str) -> None:
    unknown = sorted(set(map(str, data)) - keys)
    if unknown:
        raise InputError(
            f"{path}, {where}'{unknown[0]}' is no key of an import template; it has {', '.join(sorted(keys))}."
        )
