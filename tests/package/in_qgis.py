"""Runs inside qgis.bin (--code): installs the zip as the plugin manager does, runs the algorithms, leaves.

Not a test itself: test_zip_in_qgis.py starts it with ENVZONES_JOB naming a JSON file of what to do.
"""

import json
import os
import traceback

from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.utils import active_plugins, iface, plugins, unloadPlugin

with open(os.environ["ENVZONES_JOB"], encoding="utf-8") as file:
    job = json.load(file)
found = {"version": Qgis.QGIS_VERSION, "error": None}


def work():
    """Install, run, and note what there is."""
    import processing
    import pyplugin_installer

    pyplugin_installer.instance().installFromZipFile(job["zip"])
    found["active"] = "envzones" in active_plugins
    found["folder"] = os.path.dirname(__import__("envzones").__file__)
    provider = QgsApplication.processingRegistry().providerById("envzones")
    found["algorithms"] = sorted(algorithm.name() for algorithm in provider.algorithms()) if provider else []
    found["window"] = iface.mainWindow().isVisible()
    found["toolbars"] = [bar.objectName() for bar in iface.mainWindow().findChildren(type(iface.fileToolBar()))]
    for name, parameters in job["runs"].items():
        answer = processing.run(f"envzones:{name}", parameters)
        found[name] = {key: str(value) for key, value in answer.items()}
    unloadPlugin("envzones")
    found["left_behind"] = {
        "plugin": "envzones" in plugins,
        "provider": QgsApplication.processingRegistry().providerById("envzones") is not None,
    }


def leave():
    """Write what was found, whole or not at all, and close QGIS as a user would."""
    try:
        work()
    except Exception:  # noqa: BLE001 - whatever it was, the test shows it
        found["error"] = traceback.format_exc()
    half = job["result"] + ".half"
    with open(half, "w", encoding="utf-8") as out:
        json.dump(found, out)
    os.replace(half, job["result"])
    QgsProject.instance().setDirty(False)
    QTimer.singleShot(200, iface.actionExit().trigger)


QTimer.singleShot(500, leave)
