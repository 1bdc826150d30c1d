"""The Processing provider ``envzones``."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..paths import ICON
from ..texts import tr


class EnvZonesProvider(QgsProcessingProvider):
    """Lists the algorithms; importing it imports no geo library."""

    def id(self) -> str:
        return "envzones"

    def name(self) -> str:
        return "EnvZones"

    def longName(self) -> str:  # noqa: N802 - QGIS's name
        return tr("EnvZones: one map of pollution-control zones")

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def loadAlgorithms(self) -> None:  # noqa: N802 - QGIS's name
        from .convert_coordinates import ConvertCoordinates
        from .delineate_circle import DelineateCircle
        from .delineate_corridor import DelineateCorridor
        from .delineate_cut import DelineateCut
        from .delineate_intake import DelineateIntake
        from .delineate_vertices import DelineateVertices
        from .delineate_wells import DelineateWells
        from .export_zones import ExportZones
        from .heat_radius import HeatRadius
        from .import_zones import ImportZones
        from .plan_board import PlanBoard
        from .register_problems import RegisterProblems
        from .river_channel import RiverChannel
        from .river_network import RiverNetwork
        from .river_section import RiverSection
        from .siting_check import SitingCheck
        from .suitable_area import SuitableArea
        from .validate_zones import ValidateZones
        from .zone_changes import ZoneChanges

        for algorithm in (RiverSection, RiverNetwork, RiverChannel, HeatRadius, SitingCheck, PlanBoard, SuitableArea):
            self.addAlgorithm(algorithm())
        for algorithm in (ValidateZones, ImportZones, ConvertCoordinates, RegisterProblems, ZoneChanges, ExportZones):
            self.addAlgorithm(algorithm())
        for algorithm in (
            DelineateIntake, DelineateWells, DelineateCircle, DelineateCorridor, DelineateVertices, DelineateCut,
        ):  # fmt: skip
            self.addAlgorithm(algorithm())
