"""The options that all searches of hyperparameters share, each with its default and its help."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hypersonde.cli.choices import EVALUATORS, PRUNERS
from hypersonde.cli.words import parameter
from hypersonde.evaluators import Command
from hypersonde.study import OBJECTIVE, Study

_SPACE: Final = "What to search"
_WHERE: Final = "Where to run"
_WHEN: Final = "When to stop"
_KEEP: Final = "What to keep and show"


def _option(*names: str, help: str, panel: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """What was typed after ``hypersonde hps NAME``, the sampler's own options apart."""

    problem: Annotated[
        str,
        _option("--problem", "-p", panel=_SPACE, help="The space: pkg.problem.Problem, problem.py or problem.py:NAME."),
    ]
    run: Annotated[
        str | None,
        _option(
            "--run", "-r", panel=_SPACE, help="The run function: pkg.module.run, model_run.py or model_run.py:NAME."
        ),
    ] = None
    command: Annotated[
        str | None,
        _option("--command", panel=_SPACE, help="A command line instead of --run: 'train.sh {lr} {units}'."),
    ] = None
    objective: Annotated[
        str,
        _option("--objective", panel=_SPACE, help="Where --command leaves its result: last-line, or a file's name."),
    ] = parameter(Command, "objective")[1]
    run_renamed: Annotated[
        bool,
        _option("--run-renamed", panel=_SPACE, help="Join trials of another --run or --command: it is the same one."),
    ] = False
    metric: Annotated[
        list[str],
        _option("--metric", panel=_SPACE, help="What is measured, as NAME or NAME:direction; repeat for several."),
    ] = field(default_factory=lambda: [OBJECTIVE.name])
    direction: Annotated[
        str, _option("--direction", panel=_SPACE, help="maximize or minimize, for metrics that do not say.")
    ] = OBJECTIVE.direction
    starting_point: Annotated[
        list[str],
        _option("--starting-point", panel=_SPACE, help="A configuration to run first, as JSON; may be repeated."),
    ] = field(default_factory=list)
    seed: Annotated[
        int | None, _option("--seed", panel=_SPACE, help="Of all randomness; drawn and recorded when not given.")
    ] = None
    evaluator: Annotated[
        str, _option("--evaluator", panel=_WHERE, help=f"{', '.join(EVALUATORS)} (see: hypersonde evaluators).")
    ] = "process"
    num_workers: Annotated[
        int | None, _option("--num-workers", panel=_WHERE, min=1, show_default="one per core", help="At the same time.")
    ] = None
    num_cpus_per_task: Annotated[
        int, _option("--num-cpus-per-task", panel=_WHERE, min=1, help="Cores for each evaluation.")
    ] = 1
    num_gpus_per_task: Annotated[
        int, _option("--num-gpus-per-task", panel=_WHERE, min=0, help="GPUs for each evaluation, its own ones.")
    ] = 0
    num_ranks_per_eval: Annotated[
        int, _option("--num-ranks-per-eval", panel=_WHERE, min=1, help="MPI ranks that share one evaluation.")
    ] = 1
    address: Annotated[
        str | None, _option("--address", panel=_WHERE, help="Of the cluster that runs already, for ray and dask.")
    ] = None
    evaluator_option: Annotated[
        list[str],
        _option(
            "--evaluator-option",
            "-O",
            panel=_WHERE,
            help="NAME=VALUE for the evaluator's engine: -O cluster=slurm -O queue=debug; may be repeated.",
        ),
    ] = field(default_factory=list)
    cache_key: Annotated[
        str,
        _option(
            "--cache-key", panel=_WHERE, help="uuid: evaluate everything; to_dict: nothing twice; or pkg.function."
        ),
    ] = "uuid"
    max_evals: Annotated[
        int,
        _option("--max-evals", panel=_WHEN, min=1, help="Evaluations in the study at the end, earlier ones included."),
    ] = 100
    timeout: Annotated[
        str | None, _option("--timeout", panel=_WHEN, help="Time for this run: seconds, or 90s, 10m, 2h.")
    ] = parameter(Study.run, "timeout")[1]
    wall_time: Annotated[
        str | None,
        _option(
            "--wall-time",
            panel=_WHEN,
            help="Time until a batch queue ends this job: nothing starts that cannot finish before, all ends in order.",
        ),
    ] = parameter(Study.run, "wall_time")[1]
    eval_timeout_minutes: Annotated[
        float | None, _option("--eval-timeout-minutes", panel=_WHEN, help="Time for one evaluation, killed then.")
    ] = parameter(Study.run, "time_limit")[1]
    grace: Annotated[
        str, _option("--grace", panel=_WHEN, help="Time for running evaluations to end after Ctrl-C: seconds, 2m.")
    ] = f"{parameter(Study.run, 'grace')[1]:g}"
    max_failures: Annotated[
        int,
        _option("--max-failures", panel=_WHEN, min=0, help="Give up when the first so many of a run fail; 0: never."),
    ] = parameter(Study.run, "max_failures")[1]
    pruner: Annotated[
        str | None,
        _option(
            "--pruner", panel=_WHEN, help=f"{', '.join(PRUNERS)}; settings after a colon: hyperband:max_resource=81."
        ),
    ] = None
    log_dir: Annotated[
        Path, _option("--log-dir", panel=_KEEP, help="Holds study.db, results.csv, hypersonde.log and output/.")
    ] = Path()
    storage: Annotated[
        str | None,
        _option(
            "--storage",
            panel=_KEEP,
            show_default="study.db in the log directory",
            help="Shared log: a SQLite file, postgresql+psycopg://USER@HOST/DB or spool:DIR; all who name it join in.",
        ),
    ] = None
    study_name: Annotated[
        str, _option("--study-name", panel=_KEEP, help="Of the study in its storage, which may hold several.")
    ] = parameter(Study, "name")[1]
    quiet: Annotated[bool, _option("--quiet", "-q", panel=_KEEP, help="Print errors only.")] = False
    verbose: Annotated[
        bool, _option("--verbose", panel=_KEEP, help="A line for every evaluation; tracebacks of errors.")
    ] = False
