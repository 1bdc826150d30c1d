"""Builds the one-map project: layer tree, styles, forms, results and the printed map."""
