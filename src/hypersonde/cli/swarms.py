"""Reads how the particles of a swarm move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from hypersonde.cli.spelled import settings_of, word_of
from hypersonde.errors import InvalidInput, unknown
from hypersonde.samplers.evolution.pso import Basic, Canonical, Constriction, Motion, VelocityClamping

MOTIONS: Final[Mapping[str, Callable[..., Motion]]] = {
    "basic": Basic,
    "clamping": VelocityClamping,
    "constriction": Constriction,
    "canonical": Canonical,
}
"""Motions by name: the words for ``--motion``."""


def read_motion(texts: Sequence[str]) -> Motion | None:
    """The motion that a text like ``constriction:c_social=2.2`` stands for; None without a text.

    Raises
    ------
    InvalidInput : no such motion or setting, a value that it refuses, or more than one text.
    """
    if len(texts) > 1:
        raise InvalidInput(f"--motion: got {len(texts)} of them, expected one for the whole swarm.")
    return _motion(texts[0]) if texts else None


def _motion(text: str) -> Motion:
    word = word_of(text)
    if word not in MOTIONS:
        raise unknown("motion", word, MOTIONS)
    try:
        return MOTIONS[word](**settings_of("--motion", text, MOTIONS[word]))
    except TypeError as error:
        raise InvalidInput(f"--motion {text}: {error}.") from None
