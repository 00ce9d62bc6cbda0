"""A mistake of the user's is one line on standard error and exit code 2."""

import re
from pathlib import Path

import pytest

SEARCH = "hps random -p problem.py -r model_run.py --max-evals 2 --evaluator serial --quiet"

COMMAND = "hps random -p problem.py --max-evals 1 --evaluator serial --quiet --command"

TYPED = [
    # words that do not exist
    ("hpz", "No such command 'hpz'. Did you mean 'hps'.*See: hypersonde --help"),
    ("hps ranom -p problem.py", "unknown search 'ranom'. Did you mean 'random'.*ambs"),
    ("hps --max-evals 3 random", "No such option: --max-evals.*See: hypersonde hps --help"),
    ("new-problem nsa x", "No such command 'nsa'.*See: hypersonde new-problem --help"),
    ("hps random --max-eval 3", "No such option: --max-eval .*--max-evals.*See: hypersonde hps random --help"),
    (f"{SEARCH} --evaluator proces", "unknown evaluator 'proces'. Did you mean 'process'.*thread"),
    (f"{SEARCH} --direction up", "unknown direction of metric 'objective': 'up'.*maximize, minimize"),
    (f"{SEARCH} --metric loss:min", "unknown direction of metric 'loss': 'min'.*minimize"),
    (f"{SEARCH} --metric a:minimize --metric a:maximize", "different names, got \\['a', 'a'\\]"),
    ("hps ambs -p problem.py -r model_run.py --surrogate-model RG", "unknown surrogate 'RG'.*RF"),
    ("hps ambs -p problem.py -r model_run.py --acq-func EJ", "unknown acquisition.* 'EJ'.*EI"),
    ("hps ambs -p problem.py -r model_run.py --liar-strategy cl_mid", "unknown liar strategy 'cl_mid'.*cl_min"),
    # missing or contradictory
    ("hps random", "Missing option '--problem'.*See: hypersonde hps random --help"),
    ("hps random -p problem.py", "needs --run or --command, got neither"),
    (f"{SEARCH} --command true", "needs --run or --command, got both"),
    # a command line for a run function
    (f"{COMMAND} 'true {{m}}'", "unknown placeholder 'm'.*Known: .*n.*config"),
    (f"{COMMAND} 'true {{n'", "command, at '{n': .*braces"),
    (f"{COMMAND} ''", "command: got an empty one, expected such as"),
    (f"{COMMAND} 'sh -c \"echo oh dear >&2; exit 3\"'", "1 of 1 failed with .*exited with status 3: oh dear"),
    (f"{COMMAND} 'echo nothing'", "1 of 1 failed with .*left no objective: the last line of its output is 'nothing'"),
    (f"{COMMAND} no-such-program", "1 of 1 failed with .*cannot start `no-such-program`: No such file"),
    # numbers and times
    (f"{SEARCH} --max-evals 0", "'--max-evals'.*greater than or equal to 1, got '0'"),
    (f"{SEARCH} --max-evals many", "'--max-evals'.*integer.*got 'many'"),
    (f"{SEARCH} --num-workers 0", "'--num-workers'.*got '0'"),
    (f"{SEARCH} --num-workers 2", "--num-workers 2: the serial evaluator has one worker"),
    (f"{SEARCH} --timeout soon", "--timeout: .*got 'soon', expected .*10m"),
    (f"{SEARCH} --timeout 0", "--timeout: .*got '0'"),
    (f"{SEARCH} --grace -1", "--grace: .*got '-1'"),
    (f"{SEARCH} --eval-timeout-minutes -2", "--eval-timeout-minutes: got -2.0, expected minutes above zero"),
    (f"{SEARCH} --seed -1", "a seed is a whole number from 0 up, got -1"),
    ("hps ga -p problem.py -r model_run.py --pop-size 0", "pop_size must be at least 1, got 0"),
    ("hps ambs -p problem.py -r model_run.py --kappa -1", "kappa.*-1"),
    (f"{SEARCH} --num-gpus-per-task 1", "--num-gpus-per-task: the serial evaluator hands out no GPUs"),
    # the problem
    (f"{SEARCH} -p problm.py", "--problem problm.py: the file problm.py does not exist .*Did you mean problem.py"),
    (f"{SEARCH} -p .py", "--problem .py: the file .py does not exist"),
    (f"{SEARCH} -p nothing.problem.Problem", "--problem .*there is no module 'nothing' installed or in "),
    (f"{SEARCH} -p problm.Problem", "there is no module 'problm'.*Did you mean 'problem'"),
    (f"{SEARCH} -p problem.Problm", "there is no 'Problm' in .*problem.py. Did you mean 'Problem'"),
    (f"{SEARCH} -p problem.py:Problm", "there is no 'Problm' in .*problem.py. Did you mean 'Problem'"),
    (f"{SEARCH} -p helper.py", "there is no 'Problem' in .*helper.py. Define an HpProblem"),
    (f"{SEARCH} -p problem.number", "expected an HpProblem or a ConfigurationSpace, got int 3.*'Problem'"),
    (f"{SEARCH} -p problem.HpProblem", "expected an HpProblem.*, got the class HpProblem"),
    (f"{SEARCH} -p problem.Empty", "the search space is empty"),
    (f"{SEARCH} -p problem!", "expected package.module.Problem or a file"),
    (f"{SEARCH} -p package", "there is no 'Problem' in .*package"),
    (f"{SEARCH} -p package.problm.Problem", "there is no module 'problm' in the package 'package'.*'package.problem'"),
    (f"{SEARCH} -p raises.py", "cannot be imported: ZeroDivisionError: division by zero .*raises.py:2\\)"),
    (f"{SEARCH} -p misspelt.py", "cannot be imported: SyntaxError: .*misspelt.py:1\\)"),
    (f"{SEARCH} -p needs.py", "cannot be imported: ModuleNotFoundError: No module named 'not_there'.*needs.py:1\\)"),
    (f"{SEARCH} -p reversed.py", "parameter 'x': a range needs low < high, got \\(5, 1\\).*reversed.py:3\\)"),
    (f"{SEARCH} -p twice.py", "parameter 'x' exists already.*twice.py:4\\)"),
    (f"{SEARCH} -p outside.py", "starting point .*'x'.*outside.py:3\\)"),
    (f"{SEARCH} -p leaves.py", "cannot be imported: SystemExit: 3"),
    (f"{SEARCH} -p json.py", "another module named 'json' .*takes its place. Rename the file json.py"),
    (f"{SEARCH} -p problem.v2.py", "a module's name has no dot. Rename the file problem.v2.py"),
    (f"{SEARCH} --starting-point x=1", "--starting-point: got 'x=1', which is not JSON"),
    (f"{SEARCH} --starting-point 3", "--starting-point: got '3', expected an object"),
    (f"{SEARCH} --starting-point {{}}", "starting point {}: "),
    # the run function
    (f"{SEARCH} -r model_run.number", "--run model_run.number: expected a function, got int 3"),
    (f"{SEARCH} -r model_run.rum", "there is no 'rum' in .*model_run.py. Did you mean 'run'"),
    (f"{SEARCH} -r model_run.pair", "the run function takes \\(a, b\\), expected exactly one argument"),
    (f"{SEARCH} -r model_run.nothing", "2 of 2 failed with BadResult: the run function returned None"),
    (
        f"{SEARCH} -r model_run.not_a_number",
        "BadResult: the run function returned nan for 'objective', expected a finite",
    ),
    (f"{SEARCH} -r model_run.infinite", "BadResult: the run function returned inf for 'objective', expected a finite"),
    (
        f"{SEARCH} -r model_run.word",
        "BadResult: the run function returned str 'good' for 'objective', expected a finite",
    ),
    (f"{SEARCH} -r model_run.array", "BadResult: the run function returned an array of shape .3,. for 'objective'"),
    (f"{SEARCH} -r model_run.never", "2 of 2 failed with ValueError: no way. .*output/000000.txt.*hypersonde show"),
    (f"{SEARCH} --cache-key no.thing", "--cache-key no.thing: there is no module 'no'"),
    # where to
    (f"{SEARCH} --log-dir problem.py", "problem.py cannot be made: .*/problem.py is a file.*--log-dir"),
    (f"{SEARCH} --log-dir problem.py/deeper", "deeper cannot be made: .*/problem.py is a file"),
    (f"{SEARCH} -p nope.py", r"nope.py does not exist \(working directory: \S+\)\.$"),
    (f"{SEARCH} -p problen.py", r"Did you mean problem.py\?"),
    (f"{SEARCH.replace(' random ', ' auto ')} --initial-points -4", "Auto: initial must be at least 1, got -4"),
    ("hp", r"No such command 'hp'. Did you mean 'hps'\? See: hypersonde --help$"),
    ("topk nothing.csv", "nothing.csv cannot be read: No such file"),
    ("topk empty.csv", "empty.csv has no results yet"),
    ("topk head.csv", "head.csv has no results yet"),
    ("topk foreign.csv", "foreign.csv is not a table of results: no column 'trial'"),
    ("topk binary.csv", "binary.csv is not a table of results"),
    ("topk foreign.csv -o best.txt", "--output best.txt: .*.json, .yaml or .csv"),
    ("topk foreign.csv -k 0", "'-k' / '--k'.*got '0'"),
    ("show", "there is no study in .*: no file study.db"),
    ("start-project my-project", "a project is a Python package.*got 'my-project'. Try 'my_project'"),
    ("start-project class", "got 'class'. Try 'my_class'"),
    ("start-project package", "package exists already. Choose another name"),
    ("new-problem hps 2d", "a problem is a Python package.*got '2d'"),
    ("new-problem hps package", "package exists already. Choose another name"),
    ("new-problem hps x --framework karas", "unknown framework 'karas'. Did you mean 'keras'.*sklearn"),
]

FILES = {
    "raises.py": "\n1 / 0\n",
    "misspelt.py": "def run(config:\n",
    "needs.py": "import not_there\n",
    "reversed.py": "from hypersonde import HpProblem\n\nProblem = HpProblem({'x': (5, 1)})\n",
    "twice.py": "from hypersonde import HpProblem\nProblem = HpProblem()\nProblem.add_dim('x', (1, 5))\n"
    "Problem.add_dim('x', (1, 5))\n",
    "outside.py": "from hypersonde import HpProblem\nProblem = HpProblem({'x': (1, 5)})\n"
    "Problem.add_starting_point(x=6)\n",
    "leaves.py": "import sys\nsys.exit(3)\n",
    "json.py": "",
    "problem.v2.py": "",
    "package/__init__.py": "",
    "package/problem.py": "",
    "empty.csv": "",
    "head.csv": "x,objective,trial\n",
    "foreign.csv": "x,y\n1,2\n",
}


@pytest.mark.parametrize(
    ("line", "expected"), TYPED, ids=[line.replace(SEARCH, "..").replace(COMMAND, "--command") for line, _ in TYPED]
)
def test_a_mistake_is_one_line_with_the_way_out(hypersonde, place, line, expected):
    for name, text in FILES.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text)
    (place / "binary.csv").write_bytes(bytes(range(256)))
    said = hypersonde(line)
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert re.match(f"error: .*{expected}", said.err), said.err
    assert "Traceback" not in said.out + said.err


def test_a_resumed_search_with_another_seed_or_space_says_what_changed(searched):
    again = "hps random -r model_run.py --max-evals 13 --evaluator serial"
    assert "its seed is 3, now 4 is given" in searched(again, "-p", "problem.py", "--seed", 4).err
    assert "its search space has changed" in searched(again, "-p", "problem.Space").err


def test_verbose_shows_the_traceback_too(hypersonde):
    said = hypersonde("hps", "random", "-p", "nothing.py", "-r", "model_run.py", "--verbose")
    assert said.code == 2
    assert said.err.startswith("error: --problem nothing.py")
    assert "Traceback" in said.err


def test_a_fault_is_one_line_that_names_the_file_with_the_traceback(hypersonde, place):
    (place / "faulty.py").write_text("def key(config):\n    return config['not there']\n")
    said = hypersonde(SEARCH, "--cache-key", "faulty.key")
    assert said.code == 1
    assert re.fullmatch(r"error: unexpected KeyError: 'not there'. The traceback is in (.*); .*\n", said.err), said.err
    assert "Traceback" in (place / "hypersonde.log").read_text()


def test_a_fault_outside_a_search_keeps_its_traceback_in_a_file_of_its_own(hypersonde, monkeypatch):
    monkeypatch.delattr("hypersonde.cli.catalog.samplers")
    said = hypersonde("samplers")
    assert said.code == 1
    kept = re.fullmatch(r"error: unexpected AttributeError: .* The traceback is in (\S+); .*\n", said.err)[1]
    assert "Traceback" in Path(kept).read_text()
    Path(kept).unlink()
