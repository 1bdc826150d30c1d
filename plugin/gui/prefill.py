"""What the project already knows goes into a dialog before the user has to say it."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProject

from ..project import settings, source

#: What a river section is checked for, as the plan documents name it.
PROBLEMS = (
    "outfall", "catering", "cage_culture", "sand_mining", "wharf", "dry_toilet", "riparian_farming", "waste_dump",
)  # fmt: skip


def prefilled(verb: str) -> dict[str, Any]:
    """Return the parameters of an algorithm that the open project answers."""
    project = QgsProject.instance()
    path = settings.onemap_path(project)
    if path is None:
        return {}
    layers = {table: layer.id() for table, layer in source.map_layers(project, path).items() if layer.featureCount()}
    day = settings.as_of(project)
    known: dict[str, Any] = {}
    if verb == "riversection":
        known = {
            "RIVERS": layers.get("river_reach"),
            "SECTIONS": layers.get("monitoring_section"),
            "CHANNEL": layers.get("river_channel"),
            "FEATURES": [layers[name] for name in PROBLEMS if name in layers],
        }
    elif verb == "heatradius":
        known = {"PLANTS": layers.get("heat_source"), "BOILERS": layers.get("coal_boiler")}
    elif verb == "sitingcheck":
        known = {"ONEMAP": str(path), "RULEBOOK": settings.rulebooks(project) or None}
    if day is not None:
        known["AS_OF"] = day.isoformat()
    return {name: value for name, value in known.items() if value}
