"""What the results on the map say of a site or a feature, as plain values that any thread may look up.

The snapshot is built in the main thread whenever results come, go or grow stale, and put in place in one step; who
reads it meanwhile reads the older one to its end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from qgis.core import QgsFeatureRequest, QgsProject, QgsVectorLayer

_NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Snapshot:
    """The answers by id; immutable.

    Attributes
    ----------
    verdicts : site id -> (value, text in Chinese, text in English)
        The value is ``fail``, ``restricted``, ``conditional``, ``note``, ``undecided`` or ``pass``.
    distances : (site id, "" or clause id or zone layer) -> metres
        The least among the findings.
    chainages : (feature id, "" or section id) -> metres
        Upstream positive; where a feature is near several sections, that of the nearest.
    """

    verdicts: Mapping[str, tuple[str, str, str]] = field(default_factory=lambda: _NOTHING)
    distances: Mapping[tuple[str, str], float] = field(default_factory=lambda: _NOTHING)
    chainages: Mapping[tuple[str, str], float] = field(default_factory=lambda: _NOTHING)


EMPTY = Snapshot()
#: Replaced as a whole, never changed.
_CURRENT: list[Snapshot] = [EMPTY]


def current() -> Snapshot:
    """Return the snapshot that holds now; any thread may call it."""
    return _CURRENT[0]


def clear() -> None:
    """Forget all answers."""
    _CURRENT[0] = EMPTY


def refresh(project: QgsProject, about: Mapping[str, str]) -> Snapshot:
    """Build the snapshot anew from the published results that still hold, and put it in place (main thread).

    `about` is what a result made now would rest on; results that rest on something else are left out.
    """
    verdicts: dict[str, tuple[str, str, str]] = {}
    distances: dict[tuple[str, str], float] = {}
    chainages: dict[tuple[str, str], tuple[float, float]] = {}
    check = _fresh(project, "check", about)
    for layer in check.get("verdict", []):
        for row in _rows(layer, ("site_id", "known", "pending", "text_zh", "text_en")):
            value = "undecided" if row["known"] == "pass" and (row["pending"] or 0) > 0 else str(row["known"])
            verdicts[str(row["site_id"])] = (value, str(row["text_zh"] or ""), str(row["text_en"] or ""))
    for layer in check.get("finding", []):
        for row in _rows(layer, ("site_id", "clause_id", "zone_layer", "distance_m")):
            for of in ("", row["clause_id"], row["zone_layer"]):
                if row["distance_m"] is not None and of is not None:
                    key = (str(row["site_id"]), str(of))
                    distances[key] = min(distances.get(key, math.inf), float(row["distance_m"]))
    for layer in _fresh(project, "section", about).get("finding", []):
        for row in _rows(layer, ("site_id", "section_id", "chainage_m")):
            if row["chainage_m"] is None:
                continue
            chainage = float(row["chainage_m"])
            for of in ("", row["section_id"]):
                if of is not None:
                    key = (str(row["site_id"]), str(of))
                    if key not in chainages or abs(chainage) < chainages[key][0]:
                        chainages[key] = (abs(chainage), chainage)
    made = Snapshot(
        MappingProxyType(verdicts), MappingProxyType(distances),
        MappingProxyType({key: value for key, (_, value) in chainages.items()}),
    )  # fmt: skip
    _CURRENT[0] = made
    return made


def _fresh(project: QgsProject, kind: str, about: Mapping[str, str]) -> dict[str, list[QgsVectorLayer]]:
    # Imported here: whoever starts QGIS has no results yet.
    from . import outcome

    tables = outcome.published(project, kind)
    layers = [layer for of_table in tables.values() for layer in of_table]
    return tables if layers and not outcome.stale(layers[0], about) else {}


def _rows(layer: QgsVectorLayer, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the named columns of a layer; NULL and columns that are not there are None."""
    fields = layer.fields()
    at = {name: fields.indexOf(name) for name in names}
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setSubsetOfAttributes([index for index in at.values() if index >= 0])
    found = []
    for feature in layer.getFeatures(request):
        row = {}
        for name, index in at.items():
            value = feature.attribute(index) if index >= 0 else None
            row[name] = None if value is None or (hasattr(value, "isNull") and value.isNull()) else value
        found.append(row)
    return found
