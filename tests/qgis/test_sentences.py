"""Every message that the engine can raise is told in Chinese, with its own facts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from envzones.plugin import sentences
from envzones.plugin.engine.errors import EnvZonesError, InputError

PLUGIN = Path(sentences.__file__).resolve().parent
#: What only a shell shows.
_SHELL = ("cli", "demo", "__main__")


def _template(node: ast.AST, constants: dict[str, str]) -> str | None:
    """Return the text of a message with {} for each fact; None for one that QGIS's own translation tells."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _template(node.left, constants), _template(node.right, constants)
        return None if left is None or right is None else left + right
    return constants.get(node.id) if isinstance(node, ast.Name) else None


def raised() -> dict[str, str]:
    """Return template -> where it is raised, read from the code itself."""
    found = {}
    for path in sorted(PLUGIN.rglob("*.py")):
        if path.stem.startswith(_SHELL):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            one.targets[0].id: one.value.value for one in tree.body
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
            and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str)
        }  # fmt: skip
        for node in ast.walk(tree):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if name in ("InputError", "EnvZonesError") and node.args:
                template = _template(node.args[0], constants)
                if template is not None:
                    found.setdefault(template, f"{path.name}:{node.lineno}")
    return found


def test_every_message_has_its_chinese_and_none_is_left_over():
    known, there = raised(), sentences.table()
    assert len(known) > 400
    lacking = {where: text for text, where in known.items() if text not in there}
    assert not lacking
    assert set(there) <= set(known)


def test_every_chinese_message_names_the_same_facts():
    for english, chinese in sentences.table().items():
        facts = sorted(int(number) for number in re.findall(r"\{(\d+)\}", chinese))
        assert facts == list(range(english.count("{}"))), english
        if re.search("[A-Za-z]{3}", english):
            assert re.search("[一-鿿]", chinese), english


def test_a_message_is_recognised_whatever_its_facts():
    for english, chinese in sentences.table().items():
        facts = [f"值{number}" for number in range(english.count("{}"))]
        if len(re.findall("[A-Za-z]", english.replace("{}", ""))) < 6:
            continue
        assert sentences.in_chinese(english.replace("{}", "%s") % tuple(facts) if facts else english) == chinese.format(
            *facts
        ), english


@pytest.fixture
def chinese():
    sentences.install("zh")
    yield
    sentences.release()


def test_an_error_speaks_chinese_in_a_chinese_qgis_only(chinese, tmp_path):
    from envzones.plugin.store.geopackage import info

    with pytest.raises(InputError) as caught:
        info(tmp_path / "没有.gpkg")
    assert "不存在" in str(caught.value)
    assert "没有.gpkg" in str(caught.value)
    sentences.release()
    assert "does not exist" in str(caught.value)
    assert str(EnvZonesError("Something else.")) == "Something else."


def test_a_fact_that_is_a_sentence_is_told_too():
    inner = "File a b.gpkg does not exist; check the path."
    assert sentences.in_chinese(f"big.csv cannot be imported: {inner}") == "big.csv 无法导入:文件 a b.gpkg 不存在;请核对路径。"
