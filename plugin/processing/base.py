"""What every EnvZones algorithm does alike: prepare, work, publish.

*Prepare* runs in the main thread and turns layers into frames, unsaved edits included.  *Work* runs in the
worker and calls one engine verb.  *Publish* writes the result frames into the sinks, only after the whole
computation has succeeded, and styles the layers back in the main thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterDistance,
    QgsProcessingParameterFeatureSink,
    QgsProcessingUtils,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtGui import QIcon

from .. import compat, dependencies
from ..engine.errors import Cancelled, EnvZonesError
from ..paths import ICON
from ..project import guide
from ..texts import tr

STORAGE_CRS = "EPSG:4490"
#: Shape of an output -> (the sink's geometry type, what Processing offers it for)
SHAPES = {
    "point": (QgsWkbTypes.Type.Point, QgsProcessing.SourceType.TypeVectorPoint),
    "line": (QgsWkbTypes.Type.MultiLineString, QgsProcessing.SourceType.TypeVectorLine),
    "polygon": (QgsWkbTypes.Type.MultiPolygon, QgsProcessing.SourceType.TypeVectorPolygon),
    "any": (QgsWkbTypes.Type.Unknown, QgsProcessing.SourceType.TypeVectorAnyGeometry),
    "none": (QgsWkbTypes.Type.NoGeometry, QgsProcessing.SourceType.TypeVector),
}


@dataclass(frozen=True)
class Output:
    """One layer that an algorithm writes.

    Attributes
    ----------
    name : str
        Of the parameter; its lower-case form names the style.
    title, help : str
        Already translated.
    shape : str
        A key of SHAPES.
    by_default : bool
        Whether it is made unless switched off, rather than only when asked for.
    """

    name: str
    title: str
    help: str
    shape: str
    by_default: bool = True


class EnvZonesAlgorithm(QgsProcessingAlgorithm):
    """Base of the algorithms.  A subclass says what it takes, calls the engine, and names its outputs."""

    NAME = ""

    # --- what a subclass fills in -------------------------------------------------------------------

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        raise NotImplementedError

    def numbers(self) -> dict[str, str]:
        """Return name -> title of the numbers this algorithm returns."""
        return {}

    def declare(self) -> None:
        """Add the input parameters."""
        raise NotImplementedError

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the inputs (main thread)."""
        raise NotImplementedError

    def compute(self, progress: Any) -> dict[str, Any]:
        """Call the engine (worker thread); return name -> frame or number, and under "files" name -> path."""
        raise NotImplementedError

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Return the lines that tell the user what was found."""
        return []

    # --- QGIS -----------------------------------------------------------------------------------------

    def name(self) -> str:
        return self.NAME

    def createInstance(self) -> EnvZonesAlgorithm:  # noqa: N802 - QGIS's name
        return type(self)()

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def helpUrl(self) -> str:  # noqa: N802 - QGIS's name
        address = guide.url(f"processing#{self.NAME}")
        return "" if address is None else address.toString()

    def flags(self) -> Any:
        flags = super().flags()
        return flags if compat.threads_are_safe() else flags | compat.no_threading_flag()

    def canExecute(self) -> tuple[bool, str]:  # noqa: N802 - QGIS's name
        lacking = dependencies.message()
        return not lacking, lacking

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        self.declare()
        for output in self.outputs():
            sink = QgsProcessingParameterFeatureSink(
                output.name,
                output.title,
                SHAPES[output.shape][1],
                optional=True,
                createByDefault=output.by_default,
            )
            self.add(sink, output.help)
        for name, title in self.numbers().items():
            self.addOutput(QgsProcessingOutputNumber(name, title))

    def add(self, parameter: QgsProcessingParameterDefinition, help_text: str, advanced: bool = False) -> None:
        """Add a parameter with its help."""
        parameter.setHelp(help_text)
        if advanced:
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        self.addParameter(parameter)

    def prepareAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        lacking = dependencies.message()
        if lacking:
            raise QgsProcessingException(lacking)
        try:
            self.prepare_inputs(parameters, context, feedback)
        except Cancelled:
            return False
        except EnvZonesError as error:
            raise QgsProcessingException(str(error)) from error
        return True

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        from .. import bridge
        from .columns import kinds

        try:
            results = self.compute(bridge.FeedbackProgress(feedback))
        except Cancelled:
            feedback.pushInfo(tr("Cancelled; nothing was written."))
            return {}
        except EnvZonesError as error:
            raise QgsProcessingException(str(error)) from error
        crs = QgsCoordinateReferenceSystem(STORAGE_CRS)
        answer: dict[str, Any] = {name: results[name] for name in self.numbers()}
        answer.update(results.get("files", {}))
        for output in self.outputs():
            frame = results[output.name]
            columns = kinds(frame)
            fields = bridge.fields_of(columns)
            geometry_type = self.geometry_type(output)
            sink, destination = self.parameterAsSink(
                parameters, output.name, context, fields, geometry_type, crs
            )
            if sink is None:
                if parameters.get(output.name) is None:
                    continue
                raise QgsProcessingException(self.invalidSinkError(parameters, output.name))
            shape = QgsWkbTypes.geometryDisplayString(QgsWkbTypes.geometryType(geometry_type)).lower()
            try:
                bridge.to_sink(frame, sink, fields, columns, shape=shape)
            except EnvZonesError as error:
                raise QgsProcessingException(str(error)) from error
            del sink  # closes the file
            answer[output.name] = destination
        for line in self.summary(results):
            feedback.pushInfo(line)
        self._written = answer
        return answer

    def geometry_type(self, output: Output) -> Any:
        """Return the geometry type of an output's sink; a subclass may follow its input's."""
        return SHAPES[output.shape][0]

    def postProcessAlgorithm(  # noqa: N802
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        from ..project import styles

        for output in self.outputs():
            destination = getattr(self, "_written", {}).get(output.name)
            if destination is None:
                continue
            layer = QgsProcessingUtils.mapLayerFromString(destination, context)
            if isinstance(layer, QgsVectorLayer):
                styles.apply_result_style(layer, output.name.lower())
                layer.setCustomProperty("envzones/result", f"{self.NAME}/{output.name.lower()}")
                layer.setCustomProperty("envzones/made", datetime.now().isoformat(timespec="milliseconds"))
        return {}

    # --- reading inputs -------------------------------------------------------------------------------

    def frame(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> Any:
        """Return the snapshot of a feature source in the storage CRS, or None when it was left empty."""
        from .. import bridge

        if parameters.get(name) in (None, ""):
            return None
        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, name))
        if isinstance(parameters[name], (str, QgsVectorLayer)):
            # All of a layer, neither selection nor filter: read by column where that can be done.
            layer = self.parameterAsVectorLayer(parameters, name, context)
            source = source if layer is None or bridge.road_of(layer) is None else layer
            return bridge.snapshot(source, layer.name() if layer is not None else name, feedback)
        return bridge.snapshot(source, source.sourceName() or name, feedback)

    def frames(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Return layer name -> snapshot for a multiple-layer parameter; equal names are numbered."""
        from .. import bridge

        found: dict[str, Any] = {}
        for layer in self.parameterAsLayerList(parameters, name, context) or []:
            title = unique = compat.table_name(layer)
            number = 2
            while unique in found:
                unique, number = f"{title} ({number})", number + 1
            found[unique] = bridge.snapshot(layer, layer.name(), feedback)
        return found

    def raster(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> str | None:
        """Return the file behind a raster parameter, None when it was left empty."""
        if parameters.get(name) in (None, ""):
            return None
        layer = self.parameterAsRasterLayer(parameters, name, context)
        if layer is None:
            raise QgsProcessingException(self.invalidRasterError(parameters, name))
        return str(layer.source())

    def number_or_none(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> float | None:
        """Return an optional number, None when it was emptied or has no default."""
        if parameters.get(name, self.parameterDefinition(name).defaultValue()) in (None, ""):
            return None
        return self.parameterAsDouble(parameters, name, context)

    def day_or_none(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> date | None:
        """Return an optional date, None when it was left empty."""
        if parameters.get(name) in (None, ""):
            return None
        value = self.parameterAsDateTime(parameters, name, context).date()
        return value.toPyDate() if value.isValid() else None


def day(name: str, title: str) -> QgsProcessingParameterDateTime:
    """Return a parameter for an optional date, given as 2019-06-30 on a command line."""
    return QgsProcessingParameterDateTime(name, title, QgsProcessingParameterDateTime.Type.Date, None, optional=True)


def metres(
    name: str, title: str, default: float | None, optional: bool = False
) -> QgsProcessingParameterDistance:
    """Return a parameter for a distance in metres, whatever the project's units are."""
    parameter = QgsProcessingParameterDistance(
        name, title, default, optional=optional, minValue=0.0
    )
    parameter.setDefaultUnit(compat.METRES)
    return parameter
