"""Every text of the plugin has a finished Chinese translation that keeps its placeholders."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def update():
    spec = importlib.util.spec_from_file_location("i18n_update", ROOT / "i18n" / "update.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_text_is_unfinished_missing_or_gone(update):
    done, texts = update.read(), update.sources()
    assert len(texts) > 100
    assert sorted(set(texts) - set(done)) == [], "translate these (python i18n/update.py lists them in the .ts)"
    assert sorted(set(done) - set(texts)) == [], "these are gone; run python i18n/update.py"
    assert 'type="unfinished"' not in update.TS.read_text(encoding="utf-8")


def test_translations_keep_placeholders_and_speak_chinese(update):
    for text, translation in update.read().items():
        places = re.findall(r"{\w+}", text)
        assert sorted(places) == sorted(re.findall(r"{\w+}", translation)), text
        # What is only places and signs has nothing to say in any language.
        if text not in ("EnvZones",) and re.search("[A-Za-z]", re.sub(r"{\w+}", "", text)):
            assert re.search(r"[\u4e00-\u9fff]", translation), text


def test_tr_refuses_what_cannot_be_translated(update, tmp_path):
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "bad.py").write_text('name = "x"\nprint(tr(f"hello {name}"))\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"plugin/bad.py:2"):
        update.sources(tmp_path)


@pytest.mark.parametrize("locale", ["zh_CN", "zh-Hans"])
def test_a_chinese_qgis_speaks_chinese(qgis_app, tmp_path, locale):
    import shutil
    import subprocess

    from qgis.core import QgsSettings
    from qgis.PyQt.QtCore import QCoreApplication

    from envzones.plugin import texts

    lrelease = shutil.which("lrelease", path="/usr/lib/qt5/bin") or shutil.which("lrelease")
    assert lrelease, "lrelease is missing; apt-get install qttools5-dev-tools"
    target = tmp_path / "envzones_zh_CN.qm"
    subprocess.run([lrelease, "-silent", str(ROOT / "i18n" / "envzones_zh_CN.ts"), "-qm", str(target)], check=True)
    settings = QgsSettings()
    keep, folder = texts.FOLDER, settings.value("locale/userLocale", "")
    settings.setValue("locale/overrideFlag", True)
    settings.setValue("locale/userLocale", locale)
    texts.FOLDER = tmp_path
    translator = texts.load_translator()
    try:
        assert texts.language() == "zh"
        assert translator is not None
        QCoreApplication.installTranslator(translator)
        assert texts.tr("Siting check") == "选址研判"
    finally:
        QCoreApplication.removeTranslator(translator)
        texts.FOLDER = keep
        settings.setValue("locale/overrideFlag", False)
        settings.setValue("locale/userLocale", folder)
    assert texts.tr("Siting check") == "Siting check"
