"""The candidate sites of a project: where they lie, what is to be built there, and what is known of it."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..engine.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

#: More are a survey, not a choice of sites: the algorithm in the toolbox takes any number.
MOST = 2000
NATURES = ("new", "rebuild", "expand", "existing")


@dataclass(frozen=True)
class Profile:
    """What is to be built: its type and nature, how exact its place is known, and the answers of the applicant."""

    facility_type: str | None = None
    nature: str | None = None
    accuracy_m: float = 0.0
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def changed(self, field_name: str, value: Any) -> Profile:
        """Return it with another type, nature or accuracy, or another answer; None takes an answer back."""
        if field_name in ("facility_type", "nature", "accuracy_m"):
            return replace(self, **{field_name: value})
        answers = {name: held for name, held in self.attributes.items() if name != field_name}
        return replace(self, attributes=answers if value is None else {**answers, field_name: value})

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "facility_type": self.facility_type, "nature": self.nature, "accuracy_m": self.accuracy_m,
            "attributes": dict(self.attributes),
        }  # fmt: skip

    @classmethod
    def from_json(cls, held: Any) -> Profile:
        """Read it again; what was written by hand and is none is left out."""
        held = held if isinstance(held, Mapping) else {}
        accuracy, nature, answers = held.get("accuracy_m"), held.get("nature"), held.get("attributes")
        number = isinstance(accuracy, (int, float)) and not isinstance(accuracy, bool) and 0 <= accuracy < 1e6
        return cls(
            str(held["facility_type"]) if held.get("facility_type") else None,
            nature if nature in NATURES else None,
            float(accuracy) if number else 0.0,
            {str(k): v for k, v in answers.items() if isinstance(v, (bool, int, float, str))}
            if isinstance(answers, Mapping) else {},
        )  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """One site: `wkb` in EPSG:4490; `attributes` are the answers to what clauses ask."""

    site_id: str
    name: str
    wkb: bytes
    facility_type: str | None = None
    nature: str | None = None
    accuracy_m: float = 0.0
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def profile(self) -> Profile:
        """What is to be built there."""
        return Profile(self.facility_type, self.nature, self.accuracy_m, self.attributes)

    def with_profile(self, profile: Profile) -> Candidate:
        """Return the site with something else to be built there."""
        return replace(
            self, facility_type=profile.facility_type, nature=profile.nature, accuracy_m=profile.accuracy_m,
            attributes=dict(profile.attributes),
        )  # fmt: skip


class CandidateList:
    """Candidates in the order in which they came, each with an id of its own."""

    def __init__(self, candidates: Iterable[Candidate] = ()) -> None:
        self._sites: dict[str, Candidate] = {}
        self.add(candidates)

    def __len__(self) -> int:
        return len(self._sites)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._sites.values())

    def __getitem__(self, site_id: str) -> Candidate:
        return self._sites[site_id]

    def __contains__(self, site_id: object) -> bool:
        return site_id in self._sites

    @property
    def ids(self) -> list[str]:
        """The ids in order."""
        return list(self._sites)

    def free_id(self) -> str:
        """Return an id that nobody has."""
        number = len(self._sites) + 1
        while f"S{number}" in self._sites:
            number += 1
        return f"S{number}"

    def add(self, candidates: Iterable[Candidate]) -> list[str]:
        """Add sites; one whose id is empty or taken gets another.  Returns the ids.

        Raises
        ------
        InputError
            If they become more than :data:`MOST`; none is added then.
        """
        fresh = list(candidates)
        if len(self._sites) + len(fresh) > MOST:
            raise InputError(
                f"{len(fresh):,} sites are too many for the list (at most {MOST:,}); use Siting check in the Processing"
                f" toolbox for them."
            )
        ids = []
        for one in fresh:
            site_id = one.site_id.strip()
            if not site_id or site_id in self._sites:
                site_id = self.free_id()
            self._sites[site_id] = replace(one, site_id=site_id)
            ids.append(site_id)
        return ids

    def remove(self, ids: Iterable[str]) -> None:
        """Take sites out."""
        for one in list(ids):
            self._sites.pop(one, None)

    def clear(self) -> None:
        """Take all out."""
        self._sites.clear()

    def rename(self, site_id: str, name: str) -> None:
        """Call a site something else."""
        self._sites[site_id] = replace(self._sites[site_id], name=name)

    def set_profile(self, ids: Iterable[str], profile: Profile) -> None:
        """Say what is to be built at some sites."""
        for one in ids:
            self._sites[one] = self._sites[one].with_profile(profile)

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return the sites as the siting check takes them, EPSG:4490."""
        import geopandas as gpd
        import numpy as np
        import pandas as pd
        import shapely

        from ..engine.geodesy import STORAGE_CRS

        sites = list(self)
        columns: dict[str, Any] = {
            "site_id": [one.site_id for one in sites],
            "name": [one.name for one in sites],
            "facility_type": [one.facility_type for one in sites],
            "nature": [one.nature for one in sites],
        }
        for name in sorted({name for one in sites for name in one.attributes}):
            columns[name] = [one.attributes.get(name) for one in sites]
        # Text columns of object type keep None, whatever the release of pandas.
        data = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
        data["accuracy_m"] = np.array([one.accuracy_m for one in sites], dtype=float)
        shapes = shapely.from_wkb(np.array([one.wkb for one in sites], dtype=object))
        return gpd.GeoDataFrame(data, geometry=shapes, crs=STORAGE_CRS)

    def fingerprint(self) -> tuple[Any, ...]:
        """Return what a check of the sites rests on; names do not count."""
        return tuple(
            (one.site_id, one.wkb, one.facility_type, one.nature, one.accuracy_m, tuple(sorted(one.attributes.items())))
            for one in self
        )

    def digest(self) -> str:
        """Return a short text that is another one after any change that a check would see."""
        return hashlib.sha256(repr(self.fingerprint()).encode()).hexdigest()[:16]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the sites as JSON holds them."""
        return [
            {"site_id": one.site_id, "name": one.name, "wkb": one.wkb.hex(), **one.profile.to_json()} for one in self
        ]

    @classmethod
    def from_json(cls, held: Any) -> CandidateList:
        """Read sites again; what was written by hand and is none is left out."""
        found = cls()
        for one in held if isinstance(held, list) else []:
            try:
                wkb = binascii.unhexlify(one["wkb"])
                site = Candidate(str(one["site_id"]), str(one.get("name") or ""), wkb)
            except (KeyError, TypeError, ValueError):
                continue
            if len(found) < MOST and wkb:
                found.add([site.with_profile(Profile.from_json(one))])
        return found
