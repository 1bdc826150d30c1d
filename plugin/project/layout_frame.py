"""The map frame of a printed map: fitted to its subject at a round scale, with a graticule and a scale bar to match."""

from __future__ import annotations

import math

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsLayoutItemMap,
    QgsLayoutItemMapGrid,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsProject,
    QgsRectangle,
    QgsUnitTypes,
)

#: Figures of a scale, and of a segment of its bar, times a power of ten.
ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0)
_BAR = (1.0, 2.0, 2.5, 5.0, 10.0)
#: Seconds of arc between the lines of the graticule.
_GRID_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 18000)
_MOST_LINES = 6.0
#: A segment of the bar is about this share of its frame.
_SEGMENT = 0.155


def frame(main: QgsLayoutItemMap, extent: QgsRectangle, project: QgsProject) -> None:
    """Show an extent, whole, at the next round scale; an empty map keeps what the template shows."""
    if extent.isEmpty():
        return
    zoom(main, extent, project)
    main.setScale(round_up(main.scale()))
    graticule(main, project)


def zoom(item: QgsLayoutItemMap, extent: QgsRectangle, project: QgsProject) -> None:
    """Show an extent, whole, in the project's CRS; the frame keeps its size."""
    item.setCrs(project.crs())
    # QGIS takes the frame's shape from the extent that it has, and a template may have none, or one of another shape.
    item.setExtent(QgsRectangle(0.0, 0.0, item.rect().width(), item.rect().height()))
    item.zoomToExtent(extent)


def graticule(main: QgsLayoutItemMap, project: QgsProject) -> None:
    """Choose the step of the graticule by what the map shows."""
    transform = QgsCoordinateTransform(
        main.crs(), QgsCoordinateReferenceSystem("EPSG:4490"), project.transformContext()
    )
    box = transform.transformBoundingBox(main.extent())
    span = max(box.width(), box.height()) * 3600.0
    step = next((one for one in _GRID_S if span / one <= _MOST_LINES), _GRID_S[-1])
    lines = main.grid()
    lines.setIntervalX(step / 3600.0)
    lines.setIntervalY(step / 3600.0)
    formats = QgsLayoutItemMapGrid.AnnotationFormat
    lines.setAnnotationFormat(formats.DegreeMinute if step % 60 == 0 else formats.DegreeMinuteSecond)


def scale_bar(bar: QgsLayoutItemScaleBar, main: QgsLayoutItemMap, left: float, width: float) -> None:
    """Give the bar round segments, and set it in the middle of a room that begins at `left` (mm on the page).

    The bar takes the size that its segments need, so that its own frame says nothing of the room.
    """
    metres = main.scale() * width * _SEGMENT / 1000.0
    power = 10.0 ** math.floor(math.log10(metres))
    segment = power * max(one for one in _BAR if one <= metres / power + 1e-9)
    kilometres = segment >= 1000.0
    bar.setUnits(
        QgsUnitTypes.DistanceUnit.DistanceKilometers if kilometres else QgsUnitTypes.DistanceUnit.DistanceMeters
    )
    bar.setUnitLabel("km" if kilometres else "m")
    bar.setMapUnitsPerScaleBarUnit(1.0)
    bar.setUnitsPerSegment(segment / 1000.0 if kilometres else segment)
    bar.update()
    place = bar.positionWithUnits()
    bar.attemptMove(
        QgsLayoutPoint(left + max(0.0, (width - bar.rect().width()) / 2.0), place.y(), place.units()),
        True,
        False,
        -1,
    )


def round_up(scale: float) -> float:
    """Return the next round scale that is not larger."""
    power = 10.0 ** math.floor(math.log10(scale))
    return power * next(one for one in ROUND if one >= scale / power - 1e-9)
