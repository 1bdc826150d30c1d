"""The EnvZones engine: pure Python on numpy, shapely and geopandas.

Nothing here imports QGIS or Qt, so every verb runs from a shell, a server or a test as well as inside
QGIS.  Importing this package imports none of its heavy dependencies.
"""
