"""Relations between the layers of the one map: a source with its zones and intakes, a zone with its markers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qgis.core import (
    QgsAttributeEditorContainer,
    QgsAttributeEditorRelation,
    QgsEditorWidgetSetup,
    QgsProject,
    QgsRelation,
    QgsVectorLayer,
)

if TYPE_CHECKING:
    from ..engine.catalog import Catalog


def add_relations(
    project: QgsProject, catalog: Catalog, layers: Mapping[str, QgsVectorLayer], lang: str
) -> list[QgsRelation]:
    """Relate the layers by the links of the catalog, and show them in the forms.

    The form of the row that is pointed to lists the rows that point to it; the field that points offers the
    values that stand there, by name, and may stay empty.
    """
    made = []
    for name, child in layers.items():
        spec = catalog.get(name)
        for own, link in spec.links.items() if spec is not None else ():
            parent = layers.get(link.layer)
            if parent is None or child.fields().indexOf(own) < 0:
                continue
            relation = QgsRelation()
            relation.setId(f"envzones_{name}_{own}")
            relation.setName(f"{catalog[link.layer].title(lang)} – {spec.title(lang)}")
            relation.setReferencedLayer(parent.id())
            relation.setReferencingLayer(child.id())
            relation.addFieldPair(own, link.field)
            if not relation.isValid():
                continue
            project.relationManager().addRelation(relation)
            made.append(relation)
            _offer(child, own, parent, link.field)
            _list(parent, relation, spec.title(lang))
    return made


def _offer(child: QgsVectorLayer, own: str, parent: QgsVectorLayer, key: str) -> None:
    """Let the field be chosen from the rows of the other layer."""
    config = {
        "Layer": parent.id(), "LayerName": parent.name(),
        "LayerProviderName": parent.providerType(), "Key": key, "Value": "name", "AllowNull": True,
        "OrderByValue": True, "AllowMulti": False, "UseCompleter": False, "FilterExpression": "", "NofColumns": 1,
    }  # fmt: skip
    child.setEditorWidgetSetup(child.fields().indexOf(own), QgsEditorWidgetSetup("ValueRelation", config))


def _list(parent: QgsVectorLayer, relation: QgsRelation, title: str) -> None:
    """Give the parent's form a tab with the rows that point to it."""
    form = parent.editFormConfig()
    root = form.invisibleRootContainer()
    tab = QgsAttributeEditorContainer(title, root)
    tab.setIsGroupBox(False)
    editor = QgsAttributeEditorRelation(relation.id(), relation, tab)
    editor.setShowLabel(False)
    tab.addChildElement(editor)
    form.addTab(tab)
    parent.setEditFormConfig(form)
