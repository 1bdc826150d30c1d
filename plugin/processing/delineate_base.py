"""What the algorithms that draw drinking-water zones share: the source, whose the figures are, presets, the map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsVectorLayer,
)

from ..compat import VECTOR_ANY
from ..engine.delineation_shelf import SHIPPED, preset_titles
from ..engine.errors import InputError
from ..paths import user_or_shipped
from ..texts import language, tr
from .base import EnvZonesAlgorithm, Output, day, metres

if TYPE_CHECKING:
    from ..engine.delineation import Delineated, Edge, Figure, Preset, Source

LEVELS = ("primary", "secondary", "quasi")
OWNERS = ("document", "office")
RANKS = ("city", "county", "township", "thousand_ton")
LAYER = "drinking_water_zone"


class DelineateAlgorithm(EnvZonesAlgorithm):
    """Draws zones; a subclass declares its figures and calls one verb of the engine."""

    def declare(self) -> None:
        """Add the inputs, then the source and its document."""
        self.declare_inputs()
        self._declare_source()

    def declare_inputs(self) -> None:
        """Add what this algorithm alone takes."""
        raise NotImplementedError

    def draw(self, progress: Any) -> Delineated:
        """Call the engine."""
        raise NotImplementedError

    def read_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot what this algorithm alone takes (main thread)."""
        raise NotImplementedError

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output(
                "ZONE", tr("Drinking-water zones"),
                tr("Rows for the layer of drinking-water zones: level, extent, and every figure with its owner."),
                "polygon",
            ),
            Output("ISSUE", tr("Issues"), tr("What could not be drawn and what is in doubt."), "point"),
        ]  # fmt: skip

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {"ZONE_COUNT": tr("Zones drawn"), "SAVED_COUNT": tr("Zones inserted into the map")}

    # --- parameters -----------------------------------------------------------------------------------

    def add_preset(self, verb: str) -> None:
        """Add the choice of a preset."""
        self._presets = preset_titles(verb, user_or_shipped(SHIPPED))
        titles = [zh if language() == "zh" else en for _, zh, en in self._presets]
        self.add(
            QgsProcessingParameterEnum("PRESET", tr("Preset (to be verified)"), titles, optional=True),
            tr(
                "Figures for levels that are left empty here. They are from memory, written as to be verified, and"
                " can be edited in a copy of delineation_presets.yaml in the profile's folder."
            ),
        )

    def add_level(self) -> None:
        """Add the choice of one level."""
        self.add(
            QgsProcessingParameterEnum("LEVEL", tr("Zone level"), level_titles(), defaultValue=0),
            tr("The level of the zone that is drawn."),
        )

    def add_edges(self, optional: bool) -> None:
        """Add the lines that bound a zone."""
        self.add(
            QgsProcessingParameterFeatureSource("EDGES", tr("Bounding lines"), [VECTOR_ANY], optional=optional),
            tr("Roads, dykes, contours or ridge lines with a name, or polygons whose borders count."),
        )
        self.add(
            QgsProcessingParameterString("EDGE_NAMES", tr("Names of the lines"), None, optional=True),
            tr("Only these lines of the layer, with commas between. Left empty, all of them."),
        )
        self.add(
            metres("EXTEND", tr("Prolong ends by"), None, optional=True),
            tr("Ends of lines may be prolonged straight by so many metres to close a gap."),
            advanced=True,
        )

    def _declare_source(self) -> None:
        for name, title, text in (
            ("SOURCE_NAME", tr("Name of the water source"), tr("Left empty, the field source_name of the input.")),
            ("SOURCE_CODE", tr("Source code"), tr("The source's code after HJ 747.")),
            ("DOCUMENT_NO", tr("Document number"), tr("Of the document that delineates the zone.")),
        ):
            self.add(QgsProcessingParameterString(name, title, None, optional=True), text)
        self.add(
            day("DOCUMENT_DATE", tr("Document date")), tr("Of the document that delineates the zone."), advanced=True
        )
        self.add(day("VALID_FROM", tr("Valid from")), tr("The day the zone comes into force."), advanced=True)
        self.add(
            QgsProcessingParameterString("APPROVED_BY", tr("Approved by"), None, optional=True),
            tr("The authority that approved the zone."), advanced=True,
        )  # fmt: skip
        ranks = [tr("city"), tr("county"), tr("township"), tr("a thousand tonnes a day or ten thousand people")]
        self.add(
            QgsProcessingParameterEnum("SOURCE_RANK", tr("Source rank"), ranks, optional=True),
            tr("The rank of the water source."), advanced=True,
        )  # fmt: skip
        owners = [tr("the document"), tr("the office")]
        self.add(
            QgsProcessingParameterEnum("FIGURES", tr("Whose figures"), owners, defaultValue=0),
            tr("Whether the document states the figures, or they are the office's own. Written with each of them."),
        )
        self.add(
            QgsProcessingParameterString("INTO", tr("Insert into the map"), None, optional=True),
            tr(
                "A one-map GeoPackage or a PostgreSQL map (postgresql://host/database or service=name). The zones are"
                " inserted in one transaction, none if anything is wrong. Left empty, only the layers are written."
            ),
        )

    # --- reading --------------------------------------------------------------------------------------

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the inputs and read the source."""
        self._owner = OWNERS[self.parameterAsEnum(parameters, "FIGURES", context)]
        self._into = self.text(parameters, "INTO", context)
        self._who = QgsApplication.userLoginName() or None
        self.source = self._source(parameters, context)
        self.read_inputs(parameters, context, feedback)

    def _source(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Source | None:
        from ..engine.delineation import Source

        name = self.text(parameters, "SOURCE_NAME", context)
        rank = self.choice(parameters, "SOURCE_RANK", context, RANKS)
        other = {
            "code": self.text(parameters, "SOURCE_CODE", context), "rank": rank,
            "document_no": self.text(parameters, "DOCUMENT_NO", context),
            "document_date": self.day_or_none(parameters, "DOCUMENT_DATE", context),
            "valid_from": self.day_or_none(parameters, "VALID_FROM", context),
            "approved_by": self.text(parameters, "APPROVED_BY", context),
        }  # fmt: skip
        if name is None:
            if any(value is not None for value in other.values()):
                raise InputError(tr("A document or a code is given, but no water source; give its name."))
            return None
        return Source(name, **other)

    def named(self) -> Source:
        """Return the source; a name is needed."""
        if self.source is None:
            raise InputError(tr("Zones belong to a water source; give its name."))
        return self.source

    def text(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> str | None:
        """Return a text, None when it was left empty."""
        return (self.parameterAsString(parameters, name, context) or "").strip() or None

    def choice(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext, values: tuple[str, ...]
    ) -> str | None:
        """Return the value behind an optional choice, None when it was left empty."""
        if parameters.get(name) in (None, ""):
            return None
        return values[self.parameterAsEnum(parameters, name, context)]

    def names(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> list[str] | None:
        """Return texts with commas between, None when there is none."""
        said = (self.text(parameters, name, context) or "").replace("，", ",").replace("、", ",")
        return [one.strip() for one in said.split(",") if one.strip()] or None

    def figure(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> Figure | None:
        """Return a figure with its owner, None when it was left empty."""
        from ..engine.delineation import Figure

        value = self.number_or_none(parameters, name, context)
        return None if value is None else Figure(value, self._owner)

    def preset(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Preset | None:
        """Return the preset that was chosen."""
        from ..engine.delineation import preset

        if parameters.get("PRESET") in (None, ""):
            return None
        if not self._presets:
            raise InputError(tr("There are no presets; check your copy of delineation_presets.yaml."))
        name = self._presets[self.parameterAsEnum(parameters, "PRESET", context)][0]
        return preset(name, user_or_shipped(SHIPPED))

    def edges(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> list[Edge]:
        """Return the bounding lines."""
        from ..engine.delineation import edges_of

        frame = self.frame(parameters, "EDGES", context, feedback)
        if frame is None:
            return []
        source = self.parameterAsSource(parameters, "EDGES", context)
        return edges_of(frame, source.sourceName() or "EDGES", self.names(parameters, "EDGE_NAMES", context))

    # --- work -----------------------------------------------------------------------------------------

    def compute(self, progress: Any) -> dict[str, Any]:
        """Draw the zones; where a map is named, insert them."""
        result = self.draw(progress)
        saved = 0
        if self._into is not None:
            from ..store.delineation import save_zones

            where = Path(self._into) if self._into.endswith(".gpkg") else self._into
            save_zones(where, result, who=self._who)
            saved = len(result.zone)
        return {"ZONE": result.zone, "ISSUE": result.issue, "ZONE_COUNT": len(result.zone), "SAVED_COUNT": saved}

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what was drawn."""
        lines = [
            f"{row.name}: {row.area_m2 / 1e4:.2f} ha; {row.extent_text}" for row in results["ZONE"].itertuples()
        ]
        column = "message_zh" if language() == "zh" else "message_en"
        lines += results["ISSUE"][column].tolist()
        if results["SAVED_COUNT"]:
            lines.append(tr("{count} zones inserted into {map}.").format(count=results["SAVED_COUNT"], map=self._into))
        return lines

    def postProcessAlgorithm(  # noqa: N802 - QGIS's name
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        from ..engine.catalog import load_catalog
        from ..paths import user_layers
        from ..project.styles import apply_layer_style

        answer = super().postProcessAlgorithm(context, feedback)
        destination = getattr(self, "_written", {}).get("ZONE")
        layer = QgsProcessingUtils.mapLayerFromString(destination, context) if destination else None
        if isinstance(layer, QgsVectorLayer):
            apply_layer_style(layer, load_catalog(user_layers())[LAYER], language())
        return answer


def level_titles() -> list[str]:
    """Return the titles of the levels."""
    return [tr("Primary zone"), tr("Secondary zone"), tr("Quasi-protection zone")]
