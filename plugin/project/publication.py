"""For whom a project's products are made: asked once, kept in the project, with what the office usually enters."""

from __future__ import annotations

import math
from dataclasses import replace

from qgis.core import QgsProject, QgsSettings

from .. import paths
from ..compat import setting
from ..engine.errors import InputError
from ..engine.publication import Publication, hidden_layers
from ..texts import tr
from .settings import SCOPE

_KEY = "/publication"
#: What a profile keeps for the next project.
USUAL_OFFICE, USUAL_DECIMALS = "envzones/publication/office", "envzones/publication/decimals"
#: 密级 that offices print; any other words can be entered.
CLASSIFICATIONS = ("内部", "秘密", "机密", "绝密")
MOST_DECIMALS = 6
_LONGEST = 80
_DEGREE_M = 111_320.0


def stored(project: QgsProject) -> Publication | None:
    """Return what was chosen for a project, None where nobody was asked yet; run it in the main thread."""
    text, found = project.readEntry(SCOPE, _KEY, "")
    if not found or not text:
        return None
    try:
        return _with_own_layers(Publication.from_json(text))
    except InputError:  # written by hand; it is asked again
        return None


def remember(project: QgsProject, publication: Publication) -> None:
    """Keep what was chosen with the project, and its office and decimals for the next one."""
    project.writeEntry(SCOPE, _KEY, publication.to_json())
    QgsSettings().setValue(USUAL_OFFICE, publication.office)
    if publication.public:
        QgsSettings().setValue(USUAL_DECIMALS, publication.decimals)


def usual() -> Publication:
    """Return what a project begins with: internal, by the usual office."""
    decimals = setting(USUAL_DECIMALS, Publication().decimals, int)
    return Publication(
        office=setting(USUAL_OFFICE, "", str), decimals=min(max(decimals, 0), MOST_DECIMALS)
    )  # fmt: skip


def current(project: QgsProject) -> Publication:
    """Return what was chosen for a project, or what one begins with."""
    return stored(project) or usual()


def _with_own_layers(publication: Publication) -> Publication:
    """Let a public product leave out what the office's own layer files hide, too."""
    folder = paths.user_layers()
    if not publication.public or folder is None:
        return publication
    from ..engine.catalog import load_catalog

    return replace(publication, hidden=hidden_layers(load_catalog(folder)))


def made(
    public: bool, classification: str, approval_no: str, office: str, decimals: int
) -> Publication:
    """Return what was entered, tidied; what does not belong to the audience is left out.

    Raises
    ------
    InputError
        If an entry cannot be printed, or the approval number is none.
    """
    entries = {
        tr("Classification"): "" if public else _tidy(classification),
        tr("Map approval number"): _tidy(approval_no) if public else "",
        tr("Prepared by"): _tidy(office),
    }
    for title, text in entries.items():
        if len(text) > _LONGEST:
            raise InputError(tr("{field}: at most {n} characters can be printed.").format(field=title, n=_LONGEST))
        if any(not sign.isprintable() for sign in text):
            raise InputError(tr("{field} holds characters that cannot be printed.").format(field=title))
    marks = list(entries.values())
    if marks[1] and not any(sign.isdigit() for sign in marks[1]):
        raise InputError(
            tr("“{text}” is no map approval number: it has no digits. Leave it empty while it is pending.").format(
                text=marks[1]
            )
        )
    return _with_own_layers(
        Publication("public" if public else "internal", marks[0], marks[1], marks[2], decimals)
    )


def _tidy(text: str) -> str:
    return " ".join(text.split())


def words(publication: Publication) -> str:
    """Return in one line for whom a product is made."""
    if publication.public:
        number = publication.approval_no or tr("approval number pending")
        parts = [tr("the public"), number]
    else:
        parts = [tr("internal use"), publication.classification]
    return " · ".join(one for one in (*parts, publication.office) if one)


def meaning(public: bool) -> str:
    """Return in a paragraph what an audience means for a product."""
    if public:
        return tr(
            "Every page carries the map approval number. Places of layers that must not be told, such as drinking-water"
            " intakes and contaminated plots, are left out of maps, tables and files; other coordinates are rounded."
        )
    return tr(
        "Every page says that it is for internal use, with the classification as your office states it. All places"
        " are shown as exactly as they are known."
    )


def pending(public: bool, approval_no: str) -> str:
    """Return what a public product without an approval number has to say; empty where it is not so."""
    if not public or approval_no.strip():
        return ""
    return tr(
        "Without an approval number every page says that it is pending and that the product must not be published"
        " before."
    )


def rounding(decimals: int) -> str:
    """Say how far from its place a coordinate of so many decimals may be."""
    metres = _DEGREE_M * 10.0**-decimals
    if metres >= 1000.0:
        return tr("about {n} km").format(n=round(metres / 1000.0))
    # One leading digit says enough.
    power = 10.0 ** math.floor(math.log10(metres))
    return tr("about {n} m").format(n=f"{round(metres / power) * power:g}")
