"""Forests of regression trees, grown by our own hands."""

from hypersonde.models.forest.forest import FittedForest, Forest, extra_trees, random_forest

__all__ = ["FittedForest", "Forest", "extra_trees", "random_forest"]
