"""Annex: the laws of samplers, pruners, storages and evaluators, as suites to inherit."""
