"""For whom a product is made, internal use or the public, and what it may then show.

A public map needs an approval number (审图号) of the surveying authority, and a public product must not tell where
drinking-water intakes and contaminated plots lie.  A layer file says so of its layer by ``public_coordinates:
hidden``; all other coordinates are rounded.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from .errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

AUDIENCES = ("internal", "public")
#: Fields of a finding, or of an item of the follow-up, that name the layers of the places it tells of.
_LAYER_FIELDS = ("site_layer", "zone_layer", "feature_layer")
_MOST_DECIMALS = 9


@dataclass(frozen=True)
class Publication:
    """For whom a product is, and its marks.

    Attributes
    ----------
    audience : {"internal", "public"}
    classification : str
        密级 in the office's own words, printed on internal products; the program decides none.
    approval_no : str
        审图号 of a public product.
    office : str
        Who prepares it (编制单位).
    decimals : int
        Decimal places of a degree that a public product's coordinates are rounded to: 4 are about 10 m.
    hidden : collection of str
        Layers besides the shipped ones whose places a public product leaves out.

    Raises
    ------
    InputError
        If the audience is unknown, or the decimals are not 0 to 9.
    """

    audience: Literal["internal", "public"] = "internal"
    classification: str = ""
    approval_no: str = ""
    office: str = ""
    decimals: int = 4
    hidden: Collection[str] = ()

    def __post_init__(self) -> None:
        if self.audience not in AUDIENCES:
            raise InputError(f"'{self.audience}' is no audience of a product; use one of {', '.join(AUDIENCES)}.")
        said = (self.audience, self.classification, self.approval_no, self.office)
        if not all(isinstance(words, str) for words in said):
            raise InputError(f"A product's marks are text, not {said}; write them in quotes.")
        if isinstance(self.decimals, bool) or not isinstance(self.decimals, int) or not (
            0 <= self.decimals <= _MOST_DECIMALS
        ):
            raise InputError(
                f"Coordinates cannot be rounded to {self.decimals} decimal places; give 0 to {_MOST_DECIMALS}."
            )

    @property
    def public(self) -> bool:
        """Tell whether the product is for the public."""
        return self.audience == "public"

    def marks(self, lang: str = "zh") -> list[str]:
        """Return the lines that every page or sheet has to carry."""
        zh = lang == "zh"
        if self.public:
            if self.approval_no.strip():
                return [f"审图号：{self.approval_no.strip()}" if zh else f"Map approval no. {self.approval_no.strip()}"]
            return [
                "审图号：待取得，取得前不得公开" if zh else "Map approval number pending: not to be published before"
            ]
        lines = ["内部资料" if zh else "For internal use"]
        if self.classification.strip():
            said = self.classification.strip()
            lines.append(f"密级：{said}" if zh else f"Classification: {said}")
        return lines

    # ---- places -----------------------------------------------------------------------------------------

    def hides(self, layer: Any) -> bool:
        """Tell whether the places of a layer are left out."""
        return self.public and isinstance(layer, str) and (layer in self.hidden or layer in shipped_hidden())

    def hides_row(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a finding or an item would give a place away that is left out."""
        return self.public and any(self.hides(row.get(name)) for name in _LAYER_FIELDS)

    def point(self, layer: Any, lon: float, lat: float) -> tuple[float, float] | None:
        """Return a place as it may be told: rounded, or None where it is left out."""
        if not self.public:
            return lon, lat
        if self.hides(layer):
            return None
        return round(lon, self.decimals), round(lat, self.decimals)

    def frame(self, frame: gpd.GeoDataFrame, layer: str | None = None) -> gpd.GeoDataFrame:
        """Return a frame whose geometry may be shown.

        Parameters
        ----------
        frame : GeoDataFrame
            In degrees.  Findings and items name their layers themselves, row by row.
        layer : str, optional
            The layer that the rows are of.

        Returns
        -------
        GeoDataFrame
            A copy: rounded, and without geometry where it is left out.  Internal products get the frame itself.
        """
        if not self.public or not len(frame):
            return frame
        import numpy as np
        import shapely

        shapes = np.asarray(frame.geometry.array, dtype=object).copy()
        shapes[self._hidden_rows(frame, layer)] = None
        rounded = shapely.transform(shapes, lambda places: np.round(places, self.decimals))
        return frame.set_geometry(type(frame.geometry)(rounded, index=frame.index, crs=frame.crs))

    def _hidden_rows(self, frame: gpd.GeoDataFrame, layer: str | None) -> NDArray[np.bool_]:
        import numpy as np

        gone = np.full(len(frame), self.hides(layer), dtype=bool)
        for name in _LAYER_FIELDS:
            if name in frame:
                gone |= np.fromiter((self.hides(value) for value in frame[name]), dtype=bool, count=len(frame))
        return gone

    # ---- kept -------------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """Return the text that :meth:`from_json` reads; the layers of `hidden` are no part of it."""
        kept = asdict(self)
        del kept["hidden"]
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Publication:
        """Read what :meth:`to_json` wrote; keys that are not known are passed over.

        Raises
        ------
        InputError
            If it is no such text.
        """
        try:
            kept = dict(json.loads(text))
            known = {name: kept[name] for name in ("audience", "classification", "approval_no", "office", "decimals")
                     if name in kept}  # fmt: skip
        except (TypeError, ValueError) as error:
            raise InputError(f"What the project keeps on its exports cannot be read ({error}); choose anew.") from error
        return cls(**known)


@lru_cache(maxsize=1)
def shipped_hidden() -> frozenset[str]:
    """Return the layers that their files, shipped ones, mark ``public_coordinates: hidden``."""
    from .catalog import load_catalog

    return hidden_layers(load_catalog())


def hidden_layers(catalog: Mapping[str, Any]) -> frozenset[str]:
    """Return the layers of a catalog whose places a public product leaves out."""
    return frozenset(name for name, spec in catalog.items() if spec.public_coordinates == "hidden")


#: What is written unless told otherwise.
INTERNAL = Publication()
