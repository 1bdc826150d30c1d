"""``envzones:exportzones``: layers in the format that another office asks for."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)

from .. import compat
from ..texts import language, tr
from .base import EnvZonesAlgorithm, Output

#: The engine's values in the order of the parameters' choices.
SHIFTED = ("", "gcj02", "bd09")
ENCODINGS = ("", "utf-8", "gbk")
TITLES = (None, True, False)


class ExportZones(EnvZonesAlgorithm):
    """Layers of the one map or any others, unsaved edits included, written whole or not at all."""

    NAME = "exportzones"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Export zones")

    def tags(self) -> list[str]:
        return tr("export,save as,shapefile,GBK,KML,KMZ,DXF,CAD,CSV,Excel,TXT,boundary points,GCJ-02").split(
            ","
        )

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Write layers in the format that another office asks for")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Writes layers, unsaved edits included, as shapefile (UTF-8 or GBK, field names cut to ten bytes without"
            " collision), GeoPackage, GeoJSON, KML or KMZ (titles and colours of the layers), DXF (closed"
            " polylines, one CAD"
            " layer per class), CSV or Excel (degrees, degrees-minutes-seconds, areas in hectares and mu) or"
            " boundary-point"
            " TXT. The suffix of the file says which.\n\n"
            "What a format cannot hold is refused or told in the log. An existing file is replaced, and only"
            " when all is"
            " written."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterMultipleLayers(
                "LAYERS", tr("Layers"), QgsProcessing.SourceType.TypeVectorAnyGeometry
            ),
            tr(
                "Layers to write. A layer is known by the name of its table or file; titles, codes and colours of known"
                " layers are used. Shapefile, GeoJSON, CSV and TXT become one file per layer."
            ),
        )
        self.add(
            QgsProcessingParameterCrs("CRS", tr("Coordinate reference system"), optional=True),
            tr(
                "Reference system of the file. Left empty, that of the layers; KML and GeoJSON are WGS 84 by"
                " definition."
            ),
        )
        self.add(
            QgsProcessingParameterEnum(
                "ENCODING",
                tr("Encoding"),
                [tr("what the format usually has"), "UTF-8", "GBK"],
                defaultValue=0,
            ),
            tr("Of text in shapefile, DXF, CSV and TXT."),
        )
        choices = [tr("what the format usually has"), tr("titles"), tr("names and codes")]
        self.add(
            QgsProcessingParameterEnum("TITLES", tr("Columns and codes"), choices, defaultValue=0),
            tr(
                "Whether columns are headed with titles and codes written as titles, or both as they are in the map."
            ),
        )
        self.add(
            QgsProcessingParameterString("LABEL", tr("Label field"), optional=True),
            tr("Field whose text stands at the shapes of a DXF, or names the places of a KML."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterEnum(
                "SHIFTED", tr("Shifted coordinates"), [tr("none"), "GCJ-02", "BD-09"], defaultValue=0
            ),
            tr(
                "For phone maps that draw everything in GCJ-02 or BD-09. Such a file lies 500 to 1300 m off and"
                " says so in its"
                " name; it is not for measuring or exchange."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean("SPLIT", tr("Split mixed geometries"), defaultValue=False),
            tr(
                "Write mixed points, lines and polygons into one shapefile for each kind; else they are refused."
            ),
            advanced=True,
        )
        filters = (
            "GeoPackage (*.gpkg);;Shapefile (*.shp);;KML (*.kml);;KMZ (*.kmz);;GeoJSON (*.geojson);;DXF (*.dxf);;"
            "CSV (*.csv);;Excel (*.xlsx);;TXT (*.txt)"
        )
        self.add(
            QgsProcessingParameterFileDestination("OUTPUT", tr("File"), filters),
            tr("The file to write; its suffix says the format."),
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes: none, it writes files."""
        return []

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {"ROW_COUNT": tr("Rows"), "FILE_COUNT": tr("Files written")}

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the chosen layers."""
        from .. import bridge
        from ..engine.catalog import load_catalog
        from ..engine.exchange.model import CrsChoice
        from ..engine.exchange.write import WriteOptions

        layers = self.parameterAsLayerList(parameters, "LAYERS", context) or []
        if not layers:
            raise QgsProcessingException(tr("Choose at least one layer to write."))
        catalog = load_catalog()
        self._layers: dict[str, Any] = {}
        for layer in layers:
            name = compat.table_name(layer)
            if name in self._layers:
                raise QgsProcessingException(
                    tr("Two of the layers are called {name}; write them one after the other.").format(
                        name=name
                    )
                )
            self._layers[name] = bridge.to_frame(bridge.LayerReader(layer), feedback), catalog.get(name)
        crs = self.parameterAsCrs(parameters, "CRS", context)
        shifted = SHIFTED[self.parameterAsEnum(parameters, "SHIFTED", context)]
        wanted = shifted or (bridge.crs_text(crs) or "")
        titles = TITLES[self.parameterAsEnum(parameters, "TITLES", context)]
        self._path = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        self._options = WriteOptions(
            crs=CrsChoice(wanted) if wanted else None,
            encoding=ENCODINGS[self.parameterAsEnum(parameters, "ENCODING", context)],
            lang=language(),
            titles=titles,
            labels=titles,
            overwrite=True,
            label=self.parameterAsString(parameters, "LABEL", context),
            split=self.parameterAsBoolean(parameters, "SPLIT", context),
        )

    def compute(self, progress: Any) -> dict[str, Any]:
        """Write."""
        from ..engine.exchange.write import write_layers

        self._done = write_layers(self._layers, self._path, self._options, progress=progress)
        return {
            "ROW_COUNT": sum(self._done.rows.values()),
            "FILE_COUNT": len(self._done.paths),
            "files": {"OUTPUT": str(self._done.paths[0])},
        }

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say which files were written and what there is to tell of them."""
        lines = [str(path) for path in self._done.paths]
        return lines + [note.zh if language() == "zh" else note.en for note in self._done.notes]
