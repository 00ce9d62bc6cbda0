"""Hyperparameter search: each module has ``Problem`` and ``run(config)``, whose value is maximized.

Functions, without training: ``rosen2``, ``rosen10``, ``rosen30``, ``polynome2``, ``dummy1``, ``dummy2``.
Networks, on PyTorch: ``b1`` (addition of numbers as text), ``b2`` and ``b3`` (questions about stories), ``gen``
(papers in a citation graph), ``mnistmlp``, ``mnistcnn``, ``cifar10cnn`` and ``capsule`` (images).
"""
