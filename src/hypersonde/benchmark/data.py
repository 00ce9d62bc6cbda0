"""Data sets for benchmark problems: files that are there already, never downloaded."""

from __future__ import annotations

import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hypersonde.errors import InvalidInput, missing_extra

VARIABLE = "HYPERSONDE_DATA"
"""Environment variable: the directory of the files, or ``digits``."""

DIGITS = "digits"
"""In place of a directory: the 8 x 8 images that scikit-learn ships, for a quick try of an image problem."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """n images or rows of features, float32, and the class of each, int64."""

    X: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]


Split = tuple[Labelled, Labelled]
"""What to learn from, and what to measure on."""


def find(name: str, address: str, source: str | None = None) -> Path:
    """The path of a file in `source`, by default the directory that `VARIABLE` names.

    Raises
    ------
    InvalidInput : it is not there; says where to get it and where to put it.
    """
    directory = Path(source or os.environ.get(VARIABLE) or ".").expanduser()
    path = directory / name
    if not path.exists():
        raise InvalidInput(
            f"the data file {path} does not exist. Get it from {address} and set {VARIABLE} to its directory."
        )
    return path


def mnist(source: str | None = None) -> Split:
    """Handwritten digits, images (n, 1, 28, 28) in [0, 1]; or scikit-learn's, (n, 1, 8, 8).

    Raises
    ------
    InvalidInput : the file is not there.
    """
    if _wants_digits(source):
        return digits(channels=1)
    path = find("mnist.npz", "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz", source)
    with np.load(path) as f:
        return tuple(_labelled(f[f"x_{part}"][:, None], f[f"y_{part}"]) for part in ("train", "test"))  # type: ignore[return-value]


def cifar10(source: str | None = None) -> Split:
    """Small colour photographs, images (n, 3, 32, 32) in [0, 1]; or scikit-learn's digits, (n, 3, 8, 8).

    Raises
    ------
    InvalidInput : the file is not there.
    """
    if _wants_digits(source):
        return digits(channels=3)
    name = "cifar-10-binary.tar.gz"
    records: dict[str, list[npt.NDArray[np.uint8]]] = {"data": [], "test": []}
    with tarfile.open(find(name, f"https://www.cs.toronto.edu/~kriz/{name}", source)) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            file = tar.extractfile(member) if member.name.endswith(".bin") else None
            if file is not None:
                part = Path(member.name).name.split("_")[0]
                records[part].append(np.frombuffer(file.read(), dtype=np.uint8).reshape(-1, 3073))
    train, test = (np.concatenate(rows) for rows in records.values())
    return _photographs(train), _photographs(test)


def digits(channels: int) -> Split:
    """The 1,797 digits of scikit-learn, the last 359 to measure on; images (n, channels, 8, 8) in [0, 1].

    Raises
    ------
    MissingExtra : scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise missing_extra("scikit-learn", "sklearn", "the data set 'digits'") from None
    bunch = load_digits()
    images = np.repeat(bunch.images[:, None] / 16.0 * 255.0, channels, axis=1)
    return _labelled(images[:-359], bunch.target[:-359]), _labelled(images[-359:], bunch.target[-359:])


def _wants_digits(source: str | None) -> bool:
    return (source or os.environ.get(VARIABLE)) == DIGITS


def _photographs(records: npt.NDArray[np.uint8]) -> Labelled:
    return _labelled(records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0])


def _labelled(images: npt.ArrayLike, classes: npt.ArrayLike) -> Labelled:
    return Labelled(np.asarray(images, dtype=np.float32) / np.float32(255.0), np.asarray(classes, dtype=np.int64))
