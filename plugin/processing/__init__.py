"""EnvZones in the Processing toolbox: the engine's verbs as thin algorithms."""
