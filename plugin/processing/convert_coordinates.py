"""``envzones:convertcoordinates``: a layer from GCJ-02, BD-09 or an old datum to CGCS2000, and the other way."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from ..texts import tr
from .base import EnvZonesAlgorithm, Output


class ConvertCoordinates(EnvZonesAlgorithm):
    """What QGIS cannot do by itself: the shifts of Chinese web maps, and seven parameters as the surveyors gave"
    " them."""

    NAME = "convertcoordinates"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Convert coordinates (GCJ-02, BD-09, old datums)")

    def tags(self) -> list[str]:
        return tr("GCJ-02,BD-09,CGCS2000,Xi'an 80,Beijing 54,datum,shift,web map,Amap,Baidu,convert").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Take the shift of a Chinese web map off a layer, or move an old datum by its seven parameters")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Takes a layer's numbers as what you say they are, whatever its reference system claims, and gives them in"
            " CGCS2000 (EPSG:4490): from GCJ-02 (Amap, Tencent), BD-09 (Baidu), or a datum such as Xi'an 80 by the"
            " seven"
            " parameters of the place. The other way round, a layer in its own system is written as GCJ-02 or BD-09"
            " degrees; these have no code, so the result says EPSG:4490 and its name what it is.\n\n"
            "In Henan GCJ-02 lies some 500 to 600 m, BD-09 some 1.2 to 1.3 km from the truth: more than the 500 m"
            " of the"
            " river-section rule."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterFeatureSource("INPUT", tr("Layer"), [QgsProcessing.SourceType.TypeVectorAnyGeometry]),
            tr("The layer to convert, unsaved edits included."),
        )
        self.add(
            QgsProcessingParameterString("FROM", tr("Its coordinates are in"), "gcj02"),
            tr("gcj02, bd09, or a code such as EPSG:2383; 'layer' for what the layer declares."),
        )
        self.add(
            QgsProcessingParameterString("TO", tr("Wanted in"), "EPSG:4490"),
            tr("EPSG:4490, gcj02 or bd09."),
        )
        self.add(
            QgsProcessingParameterBoolean("SWAP", tr("The north comes first"), False),
            tr("The layer's x and y are changed over."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterString("SHIFT", tr("Seven parameters"), optional=True),
            tr("From an old datum: dx,dy,dz (m), rx,ry,rz (arc seconds), scale (ppm), position vector."),
            advanced=True,
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [Output("CONVERTED", tr("Converted"), tr("The same features with the coordinates wanted."), "any")]

    def geometry_type(self, output: Output) -> Any:
        """Return the sink's geometry type: that of the input; lines and areas get vertices, and stay multi."""
        flat = QgsWkbTypes.flatType(self._type)
        return flat if flat == QgsWkbTypes.Type.Point else QgsWkbTypes.multiType(flat)

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Take a snapshot of the layer in its own numbers."""
        from .. import bridge
        from ..engine.exchange.model import CrsChoice

        source = self.parameterAsSource(parameters, "INPUT", context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, "INPUT"))
        self._type, self._name = source.wkbType(), source.sourceName()
        self._frame = bridge.to_frame(source, feedback)
        said = self.parameterAsString(parameters, "FROM", context).strip()
        if said.lower() == "layer":
            if self._frame.crs is None:
                raise QgsProcessingException(tr("The layer declares no reference system; say what its coordinates"
                    " are in."))
            said = self._frame.crs.to_string()
        shift = self.parameterAsString(parameters, "SHIFT", context).strip()
        try:
            numbers = tuple(float(one) for one in shift.split(",")) if shift else None
        except ValueError as error:
            raise QgsProcessingException(
                tr("The seven parameters are seven numbers with commas between them, not '{text}'.").format(text=shift)
            ) from error
        self._from = CrsChoice(said, self.parameterAsBool(parameters, "SWAP", context), numbers)
        self._to = self.parameterAsString(parameters, "TO", context).strip()
        if self._to.upper() != "EPSG:4490" and self._to.lower() not in ("gcj02", "bd09"):
            raise QgsProcessingException(
                tr("'{text}' is not offered here; choose EPSG:4490, gcj02 or bd09, and reproject with QGIS.").format(
                    text=self._to
                )
            )

    def compute(self, progress: Any) -> dict[str, Any]:
        """Convert."""
        from ..engine.exchange.crs_apply import from_4490, to_4490
        from ..engine.exchange.model import CrsChoice
        from ..engine.progress import report

        report(progress, 0.1)
        frame = to_4490(self._frame, self._from, self._name)
        report(progress, 0.6)
        if self._to.lower() in ("gcj02", "bd09"):
            # The sink needs a code; there is none for a web map's degrees.
            frame = from_4490(frame, CrsChoice(self._to.lower())).set_crs(4490, allow_override=True)
        report(progress, 0.9)
        return {"CONVERTED": frame.drop(columns="fid", errors="ignore")}
