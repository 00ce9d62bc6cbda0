"""A pruner from the command line."""

import pytest

from hypersonde.cli.choices import PRUNERS
from hypersonde.cli.pruning import build_pruner
from hypersonde.errors import InvalidInput
from hypersonde.pruners import Hyperband, Median


def test_a_word_is_a_pruner_and_settings_follow_a_colon():
    assert isinstance(build_pruner("median"), Median)
    assert build_pruner("median:startup=3,warmup=2").startup == 3
    assert build_pruner("successive-halving:reduction_factor=3").reduction_factor == 3
    assert isinstance(build_pruner("hyperband:max_resource=81"), Hyperband)


def test_every_word_is_the_name_of_its_pruner():
    assert [word for word, choice in PRUNERS.items() if choice.load().name != word] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("medain", "unknown pruner 'medain'. Did you mean 'median'"),
        ("median:start=3", "unknown setting of pruner median: 'start'. Did you mean 'startup'"),
        ("median:startup=soon", "startup is 'soon', expected a number"),
        ("hyperband", "hyperband needs max_resource. Write --pruner hyperband:max_resource=100"),
    ],
)
def test_what_is_no_pruner_is_one_line_that_says_how_to_write_it(text, says):
    with pytest.raises(InvalidInput, match=says):
        build_pruner(text)


def test_a_search_from_the_command_line_prunes(hypersonde, place):
    (place / "curve.py").write_text(
        "import time\n"
        "def run(trial):\n"
        "    for step in range(30):\n"
        "        time.sleep(0.005)\n"
        "        trial.report(trial['x'], step)\n"
        "        if trial.should_stop():\n"
        "            break\n"
        "    return trial['x']\n"
    )
    line = "hps random -p problem.py -r curve.py --evaluator thread --num-workers 2 --max-evals 20 --seed 1"
    said = hypersonde(f"{line} --pruner median:startup=4")
    assert said.code == 0
    assert "pruned" in said.out
