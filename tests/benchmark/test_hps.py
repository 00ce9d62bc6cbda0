"""Every benchmark problem has a space, a start in it, and a run function whose value is maximized."""

import importlib
import importlib.util
import io
import math
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hypersonde.benchmark import data
from hypersonde.benchmark.hps.b1 import addition
from hypersonde.benchmark.hps.citations import citations
from hypersonde.benchmark.hps.gen import supports
from hypersonde.benchmark.hps.stories import stories
from hypersonde.errors import InvalidInput, MissingExtra

FUNCTIONS = ("rosen2", "rosen10", "rosen30", "polynome2", "dummy1", "dummy2")
IMAGES = ("mnistmlp", "mnistcnn", "cifar10cnn", "capsule")
FILES = {"b2": "tasks_1-20_v1-2.tar.gz", "b3": "tasks_1-20_v1-2.tar.gz", "gen": "cora.content"}
EVERY = (*FUNCTIONS, *IMAGES, *FILES, "b1")

TRAINED = {"epochs": 5, "activation": "relu", "batch_size": 64, "dropout": 0.0, "optimizer": "adam"}
GOOD: dict[str, dict[str, Any]] = {
    "mnistmlp": {"nhidden": 1, "nunits": 64, "learning_rate": 0.003},
    "mnistcnn": {"f1_size": 3, "f2_size": 3, "f1_units": 8, "f2_units": 8, "p_size": 2, "nunits": 32},
    "cifar10cnn": {"f1_size": 3, "f2_size": 3, "f1_units": 8, "f2_units": 8, "p_size": 2, "nunits": 32},
    "capsule": {"num_conv": 1, "dim_capsule": 8, "routings": 3, "share_weights": False, "learning_rate": 0.003},
    "b1": {"rnn_type": "GRU", "nhidden": 32, "nlayers": 1, "activation": "tanh", "learning_rate": 0.01},
    "b2": {"rnn_type": "LSTM", "nhidden": 16, "batch_size": 16, "activation": "tanh", "learning_rate": 0.01},
    "b3": {"rnn_type": "SimpleRNN", "embed_hidden_size": 8, "sent_hidden_size": 12, "query_hidden_size": 6},
    "gen": {"nunits": 8, "filter": "chebyshev", "max_degree": 2, "sys_norm": True, "epochs": 60},
}
BETTER_THAN = {"mnistmlp": 0.8, "mnistcnn": 0.8, "cifar10cnn": 0.8, "capsule": 0.5, "b1": 0.2, "b2": 0.3, "b3": 0.0}


def module(name: str) -> ModuleType:
    return importlib.import_module(f"hypersonde.benchmark.hps.{name}")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A directory with stories and papers in the layout of the real files."""
    place = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    with tarfile.open(place / "tasks_1-20_v1-2.tar.gz", "w:gz") as tar:
        for task in ("qa1_single-supporting-fact", "qa2_two-supporting-facts"):
            for part, n in (("train", 120), ("test", 40)):
                text = "".join(_story(rng) for _ in range(n)).encode()
                info = tarfile.TarInfo(f"tasks_1-20_v1-2/en/{task}_{part}.txt")
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text))
    subject = rng.integers(2, size=60)
    words = [[int(rng.random() < (0.8 if w % 2 == s else 0.1)) for w in range(10)] for s in subject]
    lines = [f"p{i} {' '.join(map(str, w))} S{s}" for i, (w, s) in enumerate(zip(words, subject, strict=True))]
    (place / "cora.content").write_text("\n".join(lines))
    pairs = [(i, j) for i in range(60) for j in range(i) if subject[i] == subject[j] and rng.random() < 0.2]
    (place / "cora.cites").write_text("\n".join(f"p{i} p{j}" for i, j in [*pairs]) + "\np0 stranger\n")
    return str(place)


def _story(rng: np.random.Generator) -> str:
    who, where = (["Mary", "John"][rng.integers(2)], ["garden", "office", "kitchen"][rng.integers(3)])
    return f"1 {who} went to the {where}.\n2 Where is {who}? \t{where}\t1\n"


@pytest.mark.parametrize("name", EVERY)
def test_a_problem_has_a_start_in_its_space(name: str) -> None:
    problem = module(name).Problem
    assert problem.check(problem.starting_point) == problem.starting_point


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_a_finite_number_everywhere_and_the_same_twice(name: str) -> None:
    it = module(name)
    configs = it.Problem.encoding.decode(it.Problem.encoding.sample(20, np.random.default_rng(0)))
    values = [it.run(config) for config in configs]
    assert all(type(v) is float and math.isfinite(v) and v <= 0 for v in values)
    assert values == [it.run(config) for config in configs]


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("rosen2", {"x1": 1.0, "x2": 1.0}),
        ("rosen10", {f"x{i}": 1.0 for i in range(1, 11)}),
        ("rosen30", {f"x{i}": 1.0 for i in range(1, 31)}),
        ("polynome2", {f"e{i}": 0 for i in range(10)}),
        ("dummy1", {"x": 0.0, "y": 0.0, "penalty": "no"}),
    ],
)
def test_the_maximum_of_a_function_is_zero_at_a_point_of_its_space(name: str, best: dict[str, Any]) -> None:
    it = module(name)
    assert it.run(it.Problem.check(best)) == 0.0
    assert it.run(it.Problem.starting_point) < 0.0


def test_more_steps_without_a_penalty_fit_a_better_line() -> None:
    run = module("dummy2").run
    assert run({"epochs": 500, "learning_rate": 0.05, "penalty": 0.0}) > -0.02
    assert run({"epochs": 5, "learning_rate": 0.001, "penalty": 1.0}) < -1.0


def test_sums_are_written_with_the_characters_that_the_network_knows() -> None:
    X, y = addition(200)
    assert (X.shape, y.shape) == ((200, 7, 12), (200, 4))
    asked = ["".join(" +0123456789"[int(c)] for c in row.argmax(1))[::-1].strip() for row in X]
    answered = ["".join(" +0123456789"[c] for c in row).strip() for row in y]
    assert all(sum(map(int, q.split("+"))) == int(a) for q, a in zip(asked, answered, strict=True))
    assert len(set(asked)) == 200


@pytest.mark.parametrize("name", [*IMAGES, *FILES])
def test_a_missing_file_says_where_to_get_it_and_where_to_put_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    readers = {"mnist": data.mnist, "cifar": data.cifar10, "b": lambda: stories("qa1"), "gen": citations}
    read = next(r for prefix, r in readers.items() if ("cifar" if name == "capsule" else name).startswith(prefix))
    with pytest.raises(InvalidInput, match=r"does not exist\. Get it from .* and set HYPERSONDE_DATA to its directory"):
        read()


def test_images_are_read_as_their_makers_write_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 28, 28), dtype=np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=images, y_train=np.arange(6), x_test=images[:2], y_test=np.arange(2))
    train, test = data.mnist(str(tmp_path))
    assert (train.X.shape, test.X.shape, train.y.tolist()) == ((6, 1, 28, 28), (2, 1, 28, 28), list(range(6)))
    np.testing.assert_allclose(train.X[3, 0], images[3] / 255.0, rtol=1e-6)

    records = rng.integers(0, 10, (4, 3073), dtype=np.uint8)
    with tarfile.open(tmp_path / "cifar-10-binary.tar.gz", "w:gz") as tar:
        for name in ("test_batch.bin", "data_batch_2.bin", "data_batch_1.bin", "readme.html"):
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = records.nbytes
            tar.addfile(info, io.BytesIO(records.tobytes()))
    train, test = data.cifar10(str(tmp_path))
    assert (train.X.shape, test.X.shape) == ((8, 3, 32, 32), (4, 3, 32, 32))
    assert test.y.tolist() == records[:, 0].tolist()


def test_stories_and_papers_are_read(files: str) -> None:
    told = stories("qa1_single-supporting-fact", files)
    assert [a.shape for a in told.train] == [(120, 6), (120, 4), (120,)]
    assert told.words == 12 + 1
    papers = citations(files)
    assert (papers.X.shape, papers.A.shape) == ((60, 10), (60, 60))
    np.testing.assert_array_equal(papers.A, papers.A.T)
    with pytest.raises(InvalidInput, match=r"has no file .*qa9_train\.txt\. Get it anew from"):
        stories("qa9", files)


def test_filters_of_a_graph_are_what_the_papers_say() -> None:
    A = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=np.float32)
    (local,) = supports(A, {"filter": "localpool", "sys_norm": False})
    np.testing.assert_allclose(local.sum(axis=1), 1.0)
    T = supports(A, {"filter": "chebyshev", "sys_norm": True, "max_degree": 3})
    assert T.shape == (4, 3, 3)
    np.testing.assert_allclose(T[3], 4 * T[1] @ T[1] @ T[1] - 3 * T[1], atol=1e-6)


@pytest.mark.parametrize("name", GOOD)
def test_a_network_learns_or_one_line_says_what_to_install(name: str, files: str) -> None:
    it = module(name)
    config = it.Problem.check({**TRAINED, "learning_rate": 0.01, **GOOD[name]})
    settings: dict[str, Any] = {"data_source": data.DIGITS} if name in IMAGES else {"data_source": files}
    settings = {"questions": 4_000} if name == "b1" else settings
    if importlib.util.find_spec("torch") is None:
        with pytest.raises(MissingExtra, match=r"a benchmark network needs torch.* pip install 'hypersonde\[torch\]'"):
            it.run(config, **settings)
    else:
        assert BETTER_THAN.get(name, 0.5) < it.run(config, **settings) <= 1.0
