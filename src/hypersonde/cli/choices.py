"""The words of the command line for samplers and evaluators: one table each, nothing loaded until it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hypersonde.cli.words import Choice, Flag

SAMPLERS: Final[Mapping[str, Choice]] = {
    choice.name: choice
    for choice in (
        Choice(
            "auto",
            "hypersonde.samplers:Auto",
            "The recommended search: chooses for itself, whatever the space.",
            (
                Flag("--initial-points", "initial", "Evaluations before its model is asked; chosen itself by default."),
                Flag(
                    "--learn-from",
                    "precedents",
                    "Log directory of an earlier study that may be alike; may be given several times.",
                    reader="hypersonde.study.reading:read_precedents",
                ),
            ),
        ),
        Choice(
            "ambs",
            "hypersonde.samplers:AMBS",
            "Asynchronous model-based search: a surrogate model chooses what looks best.",
            (
                Flag("--surrogate-model", "surrogate", "Model of the objective: RF, ET, GBRT, GP or DUMMY (random)."),
                Flag("--acq-func", "acquisition", "Acquisition function: LCB, EI, PI or gp_hedge."),
                Flag("--kappa", "kappa", "Exploration in LCB: higher explores more."),
                Flag("--xi", "xi", "Improvement that EI and PI look for; higher explores more."),
                Flag(
                    "--liar-strategy",
                    "liar",
                    "For what still runs: cl_max, cl_min, cl_mean; topk, boltzmann, qUCB.",
                ),
                Flag("--initial-points", "initial_points", "Results to wait for before the model takes over."),
            ),
        ),
        Choice(
            "tpe",
            "hypersonde.samplers:TPE",
            "Tree-structured Parzen estimator: where good results are dense and bad ones are not.",
            (
                Flag("--initial-points", "initial_points", "Results of a Sobol design before densities are estimated."),
                Flag("--candidates", "candidates", "Draws of which the best is suggested."),
            ),
        ),
        Choice(
            "thompson",
            "hypersonde.samplers:Thompson",
            "Thompson sampling: each suggestion is the best of one function that the model deems possible.",
            (
                Flag("--surrogate-model", "surrogate", "Model of the objective, a word that ambs knows."),
                Flag("--initial-points", "initial_points", "Results of a Sobol design before the model takes over."),
                Flag("--candidates", "candidates", "Configurations at which functions are imagined."),
            ),
        ),
        Choice("random", "hypersonde.samplers:Random", "Random search over the priors of the space."),
        Choice(
            "ga",
            "hypersonde.samplers:GA",
            "Genetic search: parents are selected, crossed and mutated, without generations.",
            (
                Flag("--pop-size", "pop_size", "How many of the best trials may breed."),
                Flag("--mate-prob", "mate_prob", "Probability of mixing two parents."),
                Flag("--mut-prob", "mut_prob", "Probability that a parameter is drawn anew, not moved."),
                Flag("--random-prob", "random_prob", "Probability of a draw from the whole space instead."),
                Flag("--rivals", "rivals", "How many compete to become a parent."),
                Flag("--sigma", "sigma", "Largest move of a parameter, as a share of its range."),
            ),
        ),
        Choice(
            "islands",
            "hypersonde.samplers:Islands",
            "Several searches side by side; good trials move between them. Under mpirun, without a manager.",
            (
                Flag("--islands", "islands", "How many."),
                Flag("--topology", "topology", "Who sends to whom: ring, star, full, none, or '[[0,1],[1,0]]'."),
                Flag("--migration-prob", "migration_prob", "Probability of a migration with each trial."),
                Flag("--exchange", "exchange", "copy: who goes stays at home too; move: who goes is gone there."),
                Flag("--emigration", "emigration", "Who goes: best, worst or uniform."),
                Flag("--immigration", "immigration", "Whom a newcomer replaces: none, best, worst or uniform."),
                Flag(
                    "--size",
                    "sizes",
                    "Share of the evaluations of an island; once for each, all the same without it.",
                    reader="hypersonde.cli.islands:read_sizes",
                ),
                Flag(
                    "--sampler",
                    "samplers",
                    "What searches on an island, like ga:pop_size=32 or auto; several take turns. By default, ga.",
                    reader="hypersonde.cli.islands:read_samplers",
                ),
            ),
            examples=(
                "hypersonde hps islands -p problem.py -r run.py --islands 4 \\\n  --topology ring --migration-prob 0.1",
                "hypersonde hps islands -p problem.py -r run.py --size 3 --size 1 \\\n"
                "  --sampler ga:pop_size=32 --sampler auto --exchange move",
                "mpirun -n 4 hypersonde hps islands -p problem.py -r run.py \\\n  --log-dir runs/first",
                "hypersonde storage merge runs/first runs/merged",
            ),
        ),
        Choice(
            "differential-evolution",
            "hypersonde.samplers:DifferentialEvolution",
            "L-SHADE: differences between configurations are the steps; adapts to what worked.",
            (
                Flag(
                    "--population", "population", "Individuals at the start; by default, by the space and the budget."
                ),
                Flag("--budget", "budget", "Trials over which the population shrinks; by default --max-evals."),
                Flag("--again/--no-again", "again", "Whether what looks best may be tried again, for noise."),
            ),
        ),
        Choice(
            "cmaes",
            "hypersonde.samplers:CMAES",
            "CMA-ES: learns where to draw from, and in which directions.",
            (
                Flag("--population", "population", "Results per move; by default, by the number of parameters."),
                Flag("--sigma", "sigma", "Deviation at the start, as a share of each range."),
                Flag("--active/--no-active", "active", "Whether bad results narrow the search where they lie."),
                Flag("--separable/--full", "separable", "One deviation for each number, or a full covariance."),
                Flag("--margin/--no-margin", "margin", "Whether neighbouring values of an integer stay in reach."),
            ),
        ),
        Choice(
            "pso",
            "hypersonde.samplers:PSO",
            "A particle swarm.",
            (
                Flag("--particles", "particles", "Size of the swarm."),
                Flag(
                    "--motion",
                    "motion",
                    "How particles move: basic, clamping, constriction or canonical; like clamping:v_limits=0.1.",
                    reader="hypersonde.cli.swarms:read_motion",
                ),
            ),
        ),
        Choice(
            "nelder-mead",
            "hypersonde.samplers:NelderMead",
            "A simplex that crawls downhill; for a handful of numbers.",
            (
                Flag("--alpha", "alpha", "Reflection."),
                Flag("--gamma", "gamma", "Expansion."),
                Flag("--rho", "rho", "Contraction."),
                Flag("--sigma", "sigma", "Shrinkage."),
                Flag("--scale", "scale", "Edge of a new simplex, as a share of each range."),
            ),
        ),
        Choice(
            "regularized-evolution",
            "hypersonde.samplers:RegularizedEvolution",
            "Children of good recent results; the oldest leave.",
            (
                Flag(
                    "--population-size",
                    "P",
                    "The latest results, which may breed; by default 50, or fewer.",
                ),
                Flag("--sample-size", "S", "How many of them compete to become the parent; by default, half."),
                Flag("--sigma", "sigma", "Largest step of a number, as a share of its range."),
            ),
        ),
        Choice(
            "nsga2",
            "hypersonde.samplers:NSGA2",
            "Genetic search for several metrics at once.",
            (
                Flag("--pop-size", "pop_size", "Results that survive; by default 50, fewer in short searches."),
                Flag("--mate-prob", "mate_prob", "Probability of mixing two parents."),
                Flag(
                    "--mut-prob", "mut_prob", "Probability that a parameter mutates; by default, one over their number."
                ),
                Flag("--eta-c", "eta_c", "Closeness of children to their parents."),
                Flag("--eta-m", "eta_m", "Closeness of mutants to what they were."),
            ),
        ),
        Choice(
            "grid",
            "hypersonde.samplers:Grid",
            "Every combination of evenly spaced values, spread over the space first.",
            (Flag("--resolution", "resolution", "Values of each number; integers with fewer have all of them."),),
        ),
        Choice(
            "sobol", "hypersonde.samplers:QuasiRandom", "A Sobol sequence: covers the space more evenly than chance."
        ),
        Choice(
            "halton",
            "hypersonde.samplers:QuasiRandom",
            "A Halton sequence: the same with other points.",
            fixed={"sequence": "halton"},
        ),
        Choice(
            "lhs",
            "hypersonde.samplers:QuasiRandom",
            "Latin hypercubes: every parameter evenly spread over its range.",
            (Flag("--points", "points", "Configurations in one hypercube."),),
            fixed={"sequence": "lhs"},
        ),
    )
}
"""Samplers by name: the commands of ``hypersonde hps``."""

EVALUATORS: Final[Mapping[str, Choice]] = {
    choice.name: choice
    for choice in (
        Choice(
            "serial", "hypersonde.evaluators:SerialEvaluator", "One after the other in this process; for debugging."
        ),
        Choice("thread", "hypersonde.evaluators:ThreadEvaluator", "Threads of this process; for quick run functions."),
        Choice("process", "hypersonde.evaluators:ProcessEvaluator", "Worker processes that are used again."),
        Choice("subprocess", "hypersonde.evaluators:SubprocessEvaluator", "A fresh process for every evaluation."),
        Choice(
            "mpi",
            "hypersonde.evaluators:MpiEvaluator",
            "The ranks of mpirun -n N: one manages, the others evaluate.",
            libraries=("mpi4py",),
            extra="mpi",
            collective=True,
        ),
        Choice(
            "ray",
            "hypersonde.evaluators:RayEvaluator",
            "A Ray cluster: one that runs (--address), or one on this machine.",
            libraries=("ray",),
            extra="ray",
        ),
        Choice(
            "dask",
            "hypersonde.evaluators:DaskEvaluator",
            "A Dask cluster: one that runs (--address), one here, or one in a batch queue (-O cluster=slurm).",
            libraries=("distributed",),
            extra="dask",
        ),
        Choice(
            "parsl",
            "hypersonde.evaluators:ParslEvaluator",
            "Pilot jobs of Parsl: here, or in a batch queue (-O provider=slurm).",
            libraries=("parsl",),
            extra="parsl",
        ),
    )
}
"""Evaluators by name: the words for ``--evaluator``."""

PRUNERS: Final[Mapping[str, Choice]] = {
    choice.name: choice
    for choice in (
        Choice("median", "hypersonde.pruners:Median", "Stops what is worse than the median at the same step."),
        Choice("percentile", "hypersonde.pruners:Percentile", "Stops what is not among the best percent."),
        Choice("successive-halving", "hypersonde.pruners:SuccessiveHalving", "Asynchronous successive halving."),
        Choice("hyperband", "hypersonde.pruners:Hyperband", "Successive halving from several starting lines."),
    )
}
