"""EnvZones: the QGIS plugin and the QGIS-free engine beneath it."""
