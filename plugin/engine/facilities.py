"""The tree of facility types: a clause on a parent binds its children."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import InputError
from .yaml_source import YamlSource

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "facility_types.yaml"
ANY = "any"


@dataclass(frozen=True)
class FacilityType:
    """One type: its parent, its names and its synonyms in both languages."""

    id: str
    zh: str
    en: str
    parent: str | None = None
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attribute:
    """A question that a clause may ask about a site."""

    id: str
    zh: str
    en: str
    type: str = "text"
    unit: str = ""
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class FacilityTypes:
    """All types and attributes of one file."""

    types: Mapping[str, FacilityType]
    attributes: Mapping[str, Attribute]

    def ancestors(self, name: str) -> list[str]:
        """Return `name` and its parents up to the root."""
        found: list[str] = []
        current: str | None = self.get(name).id
        while current is not None:
            found.append(current)
            current = self.types[current].parent
        return found

    def get(self, name: str) -> FacilityType:
        """Return the type of this id.

        Raises
        ------
        InputError
            If there is none, with the nearest ids.
        """
        if name in self.types:
            return self.types[name]
        import difflib

        near = difflib.get_close_matches(str(name), self.types, n=3, cutoff=0.4)
        hint = (
            f"did you mean {', '.join(near)}?" if near else "see resources/facility_types.yaml for the list."
        )
        raise InputError(f"Facility type '{name}' is unknown; {hint}")

    def binds(self, name: str, bound: Iterable[str]) -> bool | None:
        """Tell whether a clause on the types `bound` binds a site of type `name`.

        Returns None when it cannot be told: the site's type is only a parent of a bound one.
        """
        bound = tuple(bound)
        if ANY in bound or set(self.ancestors(name)) & set(bound):
            return True
        return None if any(name in self.ancestors(one) for one in bound) else False


@lru_cache(maxsize=8)
def load_facility_types(path: str | Path | None = None) -> FacilityTypes:
    """Load the facility types.

    Raises
    ------
    InputError
        If the file cannot be read, a parent is unknown, or the tree has a cycle.
    """
    path = Path(path) if path else SHIPPED
    data = YamlSource(path, "Facility types").data
    types: dict[str, FacilityType] = {}
    for item in _entries(data, "types", path):
        synonyms = item.get("synonyms") or {}
        words = (
            [*synonyms.get("zh", []), *synonyms.get("en", [])]
            if isinstance(synonyms, dict)
            else list(synonyms)
        )
        types[item["id"]] = FacilityType(item["id"], item["zh"], item["en"], item.get("parent"), tuple(words))
    for kind in types.values():
        seen, current = {kind.id}, kind.parent
        while current is not None:
            if current not in types:
                raise InputError(
                    f"{path.name}, type '{kind.id}': parent '{current}' is not in the file; add it."
                )
            if current in seen:
                raise InputError(f"{path.name}, type '{kind.id}': its parents form a circle; break it.")
            seen.add(current)
            current = types[current].parent
    attributes = {
        item["id"]: Attribute(
            item["id"],
            item["zh"],
            item["en"],
            item.get("type", "text"),
            item.get("unit", ""),
            item.get("choices") or {},
        )
        for item in _entries(data, "attributes", path)
    }
    return FacilityTypes(types, attributes)


def _entries(data: Any, key: str, path: Path) -> list[dict[str, Any]]:
    entries = data.get(key) if isinstance(data, dict) else None
    if isinstance(entries, dict):
        entries = [{"id": name, **body} for name, body in entries.items()]
    if not isinstance(entries, list):
        raise InputError(f"{path.name}: '{key}' is missing or no list; restore the file.")
    for item in entries:
        for needed in ("id", "zh", "en"):
            if not isinstance(item, dict) or not item.get(needed):
                raise InputError(f"{path.name}, {key}: an entry has no '{needed}' ({item!r}); add it.")
    return entries
