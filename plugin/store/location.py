"""Where a one map is, as the stores know it; the engine opens maps by it too, so it lies there."""

from ..engine.location import SCHEMA, Location, is_database, parse

__all__ = ["SCHEMA", "Location", "is_database", "parse"]
