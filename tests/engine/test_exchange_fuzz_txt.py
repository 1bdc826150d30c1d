"""Boundary-point TXT that no program ever wrote: a frame, rejects, or one clear sentence, whatever the bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st

from envzones.plugin.engine.errors import EnvZonesError
from envzones.plugin.engine.exchange.boundary_txt import is_boundary_txt, layers, read
from envzones.plugin.engine.exchange.model import ReadOptions

from . import messy
from .fuzzing import fuzz, mutated, survives

_HOLED = (
    "[地块坐标]\n13,1.0,1,甲,面,,,,@\nJ1,1,3850100,38500000\nJ2,1,3850100,38500100\nJ3,1,3850000,38500100\nJ4,1,3850000,38500000\n"
    "J1,1,3850100,38500000\nJ1,2,3850040,38500040\nJ2,2,3850040,38500050\nJ3,2,3850050,38500050\nJ1,2,3850040,38500040\n"
    "J1,3,3850140,38500140\nJ2,3,3850140,38500150\nJ3,3,3850150,38500150\nJ1,3,3850140,38500140\n"
)
GOOD = [
    messy.boundary_txt(4526).encode(), messy.boundary_txt(4547).encode("gbk"), messy.boundary_txt(4525, label="{}", close=False).encode(),
    messy.boundary_txt(4526).replace("\n", "\r\n").replace("[", "【").replace("]", "】").encode("utf-8-sig"), _HOLED.encode(),
    b"34.79,114.23\n34.79,114.24\n34.78,114.24\n34.79,114.23\n", messy.boundary_txt(4526).encode("utf-16"),
]  # fmt: skip
TOKENS = [
    word.encode() for word in (
        "@", ",", "，", "=", "J1", "[", "]", "【", "[属性描述]", "[地块坐标]", "带号=39", "面", "线", "点", "5,1.0,1,甲,面,,,,@\n", "\n", "\r",
        "J1,1,3850100,38500000\n", "9" * 400, "38500000", "34°47′24″", "１", "\ufeff", "#", "1e9", ".", "-", ",,,,,,,,", "锟斤拷",
    )
]  # fmt: skip


def check(folder: Path, data: bytes, options: ReadOptions) -> None:
    path = folder / "f.txt"
    path.write_bytes(data)
    assert isinstance(survives(lambda: is_boundary_txt(data[:8192])), bool)
    found = survives(lambda: read(path, options))
    listed = survives(lambda: layers(path, options))
    if isinstance(found, EnvZonesError):
        assert isinstance(listed, EnvZonesError)
        return
    frame = found.frame
    assert found.count == len(frame) + len(found.rejects) == listed[0].count
    assert len(found.rows) == len(frame) and (found.rows > 0).all()
    shapes = np.asarray(frame.geometry.array, dtype=object)
    assert not shapely.is_missing(shapes).any() and np.isfinite(shapely.get_coordinates(shapes)).all()
    assert set(frame["kind"]) <= {"点", "线", "面"} and frame.index.tolist() == list(range(len(frame)))
    assert all(note.zh and note.en and "\n" not in note.en for note in found.notes) and len(found.notes) < 1000
    assert all(reject.row > 0 and reject.zh and reject.en for reject in found.rejects)


OPTIONS = st.builds(
    ReadOptions, encoding=st.sampled_from((None, None, "gbk", "utf-8", "nonsense")), swap=st.sampled_from((None, None, True, False)),
    limit=st.sampled_from((None, None, 0, 1)),
)  # fmt: skip


def test_changed_files(tmp_path: Path) -> None:
    fuzz(st.tuples(mutated(GOOD, TOKENS), OPTIONS), lambda case: check(tmp_path, *case))


def test_any_bytes(tmp_path: Path) -> None:
    fuzz(st.tuples(st.binary(max_size=300), OPTIONS), lambda case: check(tmp_path, *case), seconds=1)


_CELL = st.one_of(
    st.sampled_from(("", "J1", "J2", "1", "2", "面", "线", "@", "3850100", "38500000", "500000.5", "34.7", "114.2", "39500000", "甲")),
    st.floats(allow_nan=True).map(str), st.integers().map(str), st.text(max_size=5),
)  # fmt: skip


@st.composite
def lines(draw: Any) -> bytes:
    """Lines of the format's own words in any order."""
    made = []
    for _ in range(draw(st.integers(1, 25))):
        kind = draw(st.sampled_from(("cells", "point", "point", "point", "plot", "key", "block")))
        if kind == "cells":
            made.append(",".join(draw(st.lists(_CELL, max_size=14))))
        elif kind == "point":
            north, east = draw(st.integers(3_850_000, 3_850_004)), draw(st.integers(38_500_000, 38_500_004))
            made.append(f"J{draw(st.integers(1, 4))},{draw(st.integers(1, 3))},{north},{east}")
        elif kind == "plot":
            made.append(f"{draw(st.integers(0, 9))},{draw(_CELL)},{draw(_CELL)},甲,{draw(st.sampled_from('点线面x'))},,,,@")
        elif kind == "key":
            made.append(f"{draw(st.sampled_from(('带号', '几度分带', '坐标系', '转换参数', '中央经线')))}={draw(_CELL)}")
        else:
            made.append(draw(st.sampled_from(("[属性描述]", "【地块坐标】", "[项目信息]", "[别的]", ""))))
    return "\n".join(made).encode("utf-8", "surrogatepass")


def test_lines_in_any_order(tmp_path: Path) -> None:
    fuzz(st.tuples(lines(), OPTIONS), lambda case: check(tmp_path, *case))


def test_rings_by_the_thousand(tmp_path: Path) -> None:
    """Rings that all lie in each other are refused, those that do not are read, within seconds."""
    nested = "".join(
        f"J1,{k},{3850000 + k},{38500000 + k}\nJ2,{k},{3850000 + k},{38600000 - k}\nJ3,{k},{3950000 - k},{38600000 - k}\n"
        for k in range(1, 3000)
    )
    aside = "".join(
        f"J1,{k},{3850000 + k},{38500000 + k}\nJ2,{k},{3850000 + k},{38500000.5 + k}\nJ3,{k},{3850000.5 + k},{38500000.5 + k}\n"
        for k in range(1, 8000)
    )
    same = "J1,1,3850000,38500000\nJ2,1,3850000,38500100\nJ3,1,3850100,38500100\nJ1,1,3850000,38500000\n" * 5000
    tangled = "".join(f"J{k},1,{3850000 + (k * 7919) % 10007},{38500000 + (k * 104729) % 10009}\n" for k in range(1, 20000))
    for said, drawn in ((nested, 0), (aside, 1), (same, None), (tangled, 1)):
        path = tmp_path / "f.txt"
        path.write_text("[地块坐标]\n3,1,1,甲,面,,,,@\n" + said, encoding="utf-8")
        found = survives(lambda: read(path))  # noqa: B023
        assert not isinstance(found, EnvZonesError) and found.count == 1
        assert drawn is None or len(found.frame) == drawn
