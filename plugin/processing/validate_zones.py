"""``envzones:validatezones``: what is wrong in the one map or in any layer, with a place to look at."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
)

from .. import compat
from ..texts import language, tr
from .base import EnvZonesAlgorithm, Output, day

#: Safe repairs, as the engine calls them, in the order of the parameter.
REPAIRS = (
    "make_valid", "remove_repeated_points", "remove_spikes", "snap_to_neighbour", "drop_duplicate", "swap_axes",
)  # fmt: skip


class ValidateZones(EnvZonesAlgorithm):
    """Checks of shape, topology, nesting, attributes, places and coordinates; repairs where they are asked for."""

    NAME = "validatezones"

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("Validate zones")

    def tags(self) -> list[str]:
        return tr("validate,check,quality,topology,overlap,gap,sliver,nesting,domain,repair,GCJ-02").split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("List what is wrong in the one map or in any layer, and how to mend it")

    def shortHelpString(self) -> str:  # noqa: N802
        return tr(
            "Checks layers of the one map, unsaved edits included: invalid shapes with every place, repeated points"
            " and spikes, duplicates, overlaps, slivers and gaps, the nesting of protection zones, zones outside the"
            " jurisdiction, attributes against their domains and rules, dates that contradict, sections whose target"
            " is weaker than their zone demands, and coordinates that look swapped or shifted (GCJ-02).\n\n"
            "Each finding has a severity, a place, and how to mend it. Nothing is changed: repairs that are chosen go"
            " into a new layer."
        )

    def declare(self) -> None:
        """Add the input parameters."""
        self.add(
            QgsProcessingParameterFile(
                "ONEMAP", tr("One map"), fileFilter=tr("One map (*.gpkg *schema=*)"), optional=True
            ),
            tr(
                "The one map to check: a GeoPackage, or the address of a shared map. With chosen layers it is what they"
                " are held against."
            ),
        )
        self.add(
            QgsProcessingParameterMultipleLayers(
                "LAYERS", tr("Layers"), QgsProcessing.SourceType.TypeVectorAnyGeometry, optional=True
            ),
            tr("Check these layers only. A layer is known by the name of its table or file; others are checked for"
               " shape and duplicates."),
        )  # fmt: skip
        self.add(
            day("AS_OF", tr("Date of the check")),
            tr("Overlaps, gaps, nesting and places are asked of what is in force on this day. Left empty, today."),
        )
        self.add(
            QgsProcessingParameterEnum(
                "REPAIR",
                tr("Mend"),
                [
                    tr("invalid shapes (polygons kept)"),
                    tr("repeated points"),
                    tr("spikes"),
                    tr("slivers and gaps, snapped to the neighbour"),
                    tr("exact duplicate rows"),
                    tr("swapped axes"),
                ],
                allowMultiple=True,
                optional=True,
                defaultValue=[],
            ),
            tr("Safe repairs for the repaired layer. What is not chosen is left as it is."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFileDestination(
                "XLSX", tr("Ledger"), tr("Excel workbooks (*.xlsx)"), optional=True, createByDefault=False
            ),
            tr("Optional workbook with a summary and one line for each issue, to be worked off."),
        )

    def outputs(self) -> list[Output]:
        """Return the layers this algorithm writes."""
        return [
            Output("ISSUE", tr("Issues"), tr("One point for each issue: severity, what, and how to mend it."), "point"),
            Output(
                "ISSUE_AREA",
                tr("Issues that are areas"),
                tr("The pieces in question: overlaps, gaps, and what lies outside."),
                "polygon",
                by_default=False,
            ),
            Output(
                "REPAIRED",
                tr("Repaired layer"),
                tr("A copy of the one chosen layer with the chosen repairs."),
                "any",
                by_default=False,
            ),
        ]

    def numbers(self) -> dict[str, str]:
        """Return the numbers this algorithm returns."""
        return {
            "ERROR_COUNT": tr("Errors"),
            "WARNING_COUNT": tr("Warnings"),
            "INFO_COUNT": tr("Information"),
            "MENDED_COUNT": tr("Repairs"),
        }

    def prepare_inputs(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Snapshot the chosen layers, open the map."""
        from .. import bridge
        from ..engine.catalog import load_catalog
        from ..engine.errors import InputError
        from ..engine.onemap import OneMap
        from ..engine.quality_layers import by_vertices
        from ..project.source import open_onemap

        path = self.parameterAsFile(parameters, "ONEMAP", context)
        layers = self.parameterAsLayerList(parameters, "LAYERS", context) or []
        if not path and not layers:
            raise QgsProcessingException(tr("Give the one map, or choose layers to check."))
        self._repair = [REPAIRS[n] for n in self.parameterAsEnums(parameters, "REPAIR", context)]
        if parameters.get("REPAIRED") is not None and (len(layers) != 1 or not self._repair):
            raise QgsProcessingException(tr("For a repaired layer choose exactly one layer, and what to mend."))
        onemap = open_onemap(path, context.project()) if path else None
        readers: dict[str, Any] = {}
        if onemap is not None:
            readers = {name: (lambda name=name: onemap.raw(name)) for name in onemap.layers()}
        self._frames: dict[str, Any] = {}
        self._type = None
        for layer in layers:
            name = compat.table_name(layer)
            if name in self._frames:
                raise QgsProcessingException(
                    tr("Two of the layers are called {name}; check them one after the other.").format(name=name)
                )
            reader = bridge.LayerReader(layer)
            frame = bridge.to_frame(reader, feedback)
            self._own_fid = "fid" in frame.columns
            if not self._own_fid:
                frame["fid"] = reader.fids
            # Coordinate systems are built here, in the main thread; what cannot be converted is told as an issue.
            with contextlib.suppress(InputError):
                frame = by_vertices(frame, name)
            self._frames[name], self._type = frame, layer.wkbType()
            readers[name] = lambda frame=frame: frame
        catalog = onemap.catalog if onemap is not None else load_catalog()
        self._onemap = OneMap(readers, catalog=catalog, source=onemap.source if onemap is not None else "")
        self._as_of = self.day_or_none(parameters, "AS_OF", context) or date.today()
        self._xlsx = self.parameterAsFileOutput(parameters, "XLSX", context)

    def compute(self, progress: Any) -> dict[str, Any]:
        """Check, repair where asked, write the ledger."""
        import numpy as np
        import shapely

        from ..engine.progress import part, report
        from ..engine.quality import validate

        issues = validate(
            self._onemap, layers=list(self._frames) or None, as_of=self._as_of, progress=part(progress, 0.0, 0.9)
        )
        report(progress, 0.9, tr("Writing the documents") if self._xlsx else "")
        repaired, account = self._mended(issues, part(progress, 0.9, 1.0))
        if self._xlsx:
            from ..engine.report.quality import write_quality

            titles = {name: (spec.zh, spec.en) for name, spec in self._onemap.catalog.items()}
            write_quality(
                Path(self._xlsx), issues, as_of=self._as_of, titles=titles, repairs=account, lang=language()
            )
        counts = issues["severity"].value_counts()
        # A GeoPackage would take fid for the issue's own number.
        told = issues.rename(columns={"fid": "row_fid"})
        shapes = np.array(told.geometry.array, dtype=object)
        return {
            "ISSUE": told,
            "ISSUE_AREA": told[shapely.get_dimensions(shapes) == 2].reset_index(drop=True),
            "REPAIRED": repaired,
            "ERROR_COUNT": int(counts.get("error", 0)),
            "WARNING_COUNT": int(counts.get("warning", 0)),
            "INFO_COUNT": int(counts.get("info", 0)),
            "MENDED_COUNT": 0 if account is None else int(account["done"].sum()),
            "files": {"XLSX": self._xlsx} if self._xlsx else {},
        }

    def _mended(self, issues: Any, progress: Any) -> tuple[Any, Any]:
        """Return the repaired layer (empty where none is asked for) and the account of the repairs."""
        from ..engine.repair import repair

        if len(self._frames) != 1 or not self._repair:
            return issues.iloc[:0][["geometry"]], None
        ((name, frame),) = self._frames.items()
        mended, account = repair(frame, issues[issues["layer"] == name], self._repair, progress=progress)
        if not self._own_fid:
            mended = mended.drop(columns="fid")
        return mended.reset_index(drop=True), account

    def geometry_type(self, output: Output) -> Any:
        """Return the geometry type of an output's sink: the repaired layer's is that of its input."""
        if output.name == "REPAIRED" and self._type is not None:
            from qgis.core import QgsWkbTypes

            return QgsWkbTypes.multiType(QgsWkbTypes.flatType(self._type))
        return super().geometry_type(output)

    def summary(self, results: dict[str, Any]) -> list[str]:
        """Say what was found, kind by kind."""
        lines = [
            tr("{errors} errors, {warnings} warnings, {notes} notes; {mended} repairs.").format(
                errors=results["ERROR_COUNT"],
                warnings=results["WARNING_COUNT"],
                notes=results["INFO_COUNT"],
                mended=results["MENDED_COUNT"],
            )
        ]
        issues = results["ISSUE"]
        catalog, lang = self._onemap.catalog, language()
        for (layer, code), rows in issues[issues["severity"] != "info"].groupby(["layer", "code"], sort=False):
            title = catalog[layer].title(lang) if layer in catalog else layer
            lines.append(f"{title}: {rows[f'what_{lang}'].iloc[0]}" + (f" (+{len(rows) - 1})" if len(rows) > 1 else ""))
            del code
        return lines
