"""The tables of words: what there is, what each needs, and what happens without it."""

import inspect
import re

import pytest

from hypersonde import evaluators, samplers
from hypersonde.cli.choices import EVALUATORS, SAMPLERS
from hypersonde.cli.words import Choice, Flag, parameter
from hypersonde.evaluators import Evaluator
from hypersonde.samplers import Sampler

GUEST = Choice(
    "guest", "a_library.not_there:Guest", "Somebody else's.", (Flag("--g", "g", "G."),), (), ("not_there",), "guest"
)


@pytest.mark.parametrize("table", [SAMPLERS, EVALUATORS], ids=["samplers", "evaluators"])
def test_every_word_stands_for_a_class_of_its_kind_and_every_flag_for_a_parameter(table):
    for name, choice in table.items():
        made = choice.load()
        assert name == choice.name
        assert issubclass(made, Sampler if table is SAMPLERS else Evaluator)
        parameters = inspect.signature(made).parameters
        assert {flag.parameter for flag in choice.flags} | set(choice.fixed) <= set(parameters)


def test_every_public_sampler_and_evaluator_has_its_word():
    for module, kind, table in ((samplers, Sampler, SAMPLERS), (evaluators, Evaluator, EVALUATORS)):
        public = [getattr(module, name) for name in module.__all__]
        made = {c for c in public if isinstance(c, type) and issubclass(c, kind) and not inspect.isabstract(c)}
        assert made <= {choice.load() for choice in table.values()}


def test_a_parameter_that_takes_a_word_or_an_object_is_a_word_on_the_command_line():
    assert parameter(SAMPLERS["ambs"].load(), "surrogate")[0] is str


def test_the_lists_say_what_there_is_and_what_is_installed(hypersonde, monkeypatch):
    monkeypatch.setitem(SAMPLERS, "guest", GUEST)
    assert re.search(r"ambs +yes +Asynchronous", hypersonde("samplers").out)
    assert re.search(r"guest +no: pip install 'hypersonde\[guest\]' +Somebody else's\.", hypersonde("samplers").out)
    assert re.search(r"process +yes +Worker processes", hypersonde("evaluators").out)


def test_a_word_whose_library_is_missing_is_listed_and_names_the_extra_when_it_is_used(hypersonde, monkeypatch):
    monkeypatch.setitem(SAMPLERS, "guest", GUEST)
    assert "Somebody else's." in hypersonde("hps --help").out
    said = hypersonde("hps guest -p problem.py -r model_run.py --g 3")
    assert said.code == 2
    assert said.err == (
        "error: 'guest' needs not_there, which is not installed. Run: pip install 'hypersonde[guest]'\n"
    )
