"""The controls of the River section panel: distances, layers, readings, and what they are remembered as."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsProject, QgsSettings, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgsCollapsibleGroupBox, QgsDoubleSpinBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from .. import compat
from ..project import settings
from ..texts import tr
from .prefill import PROBLEMS
from .river_data import Wish
from .river_runner import Request

SCOPE = "envzones/river_panel"
_FILTER = QgsMapLayerProxyModel.Filter
_KEY = Qt.ItemDataRole.UserRole
#: Role -> what its layer is called in the catalog.
_TABLES = {
    "rivers": "river_reach",
    "sections": "monitoring_section",
    "channel": "river_channel",
    "management": "",
    "dyke": "",
    "jurisdiction": "admin_area",
}
_MOST_M = 500_000.0
_LIST_ROWS = 6


class RiverForm(QWidget):
    """Holds what the user chose; tells when it changes."""

    #: A distance or a reading changed.
    changed = pyqtSignal()
    #: Another layer was chosen.
    layers_changed = pyqtSignal()

    def __init__(self, project: QgsProject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._combos: dict[str, QgsMapLayerComboBox] = {}
        self._spins: dict[str, QgsDoubleSpinBox] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(self._distances())
        box.addWidget(self._layers())
        box.addWidget(self._readings())
        box.addStretch(1)
        self._order()

    # --- what was chosen ------------------------------------------------------------------------------------

    def wish(self) -> Wish:
        """Return the distances and readings."""
        return Wish(
            **{name: spin.value() for name, spin in self._spins.items()},
            main_stem=self._main_stem.isChecked(),
            bank_from=self._bank_from.currentData(),
            reverse=self._reverse.isChecked(),
            strips=self._strips.isChecked(),
        )

    def set_distance(self, name: str, metres: float) -> None:
        """Set upstream, downstream, bank, band, tolerance or working_width."""
        self._spins[name].setValue(metres)

    def layer(self, role: str) -> QgsVectorLayer | None:
        """Return the layer chosen for rivers, sections, channel, management, dyke or jurisdiction."""
        return self._combos[role].currentLayer()

    def set_layer(self, role: str, layer: QgsVectorLayer | None) -> None:
        """Choose a layer."""
        self._combos[role].setLayer(layer)

    def features(self) -> tuple[QgsVectorLayer, ...]:
        """Return the layers whose features are listed."""
        items = [self._features.item(row) for row in range(self._features.count())]
        found = [
            self._project.mapLayer(item.data(_KEY))
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        ]
        return tuple(layer for layer in found if layer is not None)

    def request(self, place: Any) -> Request:
        """Return the request for a place."""
        wish = self.wish()
        return Request(
            place, wish, self.layer("rivers"), self.layer("channel"), self.layer("management"),
            self.layer("dyke"), self.layer("jurisdiction"), self.features(), settings.as_of(self._project),
            self.layer("sections"),
        )  # fmt: skip

    # --- from the project -------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Choose the project's layers by what they are called in the catalog."""
        by_table: dict[str, QgsVectorLayer] = {}
        for layer in self._vector_layers():
            if layer.featureCount() != 0:
                by_table.setdefault(compat.table_name(layer), layer)
        for role, combo in self._combos.items():
            with QSignalBlocker(combo):
                combo.setLayer(by_table.get(_TABLES[role]))
        self.list_features(set(PROBLEMS))
        self.layers_changed.emit()

    def list_features(self, tables: set[str] | None = None) -> None:
        """List the layers that may lie inside; `tables` are checked, else what was checked stays so."""
        checked = {layer.id() for layer in self.features()}
        used = {combo.currentLayer().id() for combo in self._combos.values() if combo.currentLayer()}
        entries = []
        for layer in self._vector_layers():
            if layer.id() in used or layer.customProperty("envzones/result"):
                continue
            on = layer.id() in checked if tables is None else compat.table_name(layer) in tables
            entries.append((not on, layer.name(), layer.id()))
        with QSignalBlocker(self._features):
            self._features.clear()
            for off, name, key in sorted(entries, key=lambda entry: entry[0]):
                item = QListWidgetItem(name)
                item.setData(_KEY, key)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Unchecked if off else Qt.CheckState.Checked)
                self._features.addItem(item)

    def _vector_layers(self) -> list[QgsVectorLayer]:
        """The project's layers with a geometry, in the order of the legend."""
        nodes = self._project.layerTreeRoot().findLayers()
        layers = [node.layer() for node in nodes]
        return [
            layer
            for layer in layers
            if isinstance(layer, QgsVectorLayer)
            and layer.isValid()
            and layer.geometryType() <= QgsWkbTypes.GeometryType.PolygonGeometry
        ]

    # --- memory -----------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Write the distances and readings to QGIS's settings."""
        store = QgsSettings()
        for name, spin in self._spins.items():
            store.setValue(f"{SCOPE}/{name}", spin.value())
        store.setValue(f"{SCOPE}/main_stem", self._main_stem.isChecked())
        store.setValue(f"{SCOPE}/strips", self._strips.isChecked())
        for name, group in (("layers", self._layer_group), ("readings", self._reading_group)):
            store.setValue(f"{SCOPE}/{name}_collapsed", group.isCollapsed())

    def recall(self) -> None:
        """Read them back."""
        for name, spin in self._spins.items():
            with QSignalBlocker(spin):
                spin.setValue(compat.setting(f"{SCOPE}/{name}", spin.value(), float))
        for name, check in (("main_stem", self._main_stem), ("strips", self._strips)):
            with QSignalBlocker(check):
                check.setChecked(compat.setting(f"{SCOPE}/{name}", False, bool))
        for name, group in (("layers", self._layer_group), ("readings", self._reading_group)):
            group.setCollapsed(compat.setting(f"{SCOPE}/{name}_collapsed", True, bool))

    # --- widgets ------------------------------------------------------------------------------------------------

    def _distances(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, title, default, step, tip in (
            ("upstream", tr("&Upstream"), 5000.0, 100.0, tr("Metres along the river against the flow.")),
            ("downstream", tr("&Downstream"), 500.0, 100.0, tr("Metres along the river with the flow.")),
            ("bank", tr("&Bank"), 500.0, 50.0, tr("Metres from the bank outward, on both sides.")),
        ):
            self._add_spin(form, name, title, default, step, tip)
        self._spins["bank"].setMinimum(1.0)
        self._main_stem = QCheckBox(tr("&Main stem only"))
        self._main_stem.setObjectName("EnvZonesRiverMainStem")
        self._main_stem.setToolTip(tr("Follow the main stem alone instead of all tributaries."))
        self._main_stem.toggled.connect(self._tell)
        form.addRow("", self._main_stem)
        return form

    def _layers(self) -> QgsCollapsibleGroupBox:
        self._layer_group, form = _group(tr("Layers"), "EnvZonesRiverLayers")
        for role, title, kind, tip in (
            ("rivers", tr("&Rivers"), _FILTER.LineLayer, tr("River lines, digitised in the direction of flow.")),
            ("sections", tr("&Sections"), _FILTER.PointLayer, tr("Points of the sections. Optional.")),
            ("channel", tr("&Channel"), _FILTER.PolygonLayer, tr("Polygons of water and floodplain. Optional.")),
            ("management", tr("Mana&gement area"), _FILTER.PolygonLayer,
             tr("Polygons within the river management line. Optional.")),
            ("dyke", tr("D&yke toe"), _FILTER.LineLayer, tr("Lines along the landward toes of the dykes. Optional.")),
            ("jurisdiction", tr("&Jurisdiction"), _FILTER.PolygonLayer,
             tr("Area of the office; features outside it are marked. Optional.")),
        ):  # fmt: skip
            combo = QgsMapLayerComboBox()
            combo.setObjectName(f"EnvZonesRiver_{role}")
            combo.setFilters(kind)
            combo.setAllowEmptyLayer(True)
            combo.setLayer(None)
            combo.setToolTip(tip)
            combo.setMinimumContentsLength(8)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.layerChanged.connect(self._layer_chosen)
            self._combos[role] = combo
            form.addRow(_label(title, combo), combo)
        self._features = QListWidget()
        self._features.setObjectName("EnvZonesRiverFeatures")
        self._features.setToolTip(tr("Layers whose features are listed where they lie in the control zone"))
        self._features.setFixedHeight(_LIST_ROWS * (self._features.fontMetrics().height() + 6))
        self._features.itemChanged.connect(lambda _: self.changed.emit())
        form.addRow(_label(tr("Features to &list"), self._features))
        form.addRow(self._features)
        return self._layer_group

    def _readings(self) -> QgsCollapsibleGroupBox:
        self._reading_group, form = _group(tr("Reading of the rule"), "EnvZonesRiverReadings")
        self._bank_from = QComboBox()
        self._bank_from.setObjectName("EnvZonesRiverBankFrom")
        for value, title in (
            (None, tr("the best layer given")),
            ("management", tr("the management line")),
            ("dyke", tr("the dyke toe")),
            ("channel", tr("the edge of the channel")),
            ("centreline", tr("the centreline, or half the width where it is known")),
        ):
            self._bank_from.addItem(title, value)
        self._bank_from.setMinimumContentsLength(8)
        self._bank_from.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._bank_from.setToolTip(tr("Where the bank distance is measured from"))
        self._bank_from.currentIndexChanged.connect(self._tell)
        form.addRow(_label(tr("Bank &from"), self._bank_from), self._bank_from)
        for name, title, default, tip, off in (
            ("band", tr("&About ±"), 50.0,
             tr("Features within this much of the bank distance are listed as to be settled on site."), tr("off")),
            ("tolerance", tr("Sna&pping"), 100.0, tr("A section may lie this far from its river."), ""),
            ("working_width", tr("&Working width"), 0.0,
             tr("River width to assume where none is known; half of it is listed as to be verified."), tr("none")),
        ):  # fmt: skip
            self._add_spin(form, name, title, default, 10.0, tip)
            self._spins[name].setSpecialValueText(off)
        self._spins["tolerance"].setMinimum(1.0)
        self._reverse = QCheckBox(tr("Lines run a&gainst the flow"))
        self._reverse.setObjectName("EnvZonesRiverReverse")
        self._reverse.setToolTip(tr("Tick it where the river lines are digitised from mouth to source."))
        self._reverse.toggled.connect(self._tell)
        self._strips = QCheckBox(tr("Left and right s&trips"))
        self._strips.setObjectName("EnvZonesRiverStrips")
        self._strips.setToolTip(tr("Keep the zone's left and right strip as a layer of their own, too"))
        self._strips.toggled.connect(self._tell)
        form.addRow("", self._reverse)
        form.addRow("", self._strips)
        return self._reading_group

    def _add_spin(
        self, form: QFormLayout, name: str, title: str, default: float, step: float, tip: str
    ) -> None:
        spin = QgsDoubleSpinBox()
        spin.setObjectName(f"EnvZonesRiver_{name}")
        spin.setRange(0.0, _MOST_M)
        spin.setDecimals(0)
        spin.setSingleStep(step)
        spin.setSuffix(tr(" m"))
        spin.setGroupSeparatorShown(False)
        spin.setClearValue(default)
        spin.setValue(default)
        spin.setToolTip(tip)
        spin.valueChanged.connect(self._tell)
        self._spins[name] = spin
        form.addRow(_label(title, spin), spin)

    def _order(self) -> None:
        """Tab goes from top to bottom."""
        chain = [
            *(self._spins[name] for name in ("upstream", "downstream", "bank")), self._main_stem,
            *self._combos.values(), self._features, self._bank_from,
            *(self._spins[name] for name in ("band", "tolerance", "working_width")), self._reverse, self._strips,
        ]  # fmt: skip
        for one, two in zip(chain, chain[1:]):
            QWidget.setTabOrder(one, two)

    def _tell(self, *_: Any) -> None:
        self.changed.emit()

    def _layer_chosen(self, _layer: QgsMapLayer | None) -> None:
        self.list_features()
        self.layers_changed.emit()


def _group(title: str, name: str) -> tuple[QgsCollapsibleGroupBox, QFormLayout]:
    group = QgsCollapsibleGroupBox(title)
    group.setObjectName(name)
    group.setSaveCollapsedState(False)
    form = QFormLayout(group)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return group, form


def _label(title: str, buddy: QWidget) -> QLabel:
    label = QLabel(title)
    label.setBuddy(buddy)
    return label
