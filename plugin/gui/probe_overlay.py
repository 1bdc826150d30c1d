"""What the probe draws over the map: a card beside the cursor, lines to the nearest zones, rings of distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsPointXY, QgsWkbTypes
from qgis.gui import QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QLocale, QPoint, QRect, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from qgis.PyQt.QtWidgets import QApplication, QWidget

from ..texts import tr
from . import signs

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas
    from qgis.PyQt.QtGui import QPaintEvent

    from ..engine.probe import Constraint, Probed

#: So many zones are told and drawn.
SHOWN = 4
STORAGE_CRS = "EPSG:4490"
_LINE = QgsWkbTypes.GeometryType.LineGeometry
#: Digits across, and from the cursor to the card in heights of a line.
_WIDE, _APART = 60, 1.2
_CIRCLE = 72


@dataclass(frozen=True)
class Line:
    """One constraint on the card: a mark (hollow where nothing is sure), what it is, how far, and whose."""

    colour: str
    sure: bool
    title: str
    detail: str
    zone: str


@dataclass(frozen=True)
class Content:
    """What the card says; without a verdict it is only `head`."""

    head: str
    colour: str = ""
    subject: str = ""
    lines: tuple[Line, ...] = ()
    foot: tuple[str, ...] = ()


# --- in words ---------------------------------------------------------------------------------------------


def metres(value: float) -> str:
    """Say a distance: whole metres, from 10 km on kilometres."""
    locale = QLocale()
    if value >= 9999.5:
        return tr("{km} km").format(km=locale.toString(value / 1000.0, "f", 1))
    return tr("{m} m").format(m=locale.toString(value, "f", 0))


def content(answer: Probed, lang: str, titles: Any, subject: str = "", unprobed: int = 0) -> Content:
    """Put an answer in words; `titles` gives the title of a layer."""
    from ..engine.clauses.model import VERDICT_OF_EFFECT
    from ..engine.probe_rules import SIGHT_M

    colour = _colour("undecided" if answer.known == "pass" and answer.pending else answer.known)
    lines = []
    for one in answer.nearest(SHOWN):
        hit = one.status == "hit"
        lines.append(Line(
            _colour(VERDICT_OF_EFFECT[one.effect] if hit else "undecided"), hit and not one.tentative,
            one.zh if lang == "zh" else one.en, how_far(one), one.zone_name or titles(one.zone_layer),
        ))  # fmt: skip
    foot = []
    if not lines:
        foot.append(
            tr("No zone of these clauses within {km} km").format(
                km=QLocale().toString(SIGHT_M / 1000.0, "g", 3)
            )
        )
    if answer.everywhere:
        foot.append(tr("{n} clauses hold everywhere in the jurisdiction").format(n=answer.everywhere))
    if unprobed:
        foot.append(tr("{n} clauses along rivers or by sight need the whole check").format(n=unprobed))
    foot.append(tr("Click adds the site, Shift holds the card, Esc ends"))
    head = answer.text_zh if lang == "zh" else answer.text_en[:1].upper() + answer.text_en[1:]
    return Content(head, colour, subject, tuple(lines), tuple(foot))


def _colour(verdict: str) -> str:
    return signs.COLOURS[verdict].name()


def how_far(one: Constraint) -> str:
    """Say how far a zone is, and the distance that its rule keeps."""
    if one.distance_m == 0.0:
        return tr("inside it")
    if one.threshold_m == one.threshold_m:
        return tr("{far} of {limit}").format(far=metres(one.distance_m), limit=metres(one.threshold_m))
    return metres(one.distance_m)


# --- the card ---------------------------------------------------------------------------------------------


class ProbeCard(QWidget):
    """The card; it lets the mouse through and never leaves the canvas."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas.viewport())
        self.setObjectName("EnvZonesProbeCard")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.content = Content("")
        self.hide()

    def say(self, said: Content) -> None:
        """Show another content."""
        if said != self.content:
            self.content = said
            self.resize(self.sizeHint())
            self.setAccessibleName(said.head)
            self.update()

    def text(self) -> list[str]:
        """Return what the card says, line by line."""
        said = self.content
        rows = [part for one in said.lines for part in (f"{one.title} {one.detail}", one.zone)]
        return [part for part in (said.subject, said.head, *rows, *said.foot) if part]

    def follow(self, cursor: QPoint) -> None:
        """Stand beside the cursor, on the side where there is room."""
        gap, room = round(self.fontMetrics().height() * _APART), self.parentWidget().rect()
        size = self.size()
        x = (
            cursor.x() + gap
            if cursor.x() + gap + size.width() <= room.right()
            else cursor.x() - gap - size.width()
        )
        y = (
            cursor.y() + gap
            if cursor.y() + gap + size.height() <= room.bottom()
            else cursor.y() - gap - size.height()
        )
        x = max(room.left(), min(x, room.right() + 1 - size.width()))
        y = max(room.top(), min(y, room.bottom() + 1 - size.height()))
        self.move(x, y)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size that the content takes, at most half of the canvas across."""
        return self._lay_out(None)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the card in the application's colours; the canvas has those of the map."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = QApplication.palette()
        painter.setBrush(palette.color(QPalette.ColorRole.Window))
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        self._lay_out(painter)
        painter.end()

    def _lay_out(self, painter: QPainter | None) -> QSize:
        """Draw the content, or only find its size."""
        said, plain, small, strong = self.content, self.font(), self._smaller(), QFont(self.font())
        strong.setBold(True)
        metric, little = QFontMetrics(plain), QFontMetrics(small)
        pad, mark = metric.height() // 2, metric.ascent()
        digit = metric.horizontalAdvance("0")
        wide = min(digit * _WIDE, max(self.parentWidget().width() // 2, digit * _WIDE // 2))
        inner = wide - 2 * pad
        text = QApplication.palette().color(QPalette.ColorRole.WindowText)
        dim = QColor(text)
        dim.setAlphaF(0.7)
        y = pad

        def write(words: str, font: QFont, colour: QColor, left: int = 0, wrap: bool = True) -> int:
            measure = QFontMetrics(font)
            flags = (
                int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
                if wrap
                else int(Qt.AlignmentFlag.AlignLeft)
            )
            room = QRect(pad + left, y, inner - left, 10_000)
            if not wrap:
                words = measure.elidedText(words, Qt.TextElideMode.ElideRight, room.width())
            height = measure.boundingRect(room, flags, words).height()
            if painter is not None:
                painter.setFont(font)
                painter.setPen(colour)
                painter.drawText(QRect(room.left(), y, room.width(), height), flags, words)
            return height

        if said.subject:
            y += write(said.subject, small, dim, wrap=False)
        if said.colour:
            band = QColor(said.colour)
            flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter)
            height = (
                QFontMetrics(strong).boundingRect(QRect(0, 0, inner - pad, 10_000), flags, said.head).height()
            )
            chip = QRect(pad, y, inner, height + pad // 2)
            if painter is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(band)
                painter.drawRoundedRect(chip, 3, 3)
                painter.setPen(signs.ink(band))
                painter.setFont(strong)
                painter.drawText(chip.adjusted(pad // 2, 0, -pad // 2, 0), flags, said.head)
            y += chip.height() + pad // 2
        else:
            y += write(said.head, plain, text)
        for one in said.lines:
            if painter is not None:
                self._mark(painter, one, QRect(pad, y + (metric.height() - mark) // 2, mark, mark))
                painter.setFont(plain)
                painter.setPen(text)
                width = metric.horizontalAdvance(one.detail)
                painter.drawText(
                    QRect(pad, y, inner, metric.height()), int(Qt.AlignmentFlag.AlignRight), one.detail
                )
                room = inner - 2 * mark - width
                title = metric.elidedText(one.title, Qt.TextElideMode.ElideRight, room)
                painter.drawText(QRect(pad + mark + mark // 2, y, room, metric.height()), 0, title)
            y += metric.height()
            y += write(one.zone, small, dim, mark + mark // 2, wrap=False)
        if said.foot:
            y += pad // 2
        for words in said.foot:
            y += max(write(words, small, dim), little.height())
        return QSize(wide, y + pad)

    @staticmethod
    def _mark(painter: QPainter, one: Line, box: QRect) -> None:
        """Draw a filled disc for what is sure, a ring for the rest."""
        inset = max(box.width() // 6, 1)
        painter.setPen(QPen(QColor(one.colour), 2))
        painter.setBrush(QColor(one.colour) if one.sure else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))

    def _smaller(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() * 0.88, 6.0))
        return font


# --- lines and rings --------------------------------------------------------------------------------------


class ProbeBands:
    """Rubber bands from the place to its zones, and rings of the distances kept; made once, then moved."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._crs = QgsCoordinateReferenceSystem(STORAGE_CRS)
        self._bands: dict[tuple[str, int], QgsRubberBand] = {}

    def show(self, lon: float, lat: float, constraints: Sequence[Constraint]) -> None:
        """Draw what an answer shows, instead of what was drawn."""
        from ..engine.buffers import circle
        from ..engine.clauses.model import VERDICT_OF_EFFECT

        drawn = set()
        for k, one in enumerate(constraints[:SHOWN]):
            hit = one.status == "hit"
            colour = _colour(VERDICT_OF_EFFECT[one.effect] if hit else "undecided")
            if one.line is not None and one.distance_m > 0:
                ends = [QgsPointXY(x, y) for x, y in one.line.coords]
                self._draw(
                    ("line", k), ends, colour, 2, Qt.PenStyle.SolidLine if hit else Qt.PenStyle.DashLine
                )
                drawn.add(("line", k))
            if hit and one.threshold_m > 0:
                ring = circle(lon, lat, one.threshold_m, _CIRCLE).exterior.coords
                self._draw(("ring", k), [QgsPointXY(x, y) for x, y in ring], colour, 1, Qt.PenStyle.DotLine)
                drawn.add(("ring", k))
        for key, band in self._bands.items():
            if key not in drawn and not sip.isdeleted(band):
                band.hide()

    def clear(self) -> None:
        """Show none."""
        for band in self._bands.values():
            if not sip.isdeleted(band):
                band.hide()

    def shown(self, kind: str) -> list[QgsGeometry]:
        """Return what the visible lines (``line``) or rings (``ring``) are, in the map's coordinates."""
        return [
            band.asGeometry()
            for (name, _), band in sorted(self._bands.items())
            if name == kind and band.isVisible()
        ]

    def release(self) -> None:
        """Take the bands out of the canvas."""
        if not sip.isdeleted(self._canvas):
            for band in self._bands.values():
                if not sip.isdeleted(band):
                    self._canvas.scene().removeItem(band)
        self._bands = {}

    def _draw(
        self, key: tuple[str, int], points: list[QgsPointXY], colour: str, width: int, style: Any
    ) -> None:
        band = self._bands.get(key)
        if band is None:
            band = self._bands[key] = QgsRubberBand(self._canvas, _LINE)
            band.setSecondaryStrokeColor(QColor(255, 255, 255, 200))
        band.setStrokeColor(QColor(colour))
        band.setWidth(width)
        band.setLineStyle(style)
        band.setToGeometry(QgsGeometry.fromPolylineXY(points), self._crs)
        band.show()
