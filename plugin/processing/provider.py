"""The Processing provider ``envzones``."""

from __future__ import annotations

from qgis.core import QgsProcessingModelAlgorithm, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..paths import ICON, MODELS
from ..project import guide
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
        from .export_ledger import ItemsLedger
        from .export_maps import ExportMaps
        from .export_report import ExportReport
        from .export_zones import ExportZones
        from .heat_radius import HeatRadius
        from .import_zones import ImportZones
        from .plan_board import PlanBoard
        from .register_problems import RegisterProblems
        from .return_ledger import ReturnLedger
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
        for algorithm in (ExportReport, ExportMaps, ItemsLedger, ReturnLedger):
            self.addAlgorithm(algorithm())
        for algorithm in (
            DelineateIntake, DelineateWells, DelineateCircle, DelineateCorridor, DelineateVertices, DelineateCut,
        ):  # fmt: skip
            self.addAlgorithm(algorithm())
        titles = {
            "sectionclearance": tr("Section clearance: network, section, list"),
            "sitesfromafile": tr("Siting check of a file: convert, check, report"),
        }
        for file in sorted(MODELS.glob("*.model3")):
            model = ShippedModel(titles.get(file.stem, ""))
            if model.fromFile(str(file)):
                model.setName(file.stem)
                model.setGroup(tr("Models"))
                self.addAlgorithm(model)


class ShippedModel(QgsProcessingModelAlgorithm):
    """A chain of our algorithms; its id is its file's name, whatever the user's language calls it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def displayName(self) -> str:  # noqa: N802 - QGIS's name
        return self._title or str(super().displayName())

    def helpUrl(self) -> str:  # noqa: N802 - QGIS's name
        address = guide.url("processing#models")
        return "" if address is None else address.toString()
