"""Where the one map is kept: creating and describing its databases."""
