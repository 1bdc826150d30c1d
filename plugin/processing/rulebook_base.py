"""What the algorithms over rulebooks take alike: the one map, the books, the elevation model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterRasterLayer,
)

from .. import paths
from ..texts import tr
from .base import EnvZonesAlgorithm

if TYPE_CHECKING:
    from ..engine.clauses.model import Rulebook
    from ..engine.onemap import OneMap

NATURES = ("new", "rebuild", "expand", "existing")
#: The plan of the demonstration, and the law in force.
PLAN, LAW = "jiyuan-2018", "national-henan"


class RulebookAlgorithm(EnvZonesAlgorithm):
    """Base of the algorithms that hold a one map against rulebooks."""

    def add_onemap(self) -> None:
        """Add the parameter for the one map."""
        self.add(
            # The address of a shared map is no file, but passes where the filter takes what all of them have.
            QgsProcessingParameterFile("ONEMAP", tr("One map"), fileFilter=tr("One map (*.gpkg *schema=*)")),
            tr(
                "The one map with the zones: a GeoPackage, or the address of a shared map such as"
                " postgresql://host/database?schema=envzones. Unsaved edits of its layers in the open project are"
                " taken into account."
            ),
        )

    def add_rulebooks(self, help_text: str, *defaults: str) -> None:
        """Add the parameter for the rulebooks, `defaults` chosen at first."""
        parameter = QgsProcessingParameterEnum(
            "RULEBOOK",
            tr("Rulebooks"),
            _rulebooks(),
            allowMultiple=True,
            defaultValue=list(defaults),
            usesStaticStrings=True,
        )
        self.add(parameter, help_text)

    def add_dem(self) -> None:
        """Add the parameter for the elevation model."""
        self.add(
            QgsProcessingParameterRasterLayer("DEM", tr("Elevation model"), optional=True),
            tr(
                "Heights in metres, for clauses about what can be seen from a road, a river or a settlement. Without"
                " it such clauses are to be verified."
            ),
            advanced=True,
        )

    def add_nature(self, help_text: str, default: int | None = None) -> None:
        """Add the parameter for the project nature."""
        self.add(
            QgsProcessingParameterEnum(
                "NATURE",
                tr("Project nature"),
                [tr("New construction"), tr("Rebuilding"), tr("Expansion"), tr("Existing")],
                optional=True,
                defaultValue=default,
            ),
            help_text,
        )

    def onemap(self, parameters: dict[str, Any], context: QgsProcessingContext) -> OneMap:
        """Open the map of the parameters, unsaved edits included, with the elevation model where one is given."""
        from ..project.source import open_onemap

        found = open_onemap(self.parameterAsFile(parameters, "ONEMAP", context), context.project())
        dem = self.raster(parameters, "DEM", context) if self.parameterDefinition("DEM") else None
        if dem is not None:
            found.dem = Path(dem)
        return found

    def rulebooks(self, parameters: dict[str, Any], context: QgsProcessingContext) -> list[Rulebook]:
        """Load the books of the parameters, the profile's own before ours."""
        from ..engine.clauses.book import load_books

        chosen = self.parameterAsEnumStrings(parameters, "RULEBOOK", context)
        return load_books(chosen, paths.user_rulebooks())


def _rulebooks() -> list[str]:
    """Return the ids of the rulebooks at hand."""
    from ..engine.clauses.shelf import available
    from ..engine.errors import InputError

    folder = paths.user_rulebooks()
    try:
        return sorted(available(folder))
    except InputError:
        # Two books of one id: the run says so in a sentence; a dialog that cannot open would say nothing.
        return sorted({*available(), *(file.stem for file in folder.glob("*.yaml"))})
