"""Printed maps as files: PDF that knows where it lies, pictures, SVG; whole or not at all.

PDF
    Text as text with its fonts embedded, the title, and where the map lies on earth (GDAL writes it).  With `layers`,
    layers that a reader can switch, where QGIS's GDAL can write them.
PNG, JPEG
    With `georeference=True` a world file beside them (``.pgw``, ``.jgw``); the coordinates are the map's own.
SVG
    Text as outlines, see :mod:`.print_svg`.

Under the same ``SOURCE_DATE_EPOCH`` the same layout gives the same bytes.  QGIS before 3.42 places labels of
*different* layers that compete for one place in an order drawn by lot (mended by its pull request 60369): there,
such labels can still differ from one run to the next.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemMap,
    QgsLayoutMeasurement,
    QgsPrintLayout,
    QgsUnitTypes,
    QgsVectorSimplifyMethod,
)
from qgis.PyQt.QtCore import QMarginsF, QPointF, QSizeF
from qgis.PyQt.QtGui import QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter

from .. import compat
from ..engine.errors import InputError
from ..engine.exchange.write_gpkg import clock
from . import print_pdf, print_svg

#: Kinds of files -> the end of the world file beside them, where they have one.
KINDS = {".pdf": "", ".png": ".pgw", ".jpg": ".jgw", ".jpeg": ".jgw", ".svg": ""}
DPI = 200
_LEAST, _MOST = 50, 1200
_QUALITY = 92
#: Lines in a PDF may leave their course by so many dots, 0.06 mm at 200 dpi; a whole city's rivers shrink to half.
_SIMPLER = 0.5
_MAKER = "EnvZones"


def export(
    layout: QgsPrintLayout, path: Path, *, dpi: int = DPI, layers: bool = False, georeference: bool | None = None
) -> None:
    """Write a layout to a .pdf, .png, .jpg or .svg; the file appears only when it is complete.

    Parameters
    ----------
    layers : bool
        Layers of the map that can be switched, in a PDF or an SVG.
    georeference : bool, optional
        Where the map lies: in a PDF, or in a world file beside a picture.  Left out, a PDF says it and a picture has
        no such file.

    Raises
    ------
    InputError
        If the kind of file is unknown or it cannot be written.
    """
    path = Path(path)
    suffix = check_target(path, dpi)
    place = suffix == ".pdf" if georeference is None else georeference
    with whole(path) as folder:
        target = folder / path.name
        if suffix == ".pdf":
            _pdf(layout, target, dpi, layers, place)
        elif suffix == ".svg":
            _svg(layout, target, dpi, layers)
        else:
            _picture(layout, target, dpi, place)


def check_target(path: Path, dpi: int) -> str:
    """Return the kind of a file that can be written.

    Raises
    ------
    InputError
        If it is not known, its folder is not there, or the resolution is out of bounds.
    """
    suffix = path.suffix.lower()
    if suffix not in KINDS:
        raise InputError(f"Map {path}: unknown kind of file; use .pdf, .png, .jpg or .svg.")
    if path.is_dir():
        raise InputError(f"Map {path} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise InputError(f"Folder {path.parent} does not exist; create it or give another place for the map.")
    if not _LEAST <= dpi <= _MOST:
        raise InputError(f"A map cannot be drawn with {dpi} dots per inch; give {_LEAST} to {_MOST}.")
    return suffix


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a folder beside `path` to write into; its files come to stand beside `path` when all went well.

    Raises
    ------
    InputError
        If files cannot be written there.
    """
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.stem[:20]}-", dir=path.parent))
        yield folder
        # What belongs to the file comes before it: who sees the file, sees it complete.
        for one in sorted(folder.iterdir(), key=lambda one: one.name == path.name):
            one.chmod(0o644)
            os.replace(one, path.with_name(one.name))
    except OSError as error:
        said = error.strerror or error
        raise InputError(
            f"Map {path} could not be written ({said}); close it elsewhere, check space and rights."
        ) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def title_of(layout: QgsPrintLayout) -> str:
    """Return what the map is called: the words of its title, else the layout's name."""
    item = layout.itemById("title")
    words = item.currentText().strip() if isinstance(item, QgsLayoutItemLabel) else ""
    return " ".join(words.split()) or str(layout.name())


# --- PDF ----------------------------------------------------------------------------------------------


class PdfPages:
    """A PDF that grows page by page: only the page that is drawn is held in memory.

    Use it as a context; the pages of each layout that is added follow each other.
    """

    def __init__(self, path: Path, title: str, dpi: int) -> None:
        self._path, self._dpi = path, dpi
        self._writer = QPdfWriter(str(path))
        self._writer.setResolution(dpi)
        self._writer.setTitle(title)
        self._writer.setCreator(_MAKER)
        self._painter: QPainter | None = None
        #: Dots of the last page.
        self.size = (0, 0)

    def __enter__(self) -> PdfPages:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._painter is not None:
            self._painter.end()
            self._painter = None
        # The file is closed with the writer.
        del self._writer
        if kind is None:
            _check_pdf(self._path)
            print_pdf.name_letters(self._path)
            print_pdf.put_in_order(self._path)
            print_pdf.set_dates(self._path)

    def add(self, layout: QgsPrintLayout) -> None:
        """Draw the pages of a layout.

        Raises
        ------
        InputError
            If nothing can be written.
        """
        exporter = QgsLayoutExporter(layout)
        with _settled(layout, self._dpi, pdf=True):
            for number in range(layout.pageCollection().pageCount()):
                self._new_page(_page_size(layout, number))
                exporter.renderPage(self._painter, number)
        self.size = (self._writer.width(), self._writer.height())

    def _new_page(self, size: QSizeF) -> None:
        sheet = QPageSize(size, QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch)
        # Portrait leaves width and height as they are given.
        page = QPageLayout(sheet, QPageLayout.Orientation.Portrait, QMarginsF(0.0, 0.0, 0.0, 0.0))
        self._writer.setPageLayout(page)
        if self._painter is None:
            self._painter = QPainter()
            if not self._painter.begin(self._writer):
                raise InputError(f"PDF {self._path} could not be begun; check disk space and rights.")
            self._painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        elif not self._writer.newPage():
            raise InputError(f"PDF {self._path}: a page could not be written; check disk space.")


def _pdf(layout: QgsPrintLayout, path: Path, dpi: int, layers: bool, place: bool) -> None:
    exporter = QgsLayoutExporter(layout)
    if layers and compat.can_write_layered_pdf():
        settings = QgsLayoutExporter.PdfExportSettings()
        settings.dpi = dpi
        settings.writeGeoPdf = True
        # Attributes stay at home: nobody sees on a printed map what else a file carries.
        settings.includeGeoPdfFeatures = False
        settings.appendGeoreference = place
        settings.exportMetadata = False
        settings.textRenderFormat = compat.text_format(outlines=False)
        _done(exporter.exportToPdf(str(path), settings), path)
        _append_title(path, title_of(layout))
        print_pdf.name_letters(path)
        print_pdf.set_dates(path)
        return
    pages = PdfPages(path, title_of(layout), dpi)
    with pages:
        pages.add(layout)
    if place and layout.referenceMap() is not None:
        georeference_pdf(path, layout, dpi, pages.size)
        print_pdf.set_dates(path)


def _check_pdf(path: Path) -> None:
    """Find a file that was cut short; Qt does not tell when a disk is full."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 64, 0))
        if b"%%EOF" not in file.read():
            raise InputError(f"PDF {path} could not be written to its end; check disk space.")


def georeference_pdf(path: Path, layout: QgsPrintLayout, dpi: int, size: tuple[int, int]) -> None:
    """Write into a PDF of one page where its map lies, and the frame within which it holds.

    QGIS's own ``georeferenceOutput`` writes nothing in 3.22.  Where GDAL cannot write into a PDF, it stays as it is.
    """
    from osgeo import gdal

    main = layout.referenceMap()
    with _quiet_gdal():
        file = gdal.OpenEx(str(path), gdal.OF_UPDATE | gdal.OF_RASTER, open_options=[f"DPI={dpi}"])
        if file is None:
            return
        file.SetGeoTransform(_place(layout, *size))
        file.SetProjection(main.crs().toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED_GDAL))
        frame = main.visibleExtentPolygon()
        ring = [frame.at(corner) for corner in (0, 1, 2, 3, 0)]
        words = ",".join(f"{corner.x():.6f} {corner.y():.6f}" for corner in ring)
        file.SetMetadataItem("NEATLINE", f"POLYGON(({words}))")
        file = None


def _place(layout: QgsPrintLayout, width: int, height: int) -> tuple[float, float, float, float, float, float]:
    """Return where the page with the reference map lies, drawn with so many dots, as GDAL tells it."""
    main = layout.referenceMap()
    sheet = layout.pageCollection().page(max(main.page(), 0))
    to_map = main.layoutToMapCoordsTransform()

    def at(column: float, row: float) -> QPointF:
        x = sheet.pos().x() + column * sheet.rect().width() / width
        return to_map.map(QPointF(x, sheet.pos().y() + row * sheet.rect().height() / height))

    corner, right, below = at(0, 0), at(width, 0), at(0, height)
    return (
        corner.x(), (right.x() - corner.x()) / width, (below.x() - corner.x()) / height,
        corner.y(), (right.y() - corner.y()) / width, (below.y() - corner.y()) / height,
    )  # fmt: skip


def _append_title(path: Path, title: str) -> None:
    """Write the title into a PDF that GDAL made."""
    from osgeo import gdal

    with _quiet_gdal():
        file = gdal.OpenEx(str(path), gdal.OF_UPDATE | gdal.OF_RASTER)
        if file is not None:
            when = clock().strftime("D:%Y%m%d%H%M%S+00'00'")
            file.SetMetadata({"TITLE": title, "CREATOR": _MAKER, "CREATION_DATE": when})
            file = None


# --- SVG and pictures ---------------------------------------------------------------------------------


def _svg(layout: QgsPrintLayout, path: Path, dpi: int, layers: bool) -> None:
    settings = QgsLayoutExporter.SvgExportSettings()
    settings.dpi = dpi
    settings.exportMetadata = False
    # Each layer in a group of its own is what can be clipped to its map's frame afterwards.
    settings.exportAsLayers = True
    settings.textRenderFormat = compat.text_format(outlines=True)
    _done(QgsLayoutExporter(layout).exportToSvg(str(path), settings), path)
    for one in path.parent.glob("*.svg"):
        print_svg.settle(one, title_of(layout), _frames(layout), layers=layers)


def _frames(layout: QgsPrintLayout) -> dict[str, tuple[float, float, float, float]]:
    """Return where each map lies on its page, in shares of the page."""
    found = {}
    for item in layout.items():
        if isinstance(item, QgsLayoutItemMap) and item.page() >= 0:
            sheet = layout.pageCollection().page(item.page())
            box, paper = item.mapRectToScene(item.rect()).translated(-sheet.pos()), sheet.rect()
            found[str(item.displayName())] = (
                box.x() / paper.width(), box.y() / paper.height(), box.width() / paper.width(),
                box.height() / paper.height(),
            )  # fmt: skip
    return dict(sorted(found.items()))


def _picture(layout: QgsPrintLayout, path: Path, dpi: int, place: bool) -> None:
    exporter = QgsLayoutExporter(layout)
    with _settled(layout, dpi, pdf=False):
        for number in range(layout.pageCollection().pageCount()):
            image = exporter.renderPageToImage(number, dpi=dpi)
            if image.isNull():
                raise InputError(f"Map {path.name} does not fit into memory; give fewer dots per inch than {dpi}.")
            image.setText("Title", title_of(layout))
            image.setText("Software", _MAKER)
            _save(image, path if number == 0 else path.with_name(f"{path.stem}_{number + 1}{path.suffix}"), dpi)
            if place and number == 0 and layout.referenceMap() is not None:
                x, across, skew, y, lean, down = _place(layout, image.width(), image.height())
                # A world file tells the centre of the upper left dot.
                centre = x + (across + skew) / 2, y + (lean + down) / 2
                lines = "".join(f"{one:.12f}\n" for one in (across, lean, skew, down, *centre))
                path.with_suffix(KINDS[path.suffix.lower()]).write_text(lines, encoding="ascii")


def _save(image: QImage, path: Path, dpi: int) -> None:
    image.setDotsPerMeterX(round(dpi / 0.0254))
    image.setDotsPerMeterY(round(dpi / 0.0254))
    jpeg = path.suffix.lower() != ".png"
    if jpeg:  # it knows no transparency, which would come out black
        image = image.convertToFormat(QImage.Format.Format_RGB32)
    writer = QImageWriter(str(path), b"jpeg" if jpeg else b"png")
    if jpeg:
        writer.setQuality(_QUALITY)
    if not writer.write(image):
        raise InputError(f"Map {path.name} could not be written ({writer.errorString()}); check disk space and rights.")


def _done(result: QgsLayoutExporter.ExportResult, path: Path) -> None:
    if result != QgsLayoutExporter.ExportResult.Success:
        raise InputError(f"Map {path.name} could not be written (code {int(result)}); check disk space and rights.")


# --- what QGIS's own exports set ------------------------------------------------------------------------


@contextlib.contextmanager
def _settled(layout: QgsPrintLayout, dpi: int, *, pdf: bool) -> Iterator[None]:
    """Set a layout up for print while it is drawn, as QGIS's own exports do."""
    context = layout.renderContext()
    before = context.dpi(), context.flags(), context.textRenderFormat(), context.simplifyMethod()
    kinds = type(context)
    context.setDpi(dpi)
    context.setFlag(kinds.Flag.FlagAntialiasing, True)
    context.setFlag(kinds.Flag.FlagUseAdvancedEffects, True)
    context.setFlag(kinds.Flag.FlagDrawSelection, False)
    context.setTextRenderFormat(compat.text_format(outlines=False))
    if pdf:
        context.setFlag(kinds.Flag.FlagLosslessImageRendering, True)
        method = QgsVectorSimplifyMethod()
        method.setSimplifyHints(QgsVectorSimplifyMethod.SimplifyHint.GeometrySimplification)
        method.setForceLocalOptimization(True)
        method.setSimplifyAlgorithm(QgsVectorSimplifyMethod.SimplifyAlgorithm.SnapToGrid)
        method.setThreshold(_SIMPLER)
        context.setSimplifyMethod(method)
    try:
        yield
    finally:
        context.setDpi(before[0])
        context.setFlags(before[1])
        context.setTextRenderFormat(before[2])
        context.setSimplifyMethod(before[3])


def _page_size(layout: QgsPrintLayout, number: int) -> QSizeF:
    """Return the size of a page in millimetres."""
    size = layout.pageCollection().page(number).pageSize()
    millimetres = [
        layout.renderContext().measurementConverter()
        .convert(QgsLayoutMeasurement(length, size.units()), QgsUnitTypes.LayoutUnit.LayoutMillimeters).length()
        for length in (size.width(), size.height())
    ]  # fmt: skip
    return QSizeF(*millimetres)


@contextlib.contextmanager
def _quiet_gdal() -> Iterator[None]:
    """Hold back what GDAL says of a PDF that it cannot open for update: the map is complete without its place."""
    from osgeo import gdal

    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()
