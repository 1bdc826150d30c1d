"""A QGIS without a window that edits one row whenever it is told to, under the plugin's watch.

Run as a program: provider, source, uid, name of the editor.  Each line on standard input is a value that it writes
into the row's remark; it answers ``saved`` or ``kept``, after it was told that somebody else had been faster.
"""

from __future__ import annotations

import sys

from qgis.core import QgsApplication, QgsVectorLayer


def main(provider: str, source: str, uid: str, who: str) -> None:
    """Edit until the input ends."""
    app = QgsApplication([], True)
    app.initQgis()
    from envzones.plugin.gui.edit_guard import Watch
    from envzones.plugin.project import editing

    editing.set_user_name(who)
    layer = QgsVectorLayer(source, "zones", provider)
    watch = Watch(layer)
    answers: list[str] = []

    def clashed() -> None:
        answers.append("kept" if watch.resolve({one.feature: True for one in watch.clashes}) else "again")

    watch.clashed.connect(clashed)
    watch.failed.connect(lambda said: answers.append(f"failed: {said}"))
    layer.startEditing()
    print("ready", flush=True)
    for line in sys.stdin:
        fid = next(one.id() for one in layer.getFeatures() if one["uid"] == uid)
        layer.changeAttributeValue(fid, layer.fields().indexOf("remark"), line.strip())
        answers.clear()
        done = layer.commitChanges(False)
        QgsApplication.processEvents()
        while not done and not (answers and answers[-1] != "again"):
            QgsApplication.processEvents()
        print(answers[-1] if answers else "saved", flush=True)
    layer.rollBack()
    watch.release()
    app.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:])
