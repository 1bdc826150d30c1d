"""The layer catalog: which layers the one map has, with their fields, domains, titles and geometry.

One file per layer, ``layers/<theme>/<layer>.yaml``, describes it; a file of the same name below the user's
own folder takes its place.  Reading the catalog needs PyYAML alone, because QGIS reads titles from it when
it starts; pandas and geopandas are imported where frames are made.

A layer file::

    layer: coal_boiler          # the table's name and the file's
    theme: heat                 # a group of layers/themes.yaml
    order: 40                   # place within the group
    zh: 燃煤锅炉
    en: Coal boiler
    geometry: Point             # Point, MultiLineString or MultiPolygon
    department: 市环境保护局     # who keeps the layer (主管部门)
    fields:
      capacity_tph: {type: real, zh: 锅炉容量, en: Capacity, unit: t/h, min: 0}
      fuel: {type: text, zh: 燃料, en: Fuel, required: true, domain: {coal: {zh: 燃煤, en: Coal}}}
    checks:                     # see catalog_rules.py
      - not_after: [built_on, closed_on]    # the first field is never greater than the second
    groups:                     # tabs of the form; what is named in none follows behind
      - {zh: 锅炉, en: Boiler, fields: [capacity_tph, fuel]}
    links: {source_code: {layer: drinking_water_source, field: source_code}}    # values that stand there
    settled: {status: [closed, converted]}  # codes by which a problem counts as dealt with on the plan board
    public_coordinates: hidden  # a public map or ledger leaves the places out (else they are rounded)

Types are text, integer, real, boolean and date.  A frame holds them as object (str or None), Int64, float64,
boolean and datetime64[ns]; a cell that is unknown is None, NA, NaN or NaT, never an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .catalog_rules import Group, Link, Rule, RuleReader, check_targets
from .errors import InputError
from .yaml_source import YamlSource

if TYPE_CHECKING:
    import geopandas as gpd

    from .conform import Problem

#: The layer files that come with EnvZones.
SHIPPED = Path(__file__).resolve().parents[2] / "layers"
GEOMETRIES = ("Point", "MultiLineString", "MultiPolygon")
TYPES = ("text", "integer", "real", "boolean", "date")
LANGUAGES = ("zh", "en")
#: Columns that a store keeps beside a layer's own fields: the row's number, its version, who last changed it and when.
#: They are no content: frames may carry them, checks and fingerprints pass over them.
STORE_COLUMNS = ("fid", "row_version", "edited_by", "edited_at")
#: Base fields that open a table; the other base fields close it.
_FIRST = ("uid", "name")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LAYER_KEYS = frozenset(
    {
        "layer", "theme", "order", "zh", "en", "geometry", "department", "fields", "checks", "settled", "groups",
        "links", "public_coordinates",
    }
)  # fmt: skip
_FIELD_KEYS = frozenset(
    {
        "type", "zh", "en", "unit", "domain", "required", "default", "min", "max", "pattern", "not_future", "hint",
        "reference",
    }
)  # fmt: skip
_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,), "integer": (int,), "real": (int, float), "boolean": (bool,), "date": (date,),
}  # fmt: skip


@dataclass(frozen=True)
class FieldSpec:
    """One field of a layer.

    `domain` maps each code to its titles ``{"zh": …, "en": …}``; `minimum` and `maximum` are inclusive and
    in the field's `unit`; `default` is what a form proposes for a new feature, it never fills a cell of
    existing data.  A text matches `pattern` as a whole; a date with `not_future` is not after today.  `hint` says
    what to enter, ``{"zh": …, "en": …}``; `reference` is the field's name in another standard's database.
    """

    name: str
    type: str
    zh: str
    en: str
    unit: str | None = None
    domain: Mapping[str, Mapping[str, str]] | None = None
    required: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    base: bool = False
    pattern: str | None = None
    not_future: bool = False
    hint: Mapping[str, str] | None = None
    reference: str | None = None

    def title(self, lang: str = "zh", *, unit: bool = True) -> str:
        """Return the field's title in `lang`, with its unit in parentheses if it has one."""
        words = getattr(self, lang)
        return f"{words}({self.unit})" if unit and self.unit else words


@dataclass(frozen=True)
class LayerSpec:
    """One layer of the one map.

    `fields` are all fields in table order, those that every layer has included; `checks` are pairs (a, b)
    of fields where a is never greater than b; `rules` are the other checks (:mod:`.catalog_rules`), `groups` the
    tabs of the form, `links` fields that point to other layers; `settled` maps a field to the codes that mean
    dealt with;
    `public_coordinates` is ``hidden`` where a public product must not tell the places (:mod:`.publication`);
    `style` is the .qml file, if there is one; `path` the file that defines it.
    """

    name: str
    theme: str
    order: int
    zh: str
    en: str
    geometry: str
    department: str
    fields: tuple[FieldSpec, ...]
    checks: tuple[tuple[str, str], ...] = ()
    settled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    style: Path | None = None
    path: Path | None = field(default=None, compare=False)
    rules: tuple[Rule, ...] = ()
    groups: tuple[Group, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)
    public_coordinates: str = "rounded"

    def field(self, name: str) -> FieldSpec:
        """Return one field by name; KeyError if the layer has no such field."""
        for spec in self.fields:
            if spec.name == name:
                return spec
        raise KeyError(f"layer {self.name} has no field {name}")

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of all fields in table order."""
        return tuple(spec.name for spec in self.fields)

    def title(self, lang: str = "zh") -> str:
        """Return the layer's title in `lang`."""
        return getattr(self, lang)


@dataclass(frozen=True)
class Theme:
    """A group of layers in the layer tree."""

    name: str
    order: int
    zh: str
    en: str

    def title(self, lang: str = "zh") -> str:
        """Return the group's title in `lang`."""
        return getattr(self, lang)


#: Where a layer is complete: kept in the map like a layer, with fields of its own only.  "No feature" means
#: "nothing there" inside these areas alone.
COVERAGE = LayerSpec(
    name="layer_coverage",
    theme="",
    order=0,
    zh="图层完整性声明",
    en="Layer coverage",
    geometry="MultiPolygon",
    department="",
    fields=(
        FieldSpec("uid", "text", "要素标识", "Stable id", required=True),
        FieldSpec("layer", "text", "图层", "Layer", required=True),
        FieldSpec("complete_as_of", "date", "完整性截止日期", "Complete as of", required=True),
        FieldSpec("valid_until", "date", "声明有效期至", "Declaration valid until"),
        FieldSpec("declared_by", "text", "声明单位", "Declared by"),
        FieldSpec("document", "text", "依据文件", "Document"),
    ),
    checks=(("complete_as_of", "valid_until"),),
)


class Catalog(Mapping[str, LayerSpec]):
    """All layers by name, in the order of the layer tree (theme, then order within it)."""

    def __init__(self, layers: Mapping[str, LayerSpec], themes: Mapping[str, Theme]) -> None:
        self.themes: dict[str, Theme] = dict(
            sorted(themes.items(), key=lambda item: (item[1].order, item[0]))
        )
        rank = {name: i for i, name in enumerate(self.themes)}
        ordered = sorted(layers.values(), key=lambda spec: (rank[spec.theme], spec.order, spec.name))
        self._layers = {spec.name: spec for spec in ordered}

    def __getitem__(self, name: str) -> LayerSpec:
        return self._layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def require(self, name: str, where: str) -> LayerSpec:
        """Return a layer, or say in `where` (a file, a clause) that there is none of that name.

        Raises
        ------
        InputError
            If the catalog has no such layer.
        """
        if name not in self._layers:
            raise InputError(f"{where}: there is no layer '{name}'; use one of {', '.join(self._layers)}.")
        return self._layers[name]

    def of_theme(self, theme: str) -> list[LayerSpec]:
        """Return the layers of a theme in order."""
        return [spec for spec in self._layers.values() if spec.theme == theme]


def label(spec: FieldSpec, code: Any, lang: str = "zh") -> str:
    """Return what a user reads for a value: the domain's title, 是/否, an ISO date, or the value itself as
    text.

    An unknown value (None, NaN, NaT, NA) is an empty text; a code outside the domain is shown as it is.
    """
    # NaN and NaT differ from themselves and pandas.NA refuses to answer; none of it needs pandas here.
    if code is None or type(code).__name__ in ("NAType", "NaTType") or code != code:
        return ""
    if spec.domain and code in spec.domain:
        return spec.domain[code][lang]
    if spec.type == "boolean":
        return {("zh", True): "是", ("zh", False): "否", ("en", True): "yes", ("en", False): "no"}[
            lang, bool(code)
        ]
    if spec.type == "date" and hasattr(code, "strftime"):
        return code.strftime("%Y-%m-%d")
    return str(code)


# --------------------------------------------------------------------------------------------------------
# Reading the files
# --------------------------------------------------------------------------------------------------------


class _File(YamlSource):
    """A layer file: the parts a layer is described in, each checked."""

    def text(self, value: Any, at: tuple[Any, ...]) -> str:
        if value is None or value == "":
            raise self.fault(at, "is missing; add it")
        if not isinstance(value, str):
            raise self.fault(at, f"expected text, found {value!r}; put it in quotes")
        return value

    def choice(self, value: Any, at: tuple[Any, ...], allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            raise self.fault(at, f"expected one of {', '.join(allowed)}, found {value!r}")
        return value

    def identifier(self, value: Any, at: tuple[Any, ...]) -> str:
        if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
            raise self.fault(
                at, f"expected a name of small letters, digits and _, found {value!r}; rename it"
            )
        return value

    def whole(self, value: Any, at: tuple[Any, ...]) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fault(at, f"expected a whole number, found {value!r}")
        return value

    def number(self, value: Any, at: tuple[Any, ...]) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.fault(at, f"expected a number, found {value!r}")
        return value

    def domain(self, value: Any, at: tuple[Any, ...]) -> dict[str, dict[str, str]]:
        codes: dict[str, dict[str, str]] = {}
        for code, titles in self.mapping(value, at).items():
            here = (*at, code)
            self.identifier(code, here)
            self.mapping(titles, here, frozenset(LANGUAGES))
            codes[code] = {lang: self.text(titles.get(lang), (*here, lang)) for lang in LANGUAGES}
        if not codes:
            raise self.fault(at, "the domain is empty; list its codes or leave it out")
        return codes

    def field(self, name: Any, value: Any, at: tuple[Any, ...], *, base: bool = False) -> FieldSpec:
        self.identifier(name, at)
        self.mapping(value, at, _FIELD_KEYS)
        kind = self.choice(value.get("type"), (*at, "type"), TYPES)
        domain = self.domain(value["domain"], (*at, "domain")) if "domain" in value else None
        if domain and kind != "text":
            raise self.fault((*at, "domain"), "only a text field has a domain; make the type text")
        required = value.get("required", False)
        if not isinstance(required, bool):
            raise self.fault((*at, "required"), f"expected true or false, found {required!r}")
        low, high = (self.number(value.get(key), (*at, key)) for key in ("min", "max"))
        if (low is not None or high is not None) and kind not in ("integer", "real"):
            raise self.fault(at, "only a number has min and max; leave them out")
        if low is not None and high is not None and low > high:
            raise self.fault((*at, "min"), f"{low} is more than max {high}; swap them")
        default = value.get("default")
        if default is not None:
            if not isinstance(default, _PYTHON_TYPES[kind]) or (
                isinstance(default, bool) and kind != "boolean"
            ):
                raise self.fault((*at, "default"), f"{default!r} is no {kind}; change it")
            if domain and default not in domain:
                raise self.fault(
                    (*at, "default"), f"{default!r} is not in the domain; use {', '.join(domain)}"
                )
        pattern = value.get("pattern")
        if pattern is not None:
            if kind != "text" or domain:
                raise self.fault((*at, "pattern"), "only a text field without a domain has a pattern; leave it out")
            try:
                re.compile(self.text(pattern, (*at, "pattern")))
            except re.error as error:
                raise self.fault((*at, "pattern"), f"is no regular expression ({error})") from None
        not_future = value.get("not_future", False)
        if not isinstance(not_future, bool) or (not_future and kind != "date"):
            raise self.fault((*at, "not_future"), "expected true or false, of a date")
        hint = None
        if "hint" in value:
            self.mapping(value["hint"], (*at, "hint"), frozenset(LANGUAGES))
            hint = {lang: self.text(value["hint"].get(lang), (*at, "hint", lang)) for lang in LANGUAGES}
        return FieldSpec(
            name=name,
            type=kind,
            zh=self.text(value.get("zh"), (*at, "zh")),
            en=self.text(value.get("en"), (*at, "en")),
            unit=self.text(value["unit"], (*at, "unit")) if "unit" in value else None,
            domain=domain,
            required=required,
            default=default,
            minimum=low,
            maximum=high,
            base=base,
            pattern=pattern,
            not_future=not_future,
            hint=hint,
            reference=self.text(value["reference"], (*at, "reference")) if "reference" in value else None,
        )

    def settled(
        self, value: Any, at: tuple[Any, ...], fields: Mapping[str, FieldSpec]
    ) -> dict[str, tuple[str, ...]]:
        """Read which codes of which fields mean that a problem has been dealt with."""
        found: dict[str, tuple[str, ...]] = {}
        for name, codes in self.mapping(value, at).items():
            domain = fields[name].domain if name in fields else None
            if not isinstance(codes, list) or not domain or not set(codes) <= set(domain):
                raise self.fault((*at, name), "expected a field with a domain and a list of its codes")
            found[name] = tuple(codes)
        return found


def _read_base() -> tuple[FieldSpec, ...]:
    file = _File(SHIPPED / "base.yaml", "Layer file")
    return tuple(
        file.field(name, value, (name,), base=True) for name, value in file.mapping(file.data, ()).items()
    )


def _read_themes(path: Path) -> dict[str, Theme]:
    file = _File(path, "Layer file")
    themes = {}
    for name, value in file.mapping(file.data, ()).items():
        file.identifier(name, (name,))
        file.mapping(value, (name,), frozenset({"order", "zh", "en"}))
        zh, en = (file.text(value.get(lang), (name, lang)) for lang in LANGUAGES)
        themes[name] = Theme(name, file.whole(value.get("order"), (name, "order")), zh, en)
    return themes


def _read_layer(
    path: Path, base: tuple[FieldSpec, ...], themes: Mapping[str, Theme], style: Path | None
) -> LayerSpec:
    file = _File(path, "Layer file")
    data = file.mapping(file.data, (), _LAYER_KEYS)
    name = file.identifier(data.get("layer"), ("layer",))
    if name != path.stem:
        raise file.fault(("layer",), f"'{name}' is not the file's name; rename the file {name}.yaml")
    theme = file.choice(data.get("theme"), ("theme",), tuple(themes))
    fields = {spec.name: spec for spec in base if spec.name in _FIRST}
    taken = {spec.name for spec in base}
    for key, value in file.mapping(data.get("fields"), ("fields",)).items():
        if key in taken or key in (*STORE_COLUMNS, "geom", "geometry"):
            raise file.fault(("fields", key), "every layer has this field already; leave it out")
        fields[key] = file.field(key, value, ("fields", key))
    fields.update({spec.name: spec for spec in base if spec.name not in _FIRST})
    titles: dict[tuple[str, str], str] = {}
    for spec in fields.values():
        for lang in LANGUAGES:
            if (lang, spec.title(lang)) in titles:
                other = titles[lang, spec.title(lang)]
                raise file.fault(
                    ("fields", spec.name, lang), f"'{spec.title(lang)}' is also the title of {other}"
                )
            titles[lang, spec.title(lang)] = spec.name
    checks = data.get("checks", [])
    if not isinstance(checks, list):
        raise file.fault(("checks",), "expected a list")
    reader = RuleReader(file, fields)
    rules = [reader.rule(value, ("checks", i)) for i, value in enumerate(checks)]
    return LayerSpec(
        name=name,
        theme=theme,
        order=file.whole(data.get("order"), ("order",)),
        zh=file.text(data.get("zh"), ("zh",)),
        en=file.text(data.get("en"), ("en",)),
        geometry=file.choice(data.get("geometry"), ("geometry",), GEOMETRIES),
        department=file.text(data.get("department"), ("department",)),
        fields=tuple(fields.values()),
        checks=(
            ("valid_from", "valid_to"),
            *(rule for rule in rules if isinstance(rule, tuple)),
        ),
        rules=tuple(rule for rule in rules if not isinstance(rule, tuple)),
        groups=reader.groups(data["groups"], ("groups",)) if "groups" in data else (),
        links=reader.links(data["links"], ("links",)) if "links" in data else {},
        settled=file.settled(data.get("settled", {}), ("settled",), fields),
        public_coordinates=file.choice(
            data.get("public_coordinates", "rounded"), ("public_coordinates",), ("rounded", "hidden")
        ),
        style=style,
        path=path,
    )


def load_catalog(user_dir: str | Path | None = None) -> Catalog:
    """Load the shipped layers and the user's own.

    Parameters
    ----------
    user_dir : path, optional
        A folder laid out like ``layers/``.  A ``<layer>.yaml`` there takes the place of the shipped layer
        of that name or adds one, a ``<layer>.qml`` replaces its style, a ``themes.yaml`` adds groups.

    Raises
    ------
    InputError
        Naming file, line and key, if a file cannot be read or breaks a rule of the format, or if `user_dir`
        is no folder.
    """
    if user_dir is None:
        return _shipped()
    if not Path(user_dir).is_dir():
        raise InputError(f"The layer folder {user_dir} does not exist; create it or give another.")
    return _load((SHIPPED, Path(user_dir)))


@lru_cache(maxsize=1)
def _shipped() -> Catalog:
    """The shipped layers, read once: nobody edits them while they are in use, and a catalog never changes."""
    return _load((SHIPPED,))


def _load(folders: Sequence[Path]) -> Catalog:
    base = _read_base()
    themes: dict[str, Theme] = {}
    files: dict[str, Path] = {}
    styles: dict[str, Path] = {}
    for folder in folders:
        if (folder / "themes.yaml").is_file():
            themes.update(_read_themes(folder / "themes.yaml"))
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*/*.yaml")):
            if path.stem in here:
                raise InputError(
                    f"{path}: layer '{path.stem}' is also defined by {here[path.stem]}; remove one."
                )
            here[path.stem] = path
        files.update(here)
        styles.update({path.stem: path for path in sorted(folder.glob("*/*.qml"))})
    layers = {name: _read_layer(path, base, themes, styles.get(name)) for name, path in files.items()}
    titles: dict[str, str] = {COVERAGE.zh: COVERAGE.name}
    for name, spec in layers.items():
        # A GeoPackage wants the identifiers of its tables to differ, and so does the reader of a legend.
        if spec.zh in titles:
            raise InputError(
                f"{files[name].name}, zh: '{spec.zh}' is also the title of {titles[spec.zh]}; change one."
            )
        titles[spec.zh] = name
    for name, at, wrong in check_targets(layers):
        raise YamlSource(files[name], "Layer file").fault(at, wrong)
    return Catalog(layers, themes)


# --------------------------------------------------------------------------------------------------------
# Frames: the work is in conform.py, which imports geopandas
# --------------------------------------------------------------------------------------------------------


def empty_frame(spec: LayerSpec) -> gpd.GeoDataFrame:
    """Return a frame with all of a layer's fields, typed, and no row, in EPSG:4490."""
    from .conform import empty_frame as make

    return make(spec)


def examine(
    frame: gpd.GeoDataFrame, spec: LayerSpec, where: str
) -> tuple[gpd.GeoDataFrame, list[str], list[Problem]]:
    """Fit a frame to a layer and list what does not fit; see :func:`.conform.examine`."""
    from .conform import examine as fit

    return fit(frame, spec, where)


def conform(
    frame: gpd.GeoDataFrame, spec: LayerSpec, where: str, *, notes: list[str] | None = None
) -> gpd.GeoDataFrame:
    """Fit a frame to a layer or raise; see :func:`envzones.plugin.engine.conform.conform`."""
    from .conform import conform as fit

    return fit(frame, spec, where, notes=notes)
