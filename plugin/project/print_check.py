"""Pre-flight: what is wrong with a printed map, told before the first page is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from qgis.core import (
    QgsApplication,
    QgsFeedback,
    QgsLayoutFrame,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPage,
    QgsLayoutItemScaleBar,
    QgsLayoutValidityCheckContext,
    QgsLegendRenderer,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsValidityCheckResult,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSizeF

from ..engine.errors import InputError
from ..texts import tr
from . import outcome, print_text, settings, source, version

if TYPE_CHECKING:
    from ..engine.publication import Publication

#: Where a layout says for whom it was made, in the words of :meth:`Publication.to_json`.
PUBLICATION = "envzones/publication"
#: Leading digits of a scale that people can reckon with.
_ROUND = (1.0, 1.2, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0)
#: Millimetres that an item may lie beyond the page, or text beyond its frame: the width of a line.
_SLACK = 0.3
_NAMES = 4
#: Dots per millimetre at which a legend is measured.
_MEASURE = 4.0
#: QGIS's own checks that say what ours say.
_OURS = frozenset({"scalebar_check", "map_crs_check"})
#: The question to a map which of its data has run out, asked last: an atlas asks it for every page.
_LAST_EXPIRED: dict[tuple[str, str, date], frozenset[str]] = {}


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a page.

    Attributes
    ----------
    severity : {"error", "warning"}
        An error stops an export unless the user says otherwise.
    item : str
        Id of the layout's item, empty for the page as a whole.
    message : str
        One sentence in the user's language.
    """

    severity: Literal["error", "warning"]
    item: str
    message: str


def check(
    layout: QgsPrintLayout, project: QgsProject, as_of: date, *, publication: Publication | None = None
) -> list[Flaw]:
    """Return what is wrong with a layout, errors first; run it in the main thread.

    Parameters
    ----------
    as_of : date
        The day that the map speaks of: data declared complete only until an earlier one has expired.
    publication : Publication, optional
        For whom it is made; left out, what the layout says of itself, else what was chosen for the project.
    """
    publication = publication or _publication(layout, project)
    found = [
        *_maps(layout), *_layers(layout, project, as_of), *_bars(layout), *_places(layout), *_legends(layout),
        *_marks(layout, publication), *print_text_flaws(layout), *_tables(layout), *_qgis(layout),
    ]  # fmt: skip
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda flaw: flaw.severity != "error")


# --- maps and their layers ----------------------------------------------------------------------------


def _of_kind(layout: QgsPrintLayout, kind: type) -> list[QgsLayoutItem]:
    return [item for item in layout.items() if isinstance(item, kind) and item.isVisible()]


def name_of(item: QgsLayoutItem) -> str:
    """Return by what an item is known: its id, else what QGIS shows for it."""
    return str(item.id() or item.displayName())


def main_maps(layout: QgsPrintLayout) -> list[QgsLayoutItemMap]:
    """Return the maps whose scale is printed, else the one that QGIS takes for the layout's reference."""
    linked = [bar.linkedMap() for bar in _of_kind(layout, QgsLayoutItemScaleBar) if bar.linkedMap() is not None]
    if not linked and layout.referenceMap() is not None:
        linked = [layout.referenceMap()]
    return list({id(item): item for item in linked}.values())


def _maps(layout: QgsPrintLayout) -> Iterator[Flaw]:
    bars = {id(bar.linkedMap()) for bar in _of_kind(layout, QgsLayoutItemScaleBar)}
    project = layout.project()
    if not _of_kind(layout, QgsLayoutItemMap):
        yield Flaw("error", "", tr("The page has no map."))
    for main in main_maps(layout):
        name, crs = name_of(main), main.crs()
        if main.extent().isEmpty():
            yield Flaw("error", name, tr("The map shows no area; set its extent."))
            continue
        if not crs.isValid():
            yield Flaw("error", name, tr("The map has no coordinate system, so that nothing on it can be measured."))
            continue
        if crs.isGeographic():
            if id(main) in bars:
                told = tr("The map is drawn in degrees ({crs}): its scale holds in no direction; use a projection.")
                yield Flaw("error", name, told.format(crs=crs.authid()))
            continue
        if crs != project.crs():
            told = tr("The map is drawn in {own}, the project in {other}; its grid and its notes may disagree.")
            yield Flaw("warning", name, told.format(own=crs.authid(), other=project.crs().authid()))
        if not is_round(main.scale()):
            told = tr("The scale 1:{scale} is not round.")
            yield Flaw("warning", name, told.format(scale=f"{main.scale():.0f}"))


def is_round(scale: float) -> bool:
    """Tell whether a scale's denominator is a number that people can reckon with.

    >>> is_round(250000.0), is_round(12500.0), is_round(13700.0)
    (True, True, False)
    """
    if not math.isfinite(scale) or scale <= 0.0:
        return False
    leading = scale / 10.0 ** math.floor(math.log10(scale) + 1e-9)
    return any(abs(leading - one) <= 1e-4 * one for one in _ROUND)


def _layers(layout: QgsPrintLayout, project: QgsProject, as_of: date) -> Iterator[Flaw]:
    mains = main_maps(layout)
    if not mains:
        return
    name = name_of(mains[0])
    broken = [node.name() for node in project.layerTreeRoot().findLayers()
              if node.isVisible() and (node.layer() is None or not node.layer().isValid())]  # fmt: skip
    if broken:
        yield Flaw("error", name, tr("Layers that cannot be opened are missing from the map: {names}.").format(
            names=_some(broken)))  # fmt: skip
    expired = _expired(project, as_of)
    for main in mains:
        shown = shown_layers(main)
        lost = [one for one in main.layers() if not one.isValid()]
        if lost and not broken:
            yield Flaw("error", name_of(main), tr("Layers that cannot be opened are missing from the map: {names}.")
                       .format(names=_some(one.name() for one in lost)))  # fmt: skip
        if not shown:
            yield Flaw("error", name_of(main), tr("The map shows no layer."))
            continue
        empty = [one.name() for one in shown if isinstance(one, QgsVectorLayer) and not one.featureCount()]
        if empty:
            told = tr("Layers of the map hold nothing: {names}.")
            yield Flaw("warning", name_of(main), told.format(names=_some(empty)))
        old = [one.name() for one in shown if _table(one) in expired]
        if old:
            told = tr("Data that the map shows was declared complete only until before {day}: {names}.")
            yield Flaw("warning", name_of(main), told.format(day=as_of.isoformat(), names=_some(old)))
        yield from _stale(project, shown, as_of, name_of(main))


def shown_layers(main: QgsLayoutItemMap) -> list[QgsMapLayer]:
    """Return the layers that a map draws, whether it follows the project, a theme or a list of its own."""
    drawn = main.mapSettings(main.extent(), QSizeF(100.0, 100.0), 25.4, True).layers()
    return [layer for layer in drawn if layer is not None and layer.isValid()]


def _table(layer: QgsMapLayer) -> str:
    return str(layer.customProperty("envzones/table") or "").split(".")[-1]


def _expired(project: QgsProject, as_of: date) -> frozenset[str]:
    """Return the tables of the one map whose declarations of completeness have all run out."""
    where = settings.onemap_path(project)
    if where is None:
        return frozenset()
    try:
        key = (str(source.location(where)), version.version(where), as_of)
        if key not in _LAST_EXPIRED:
            layers = source.info(where).layers
            _LAST_EXPIRED.clear()
            _LAST_EXPIRED[key] = frozenset(
                layer.name for layer in layers
                if layer.coverage and not any(
                    one.valid_until is None or one.valid_until >= as_of for one in layer.coverage
                )
            )  # fmt: skip
    except InputError:  # the layers themselves say that they cannot be opened
        return frozenset()
    return _LAST_EXPIRED[key]


def _stale(project: QgsProject, shown: Iterable[QgsMapLayer], as_of: date, item: str) -> Iterator[Flaw]:
    """Tell of results that rest on something else than holds now."""
    results = [layer for layer in shown if layer.customProperty("envzones/kind")]
    where = settings.onemap_path(project)
    if not results or where is None:
        return
    try:
        stamp = (version.version(where), version.unsaved(project, where))
    except InputError:
        return
    now = outcome.about(where, stamp, as_of, settings.rulebooks(project), settings.working(project))
    why = {
        "map": tr("The map has changed since this result was computed: {names}."),
        "day": tr("This result was computed for another day: {names}."),
        "books": tr("This result was computed with other rulebooks: {names}."),
        "working": tr("This result was computed with other working distances: {names}."),
    }
    old: dict[str, list[str]] = {}
    for layer in results:
        reason = outcome.stale(layer, now)
        if reason:
            old.setdefault(reason, []).append(layer.name())
    for reason, names in old.items():
        yield Flaw("warning", item, why[reason].format(names=_some(names)))


def _some(names: Iterable[str]) -> str:
    """Return names in one line, the first few of many."""
    said = list(dict.fromkeys(names))
    if len(said) <= _NAMES:
        return tr(", ").join(said)
    return tr("{names} and {n} more").format(names=tr(", ").join(said[:_NAMES]), n=len(said) - _NAMES)


# --- items --------------------------------------------------------------------------------------------


def _bars(layout: QgsPrintLayout) -> Iterator[Flaw]:
    for bar in _of_kind(layout, QgsLayoutItemScaleBar):
        if bar.linkedMap() is None:
            yield Flaw("error", name_of(bar), tr("The scale bar belongs to no map; link it to one."))


def _places(layout: QgsPrintLayout) -> Iterator[Flaw]:
    pages = [page.mapRectToScene(page.rect()) for page in layout.pageCollection().pages()]
    for item in _of_kind(layout, QgsLayoutItem):
        if isinstance(item, QgsLayoutItemPage):
            continue
        box = item.mapRectToScene(item.rect())
        if not any(page.adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK).contains(box) for page in pages):
            yield Flaw("warning", name_of(item), tr("An item lies beyond the edge of the page; it is cut off."))


def _legends(layout: QgsPrintLayout) -> Iterator[Flaw]:
    for legend in _of_kind(layout, QgsLayoutItemLegend):
        main = legend.linkedMap()
        if main is None:
            told = tr("The legend belongs to no map, so that it lists what none shows.")
            yield Flaw("warning", name_of(legend), told)
        elif legend.legendFilterByMapEnabled():
            # The item itself leaves out what the map does not show only when it is painted.
            dots = QSizeF(main.rect().width() * _MEASURE, main.rect().height() * _MEASURE)
            legend.model().setLegendFilterByMap(main.mapSettings(main.extent(), dots, _MEASURE * 25.4, True))
        if not legend.model().rootGroup().findLayers():
            yield Flaw("warning", name_of(legend), tr("The legend is empty."))
            continue
        needed = QgsLegendRenderer(legend.model(), legend.legendSettings()).minimumSize()
        room = legend.rect()
        if needed.width() > room.width() + _SLACK or needed.height() > room.height() + _SLACK:
            told = tr("The legend needs {needed} mm, its frame has {room} mm: entries are cut off or cover others.")
            sizes = {name: f"{one.width():.0f} × {one.height():.0f}" for name, one in
                     (("needed", needed), ("room", room))}  # fmt: skip
            yield Flaw("warning", name_of(legend), told.format(**sizes))


def _tables(layout: QgsPrintLayout) -> Iterator[Flaw]:
    for frames in layout.multiFrames():
        pieces = [frames.frame(number) for number in range(frames.frameCount())]
        room = sum(frame.rect().height() for frame in pieces if isinstance(frame, QgsLayoutFrame))
        # What grows new pages or frames by itself is never cut.
        grows = frames.resizeMode() != type(frames).ResizeMode.UseExistingFrames
        if pieces and not grows and frames.totalSize().height() > room + _SLACK:
            yield Flaw("warning", name_of(pieces[0]), tr("The table has more rows than its frame shows."))


def _publication(layout: QgsPrintLayout, project: QgsProject) -> Publication:
    from ..engine.publication import Publication
    from . import publication as kept

    said = layout.customProperty(PUBLICATION)
    return Publication.from_json(said) if said else kept.current(project)


def _marks(layout: QgsPrintLayout, publication: Publication) -> Iterator[Flaw]:
    """Tell of a public map without its approval number, or of any without the marks of its audience."""
    printed = "\n".join(label.currentText() for label in _of_kind(layout, QgsLayoutItemLabel))
    number = publication.approval_no.strip()
    if publication.public and not number:
        yield Flaw("warning", "", tr("The map approval number is missing: this public map must not be published yet."))
    elif publication.public and number not in printed:
        told = tr("The map approval number {number} is not on the page.")
        yield Flaw("error", "", told.format(number=number))
    if not publication.public and not any(publication.marks(lang)[0] in printed for lang in ("zh", "en")):
        yield Flaw("warning", "", tr("The page does not say that it is for internal use."))


# --- text ---------------------------------------------------------------------------------------------


def print_text_flaws(layout: QgsPrintLayout) -> Iterator[Flaw]:
    """Tell of text that does not fit, of fonts that are not here, and of signs that no font has."""
    for label in _of_kind(layout, QgsLayoutItemLabel):
        if print_text.overflows(label):
            yield Flaw("warning", name_of(label), tr("The text is longer than its frame; it is cut off."))
    absent: dict[str, str] = {}
    missing: dict[str, list[str]] = {}
    for item, font, text in print_text.drawn(layout, main_maps(layout), shown_layers):
        family = print_text.replaced(font)
        if family:
            absent.setdefault(family, item)
        unseen = missing.setdefault(item, [])
        unseen += [sign for sign in print_text.tofu(font, text) if sign not in unseen]
    for family, item in absent.items():
        told = tr("The font “{font}” is not installed; another one takes its place.")
        yield Flaw("warning", item, told.format(font=family))
    for item, signs in missing.items():
        if signs:
            told = tr("No installed font has these signs; they come out as empty boxes: {signs}.")
            yield Flaw("error", item, told.format(signs=_signs(signs)))


def _signs(signs: Sequence[str]) -> str:
    return " ".join(f"{sign} (U+{ord(sign):04X})" for sign in signs[: 2 * _NAMES])


# --- QGIS's own ---------------------------------------------------------------------------------------


def _qgis(layout: QgsPrintLayout) -> Iterator[Flaw]:
    """Tell what QGIS's own checks find (the ones that plugins added, too); without a window it has none."""
    registry = QgsApplication.validityCheckRegistry()
    if registry is None:
        return
    context = QgsLayoutValidityCheckContext(layout)
    kind = print_text.layout_check_kind()
    for result in registry.runChecks(kind, context, QgsFeedback()):
        if result.checkId in _OURS:
            continue
        critical = result.type == QgsValidityCheckResult.Type.Critical
        words = print_text.plain(result.detailedDescription) or result.title
        yield Flaw("error" if critical else "warning", "", words)
