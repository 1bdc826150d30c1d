"""Land-use codes: what a parcel is planned for, and which category of soil limits it falls under.

The assignment (``resources/land_use_codes.yaml``) is from memory, 待核实: it fills what is empty, and what an
office has entered stays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .catalog import load_catalog
from .errors import InputError
from .yaml_source import YamlSource

if TYPE_CHECKING:
    import geopandas as gpd

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "land_use_codes.yaml"
STANDARDS = ("gb50137", "ydyh")
#: The layers whose rows carry a code, a category and a planned use.
LAYERS = ("planned_parcel", "planning_permit")
_CATEGORIES = ("first", "second", "open", "none")
_CODE, _STANDARD = "land_use_code", "code_standard"
#: What a code fills: field -> its name in zh and en.
FILLED = {
    "land_use_category": ("建设用地类别", "land-use category"),
    "planned_use": ("规划用途", "planned use"),
}
_FROM = {"land_use_category": "category", "planned_use": "planned_use"}


@dataclass(frozen=True)
class LandUse:
    """What a code means.

    Attributes
    ----------
    code : str
        As asked for, normalised.
    zh, en : str
        Names of the listed code that it is, or is a part of.
    category : str or None
        ``first`` or ``second`` (GB 36600); None where the standard leaves it open or the land is not for development.
    planned_use : str
        A code of planned_parcel's field planned_use.
    standard : str
        ``gb50137`` or ``ydyh``.
    listed : str
        The listed code.
    development : bool
        False for land that is not for development.
    mark : str
        How well the assignment is known: MEM, from memory, 待核实.
    """

    code: str
    zh: str
    en: str
    category: str | None
    planned_use: str
    standard: str
    listed: str = ""
    development: bool = True
    mark: str = "MEM"


def classify(code: str, standard: str) -> LandUse:
    """Return what a land-use code means; a finer code than the list has is read as its longest listed part.

    Full-width and lower-case letters and blanks are put right.

    Raises
    ------
    InputError
        If the standard is unknown, or no part of the code is listed in it.
    """
    if standard not in STANDARDS:
        raise InputError(f"Code standard '{standard}' is unknown; use one of {', '.join(STANDARDS)}.")
    table, mark = _tables(SHIPPED)
    codes, wanted = table[standard], normalise(code)
    part = next((wanted[:n] for n in range(len(wanted), 0, -1) if wanted[:n] in codes), None)
    if part is None or not _may_be_below(wanted, part, codes[part]):
        other = next((s for s in STANDARDS if s != standard and _listed(wanted, table[s])), None)
        hint = f"it is one of {other}" if other else "correct the code or the standard"
        raise InputError(f"Land-use code '{code}' is not in standard {standard}; {hint}.")
    entry = codes[part]
    category = entry["category"]
    return LandUse(
        wanted,
        entry["zh"],
        entry["en"],
        category if category in ("first", "second") else None,
        entry["planned_use"],
        standard,
        part,
        category != "none",
        mark,
    )


def normalise(code: Any) -> str:
    """Return a code in plain capital letters and figures without blanks."""
    return "".join(unicodedata.normalize("NFKC", str(code)).split()).upper()


def fill(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Fill the category and the planned use of parcels or permits from their land-use code, where empty.

    Parameters
    ----------
    frame : GeoDataFrame
        Rows of planned_parcel or planning_permit; not changed.  Columns read: land_use_code, code_standard (where it
        is empty, told from the code: letters are gb50137, figures ydyh), land_use_category, planned_use.

    Returns
    -------
    frame : GeoDataFrame
        A copy with the two columns filled; what was entered stays.
    issues : list of dict
        Rows in the form of :data:`~.findings.ISSUE_COLUMNS` with a geometry: codes that are unknown, and entered
        values that contradict their code.
    """
    if _CODE not in frame.columns or not len(frame):
        return frame, []
    import pandas as pd

    names = ("uid", _CODE, _STANDARD, *FILLED)
    said = {name: _texts(frame, name) for name in names}
    meaning: dict[tuple[str, str], LandUse | InputError] = {}
    issues: list[dict[str, Any]] = []
    for row, code in enumerate(said[_CODE]):
        if not code:
            continue
        standard = said[_STANDARD][row] or ("ydyh" if normalise(code)[:1].isdigit() else "gb50137")
        key = (code, standard)
        if key not in meaning:
            meaning[key] = _meaning(code, standard)
        use = meaning[key]
        if isinstance(use, InputError):
            zh = f"用地代码“{code}”不在标准{standard}内,用地类别未推算"
            issues.append(_issue(frame, row, said["uid"][row], "land_use_code", zh, str(use)))
            continue
        for name, (title_zh, title_en) in FILLED.items():
            meant, stored = getattr(use, _FROM[name]), said[name][row]
            if not stored:
                said[name][row] = meant
            elif meant is not None and stored != meant:
                (had_zh, had_en), (want_zh, want_en) = _words(name, stored), _words(name, meant)
                zh = (
                    f"{title_zh}填为“{had_zh}”,用地代码{use.code}({use.zh})则对应“{want_zh}”"
                    "(对应关系待核实);以填写的为准"
                )
                en = (
                    f"its {title_en} is entered as '{had_en}', but code {use.code} ({use.en}) means '{want_en}'"
                    " (to be verified); what was entered holds"
                )
                issues.append(_issue(frame, row, said["uid"][row], "land_use_differs", zh, en))
    found = frame.copy()
    for name in FILLED:
        found[name] = pd.Series([value or None for value in said[name]], index=found.index, dtype=object)
    return found, issues


def _meaning(code: str, standard: str) -> LandUse | InputError:
    try:
        return classify(code, standard)
    except InputError as error:
        return error


def _words(name: str, value: str) -> tuple[str, str]:
    """Return how the catalog calls a value of a field, in zh and en."""
    label = (load_catalog()[LAYERS[0]].field(name).domain or {}).get(value)
    return (label["zh"], label["en"]) if label else (value, value)


def _issue(frame: gpd.GeoDataFrame, row: int, uid: str, code: str, zh: str, en: str) -> dict[str, Any]:
    geometry = frame.geometry.iloc[row] if "geometry" in frame.columns else None
    where = None if geometry is None or geometry.is_empty else geometry.representative_point()
    uid = uid or str(row + 1)
    return {
        "severity": "warning",
        "code": code,
        "site_id": uid,
        "message_zh": f"地块 {uid}:{zh}",
        "message_en": f"parcel {uid}: {en}",
        "geometry": where,
    }


def _texts(frame: gpd.GeoDataFrame, name: str) -> list[Any]:
    values = list(frame[name]) if name in frame.columns else [None] * len(frame)
    return ["" if v is None or v != v else str(v).strip() for v in values]


def _may_be_below(wanted: str, part: str, entry: Mapping[str, Any]) -> bool:
    """Tell whether the rest of a code can be a finer part of a listed one, and not a sibling of other codes."""
    return wanted == part or (wanted.isalnum() and not entry["complete"])


def _listed(wanted: str, codes: Mapping[str, Any]) -> bool:
    parts = (wanted[:n] for n in range(len(wanted), 0, -1))
    return any(part in codes and _may_be_below(wanted, part, codes[part]) for part in parts)


@lru_cache(maxsize=4)
def _tables(path: Path) -> tuple[dict[str, dict[str, dict[str, Any]]], str]:
    """Read the file; each code has its category and planned use, its own or its parent's."""
    source = YamlSource(path, "Land-use codes")
    top = source.mapping(source.data, (), {"mark", "status", "standards"}, {"mark", "standards"})
    tables: dict[str, dict[str, dict[str, Any]]] = {}
    for standard in STANDARDS:
        at = ("standards", standard)
        body = source.mapping(top["standards"].get(standard), at, {"zh", "en", "codes"}, {"codes"})
        codes: dict[str, dict[str, Any]] = {}
        for code in sorted(body["codes"], key=len):
            here = (*at, "codes", code)
            keys = {"zh", "en", "category", "planned_use", "complete"}
            entry = source.mapping(body["codes"][code], here, keys, {"zh", "en"})
            above = (code[:n] for n in range(len(code) - 1, 0, -1))
            parent: Mapping[str, Any] = next((codes[part] for part in above if part in codes), {})
            category = entry.get("category", parent.get("category"))
            use = entry.get("planned_use", parent.get("planned_use"))
            if category not in _CATEGORIES or not use:
                raise source.fault(here, f"give a category ({', '.join(_CATEGORIES)}) and a planned_use.")
            codes[code] = {
                "zh": entry["zh"],
                "en": entry["en"],
                "category": category,
                "planned_use": use,
                "complete": bool(entry.get("complete")),
            }
        tables[standard] = codes
    return tables, top["mark"]
