"""Annex: problems to compare searches on, each with its run function, importable by dotted path."""
