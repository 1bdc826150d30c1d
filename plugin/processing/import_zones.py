"""``envzones:importzones``: a foreign file into a layer of the one map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)

from ..texts import language, tr
from .base import Output
from .rulebook_base import RulebookAlgorithm

_LOOKED = 20_000
_SHOWN = 30
#: From here on a proposed field is taken without being asked for.
_SURE = 0.85
CONFLICTS = ("reject", "skip", "update")


class ImportZones(RulebookAlgorithm):
    """Good rows in, bad rows aside with the reason; what the coordinates are in is said, never guessed."""

    NAME = "importzones"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Import zones")

    def tags(self) -> list[str]:
        return tr("import,shapefile,GBK,Excel,CSV,KML,DXF,TXT,boundary points,encoding,GCJ-02,BD-09").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Bring a shapefile, table, KML, drawing or boundary-point file into a layer of the one map")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Reads shapefiles (GBK without .cpg or .prj too), GeoPackages, file geodatabases, KML, GeoJSON, DXF, CSV,"
            " Excel and boundary-point TXT, zipped or not. Columns are matched to fields by name; a template holds what"
            " was chosen in the import wizard.\n\n"
            "Left empty, the reference system is what the file declares, if its numbers bear that out; otherwise the"
            " message names what it looks like, and nothing is imported. Rows that fail go into a file with the reason."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add_onemap()
        self.add(
            QgsProcessingParameterFile("FILE", tr("File to import")), tr("The foreign file; an archive is looked into.")
        )
        self.add(
            QgsProcessingParameterString("LAYER", tr("Into layer")),
            tr("Name of the layer that receives the rows, such as contaminated_plot."),
        )
        self.add(
            QgsProcessingParameterString("CRS", tr("Coordinates are in"), optional=True),
            tr("EPSG:4547, EPSG:4526, gcj02, bd09 … Left empty, what the file declares."),
        )
        self.add(
            QgsProcessingParameterBoolean("SWAP", tr("The north comes first"), False),
            tr("The first coordinate is the latitude or north."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterString("SHIFT", tr("Seven parameters"), optional=True),
            tr("From an old datum: dx,dy,dz (m), rx,ry,rz (arc seconds), scale (ppm), position vector."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterString("SOURCE_LAYER", tr("Layer, sheet or member"), optional=True),
            tr("Where the file holds several."),
        )
        self.add(
            QgsProcessingParameterString("ENCODING", tr("Encoding"), optional=True),
            tr("Such as gbk or utf-8. Left empty, it is found out."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFile(
                "TEMPLATE", tr("Import template"), fileFilter=tr("Import templates (*.yaml *.yml)"), optional=True
            ),
            tr("A mapping of columns to fields that was saved before."),
        )
        self.add(
            QgsProcessingParameterEnum(
                "CONFLICT",
                tr("Rows that are there already"),
                [tr("reject"), tr("skip"), tr("update")],
                defaultValue=0,
            ),
            tr("What to do with rows whose id, or name and place, the layer has already."),
        )
        self.add(
            QgsProcessingParameterBoolean("TRY_ONLY", tr("Try only"), False),
            tr("Say what would be written, and write nothing."),
        )
        self.add(
            QgsProcessingParameterFileDestination(
                "REJECTS", tr("Rejected rows"), tr("CSV files (*.csv)"), optional=True, createByDefault=False
            ),
            tr("Where rows that fail are kept, with the reason."),
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes: none, it writes into the map."""
        return []

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {
            "READ_COUNT": tr("Rows read"),
            "LOADED_COUNT": tr("Rows loaded"),
            "UPDATED_COUNT": tr("Rows updated"),
            "SKIPPED_COUNT": tr("Rows skipped"),
            "REJECTED_COUNT": tr("Rows rejected"),
        }

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Read the beginning of the file, decide what its coordinates are in, map its columns."""
        from dataclasses import replace

        from ..engine.exchange import mapping as mapping_
        from ..engine.exchange import mapping_file, read
        from ..engine.exchange.crs_decide import decide
        from ..engine.exchange.model import CrsChoice, ReadOptions
        from ..project import source
        from ..store.store import open_store

        place = source.location(self.parameterAsFile(parameters, "ONEMAP", context))
        onemap = self.onemap(parameters, context)
        self._store = open_store(place) if place.path else source.store(place)
        layer = self.parameterAsString(parameters, "LAYER", context).strip()
        self._spec = onemap.catalog.require(layer, "The import")
        shown = source.map_layers(context.project(), place).get(layer)
        if shown is not None and shown.isModified():
            raise QgsProcessingException(
                tr("Layer '{layer}' has unsaved edits; save or discard them, then import.").format(layer=layer)
            )
        self._shown, self._catalog = shown, onemap.catalog
        self._file = self.parameterAsFile(parameters, "FILE", context)
        template = self.parameterAsFile(parameters, "TEMPLATE", context)
        mapping = mapping_file.load(Path(template)) if template else None
        options = (mapping.options if mapping is not None else None) or ReadOptions()
        named = self.parameterAsString(parameters, "SOURCE_LAYER", context) or options.layer
        encoding = self.parameterAsString(parameters, "ENCODING", context) or options.encoding
        self._options = replace(options, layer=named, encoding=encoding)
        sample = read.read(self._file, replace(self._options, limit=_LOOKED))
        choice = self._choice(parameters, context, CrsChoice) or (mapping.choice if mapping is not None else None)
        self._choice_made, reading = decide(sample, choice, jurisdiction=_city(onemap))
        if mapping is None:
            proposed = mapping_.propose(sample, self._spec)
            sure = {name: one for name, one in proposed.fields.items() if one.sure >= _SURE}
            mapping = replace(proposed, fields=sure)
        self._mapping, self._doubts = mapping, [*sample.notes, *reading.doubts]
        self._conflict = CONFLICTS[self.parameterAsEnum(parameters, "CONFLICT", context)]
        self._try_only = self.parameterAsBool(parameters, "TRY_ONLY", context)
        self._rejects = self.parameterAsFileOutput(parameters, "REJECTS", context)

    def _choice(self, parameters: dict[str, Any], context: QgsProcessingContext, kind: Any) -> Any:
        said = self.parameterAsString(parameters, "CRS", context).strip()
        shift = self.parameterAsString(parameters, "SHIFT", context).strip()
        if not said:
            return None
        try:
            numbers = tuple(float(one) for one in shift.split(",")) if shift else None
        except ValueError as error:
            raise QgsProcessingException(
                tr("The seven parameters are seven numbers with commas between them, not '{text}'.").format(text=shift)
            ) from error
        return kind(said, self.parameterAsBool(parameters, "SWAP", context), numbers)

    def compute(self, progress: Any) -> dict[str, Any]:
        """Import."""
        import getpass

        from ..store.load import load

        done = load(
            self._store, self._spec.name, self._file, choice=self._choice_made, mapping=self._mapping,
            options=self._options, who=getpass.getuser(), rejects=Path(self._rejects) if self._rejects else None,
            on_conflict=self._conflict, catalog=self._catalog, dry_run=self._try_only, progress=progress,
        )  # fmt: skip
        self._done = done
        return {
            "READ_COUNT": done.read, "LOADED_COUNT": done.loaded, "UPDATED_COUNT": done.updated,
            "SKIPPED_COUNT": done.skipped, "REJECTED_COUNT": done.rejected,
            "files": {"REJECTS": str(done.rejects_path)} if done.rejects_path else {},
        }  # fmt: skip

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what was mapped, what was noted, and the counts."""
        place = 0 if language() == "zh" else 1
        lines = [f"{name} <- {one.source}" for name, one in self._mapping.fields.items()]
        lines += [(note.zh, note.en)[place] for note in self._doubts if note.severity != "info"]
        lines += [f"{count} × {reason[place]}" for reason, count in list(self._done.reasons.items())[:_SHOWN]]
        words = (
            tr("{read} rows read: {loaded} would be loaded, {updated} updated, {skipped} skipped, {rejected} rejected.")
            if self._try_only
            else tr("{read} rows read: {loaded} loaded, {updated} updated, {skipped} skipped, {rejected} rejected.")
        )
        counts = {
            name: results[f"{name.upper()}_COUNT"]
            for name in ("read", "loaded", "updated", "skipped", "rejected")
        }
        return [*lines, words.format(**counts)]

    def postProcessAlgorithm(  # noqa: N802 - QGIS's name
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Show the new rows in the open project."""
        if self._shown is not None and not self._try_only:
            self._shown.dataProvider().reloadData()
            self._shown.updateExtents()
            self._shown.triggerRepaint()
        return super().postProcessAlgorithm(context, feedback)


def _city(onemap: Any) -> Any:
    """Return the city's boundary, None where the map holds none."""
    import shapely

    frame = onemap.layer("admin_area")
    if frame is None or not len(frame) or not (frame["level"] == "city").any():
        return None
    return shapely.union_all(shapely.make_valid(frame[(frame["level"] == "city").to_numpy()].geometry.array))
