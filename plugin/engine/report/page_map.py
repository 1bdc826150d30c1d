"""The map of a page: layers of GeoJSON with a style each, small enough to be read with the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..publication import Publication
from .rows import Row, Words

if TYPE_CHECKING:
    from .content import Content

#: Decimals of a degree, about 1 m; a public page has those of its publication.
_DECIMALS = 5
#: Outlines are simplified by so many degrees, about 20 m: the page is for looking, the ledger has the figures.
_SIMPLER = 2e-4
#: More features of one layer than this only make a page slow.
MOST = 3000
Layer = dict[str, Any]


def style(color: str, *, fill: str = "", weight: float = 2.0, dash: str = "", opacity: float = 0.25,
          shape: str = "area", radius: float = 5.0) -> dict[str, Any]:  # fmt: skip
    """Return how a layer is drawn."""
    return {"color": color, "fill": fill, "weight": weight, "dash": dash, "opacity": opacity if fill else 0,
            "shape": shape, "radius": radius}  # fmt: skip


_BASE: Mapping[str, dict[str, Any]] = {
    "admin_area": style("#7a8591", weight=1.2, dash="6 3"),
    "river_channel": style("#7fb2d9", fill="#cfe5f5", weight=0.8, opacity=0.8),
    "river_reach": style("#5b9bd0", weight=1.4, shape="line"),
    "road": style("#c9b79c", weight=1.0, shape="line"),
}  # fmt: skip
_VERDICTS: Mapping[str, dict[str, Any]] = {
    "fail": style("#8c1d18", fill="#d64545", weight=2.5, opacity=0.55),
    "restricted": style("#8a5200", fill="#e08a00", weight=2.5, opacity=0.5, dash="8 3"),
    "conditional": style("#7a6a00", fill="#e6c700", weight=2.5, opacity=0.5, dash="3 3"),
    "note": style("#1f5a96", fill="#6aa5dd", weight=2.5, opacity=0.5),
    "pass": style("#22623c", fill="#5bb381", weight=2.5, opacity=0.5),
}  # fmt: skip
_ZONE = style("#6b3fa0", fill="#b79ad6", weight=1.6, dash="2 4", opacity=0.2)
_EVIDENCE = style("#b42318", weight=2.2, dash="6 4", shape="line")
_SECTION = style("#9a3412", fill="#fdba74", weight=2.0, dash="8 4", opacity=0.25)
_REACH = style("#1d4ed8", weight=3.2, shape="line")
_RADIUS = style("#9a3412", weight=1.8, dash="10 4 2 4")
_PROBLEM = style("#8c1d18", fill="#e0524a", weight=1.5, opacity=0.9, shape="point", radius=5)
_LISTED = style("#1f3a5f", fill="#5f87b8", weight=1.2, opacity=0.85, shape="point", radius=4)


def layers(
    content: Content, words: Words, publication: Publication, found: Mapping[str, list[Row]]
) -> list[Layer]:
    """Return the layers of the map from bottom to top.

    Parameters
    ----------
    content : Content
    words : Words
    publication : Publication
        What it hides is not on the map.
    found : mapping of str to list of Row
        Rows of findings by kind of result, each with the key of its row in the tables under ``_key``.
    """
    say = words.zh_en
    made = [_base(name, content, words, publication) for name in _BASE]
    made.append(_zones(content, words, publication, found.get("check", [])))
    if content.radius is not None:
        made.append(
            _of_frame(
                "radius", say("供热半径", "Heat radius"), content.radius.zone, _RADIUS, publication, frames=True
            )
        )
        made.append(
            _of_rows(
                "boiler",
                say("燃煤锅炉与热源", "Boilers and sources"),
                found.get("radius", []),
                _EVIDENCE,
                publication,
            )
        )
    if content.section is not None:
        made.append(
            _of_frame(
                "section",
                say("断面管控范围", "Control zones"),
                content.section.zone,
                _SECTION,
                publication,
                frames=True,
            )
        )
        made.append(
            _of_frame(
                "reach",
                say("追溯河段", "Traced reaches"),
                content.section.reach,
                _REACH,
                publication,
                names="river",
            )
        )
        made.append(
            _of_rows(
                "problem", say("范围内问题", "Problems inside"), found.get("section", []), _PROBLEM, publication
            )
        )
    if content.plan is not None:
        made.append(
            _of_rows(
                "listed",
                say("方案列出的要素", "Features that the plan lists"),
                found.get("plan", []),
                _LISTED,
                publication,
            )
        )
    if content.verdicts is not None:
        made.append(
            _of_rows(
                "evidence",
                say("距离与重叠", "Distances and overlaps"),
                found.get("check", []),
                _EVIDENCE,
                publication,
            )
        )
        made += _sites(content, words, publication)
    return [one for one in made if one is not None and one["features"]["features"]]


def _layer(name: str, title: str, drawn: Mapping[str, Any], features: list[dict[str, Any]], *, base: bool = False,
           frames: bool = False, shown: bool = True) -> Layer:  # fmt: skip
    return {
        "id": name, "title": title, "style": dict(drawn), "base": base, "frames": frames, "shown": shown,
        "features": {"type": "FeatureCollection", "features": features},
    }  # fmt: skip


def _feature(shape: Any, name: str, key: str = "") -> dict[str, Any]:
    from shapely.geometry import mapping

    return {"type": "Feature", "properties": {"n": name, "k": key}, "geometry": _listed(mapping(shape))}


def _listed(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a geometry with plain lists of rounded numbers."""
    if geometry["type"] == "GeometryCollection":
        return {"type": "GeometryCollection", "geometries": [_listed(one) for one in geometry["geometries"]]}

    def plain(value: Any) -> Any:
        return (
            [plain(one) for one in value]
            if isinstance(value, (list, tuple))
            else round(float(value), _DECIMALS)
        )

    return {"type": geometry["type"], "coordinates": plain(geometry["coordinates"])}


def _simple(shape: Any, publication: Publication) -> Any:
    """Return a shape as it may be shown, with less detail; None where nothing is left."""
    import shapely

    if shape is None or shape.is_empty:
        return None
    if shapely.get_dimensions(shape) > 0:
        shape = shapely.simplify(shape, _SIMPLER)
    if publication.public:
        shape = shapely.set_precision(shape, 10.0**-publication.decimals)
    return None if shape.is_empty else shape


def _base(name: str, content: Content, words: Words, publication: Publication) -> Layer | None:
    frame = _in_force(content, name)
    if frame is None:
        return None
    if name == "road":
        # Lanes and streets make a page heavy and say nothing here.
        frame = (
            frame[frame.get("road_class", "").isin(["expressway", "national", "provincial", "county"])]
            if "road_class" in frame
            else frame
        )
    features = [
        _feature(shape, str(title or ""))
        for shape, title in zip((_simple(one, publication) for one in frame.geometry), frame["name"])
        if shape is not None
    ][:MOST]
    return _layer(name, words.layer(name), _BASE[name], features, base=True, frames=name == "admin_area")


def _in_force(content: Content, name: str) -> Any:
    onemap = content.onemap
    if onemap is None:
        return None
    if hasattr(onemap, "in_force"):
        frame = onemap.in_force(name, content.as_of)
    else:
        frame = onemap.get(name)
    return frame if frame is not None and len(frame) and "name" in frame else None


def _zones(content: Content, words: Words, publication: Publication, rows: Iterable[Row]) -> Layer | None:
    """Return the zones that the sites are concerned by."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        if row.get("status") == "hit" and row.get("zone_layer") and row.get("zone_id"):
            wanted.setdefault(str(row["zone_layer"]), set()).add(str(row["zone_id"]))
    features = []
    for name in sorted(wanted):
        frame = _in_force(content, name)
        if frame is None or publication.hides(name) or "uid" not in frame:
            continue
        for shape, uid, title in zip(frame.geometry, frame["uid"], frame["name"]):
            simple = _simple(shape, publication) if str(uid) in wanted[name] else None
            if simple is not None:
                features.append(_feature(simple, f"{words.layer(name)} {title or uid}"))
    return _layer("zone", words.zh_en("涉及的区域", "Zones concerned"), _ZONE, features[:MOST])


def _of_frame(name: str, title: str, frame: Any, drawn: Mapping[str, Any], publication: Publication, *,
              names: str = "name", frames: bool = False) -> Layer:  # fmt: skip
    features = []
    for k in range(len(frame)):
        row = frame.iloc[k]
        shape = _simple(row.geometry, publication)
        if shape is not None:
            features.append(_feature(shape, str(row.get(names) or title)))
    return _layer(name, title, drawn, features[:MOST], frames=frames)


def _of_rows(
    name: str, title: str, rows: Iterable[Row], drawn: Mapping[str, Any], publication: Publication
) -> Layer:
    features = []
    for row in rows:
        if row.get("status") not in (None, "hit") or publication.hides_row(row):
            continue
        shape = _simple(row.get("geometry"), publication)
        if shape is not None:
            said = " — ".join(str(row[key]) for key in ("site_name", "zone_name") if row.get(key))
            features.append(_feature(shape, said or str(row.get("site_id") or ""), str(row.get("_key") or "")))
    return _layer(name, title, drawn, features[:MOST], shown=name != "listed" or len(features) <= 500)


def _sites(content: Content, words: Words, publication: Publication) -> list[Layer]:
    """Return the sites, a layer for each verdict, so that the legend tells them apart."""
    from . import text

    by: dict[str, list[dict[str, Any]]] = {}
    verdicts = content.verdicts
    for k in range(len(verdicts)):
        row = verdicts.iloc[k]
        shape = _simple(row.geometry, publication)
        if shape is not None:
            name = str(row.get("site_name") or row["site_id"])
            by.setdefault(str(row["known"]), []).append(_feature(shape, name, f"site:{row['site_id']}"))
    return [
        _layer(f"site-{known}", f"{words.zh_en('项目：', 'Site: ')}{text.word(text.VERDICT, known, words.lang)}",
               {**drawn, "radius": 7}, by[known], frames=True)
        for known, drawn in _VERDICTS.items() if known in by
    ]  # fmt: skip
