"""EnvZones, the one-map plugin: QGIS asks this package for its plugin class."""


def classFactory(iface):  # noqa: N802 - the name is QGIS's
    """Return the plugin.  Nothing is imported before QGIS asks, so a listed plugin costs nothing."""
    from .plugin.main import EnvZonesPlugin

    return EnvZonesPlugin(iface)
