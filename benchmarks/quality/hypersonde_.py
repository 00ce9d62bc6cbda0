"""HyperSonde's samplers behind the ask and tell of the side-by-side bench (see README.md)."""

import ablations
from base import BaseAdapter


def _parameter(p):
    import ConfigSpace as cs

    if p["type"] == "float":
        return cs.UniformFloatHyperparameter(p["name"], p["low"], p["high"], log=bool(p.get("log")))
    if p["type"] == "int":
        return cs.UniformIntegerHyperparameter(p["name"], p["low"], p["high"], log=bool(p.get("log")))
    if p["type"] == "ord":
        return cs.OrdinalHyperparameter(p["name"], p["choices"])
    return cs.CategoricalHyperparameter(p["name"], p["choices"])


def problem(space):
    """The bench's neutral space as an HpProblem, conditions included."""
    import ConfigSpace as cs

    from hypersonde.problem import HpProblem

    hp_problem = HpProblem()
    parameters = {p["name"]: _parameter(p) for p in space.params}
    hp_problem.add(*parameters.values())
    for p in space.params:
        if "cond" in p:
            parent = parameters[p["cond"]["parent"]]
            hp_problem.add_condition(cs.InCondition(parameters[p["name"]], parent, p["cond"]["values"]))
    return hp_problem


class Adapter(BaseAdapter):
    """A study in memory.

    ``sampler`` names a class in hypersonde.samplers, ``options`` are its arguments; ``without`` is an ingredient
    of the default sampler to leave out (see ablations.py; each run is a process of its own).
    """

    foreign = True

    @staticmethod
    def preload():
        import scipy.optimize  # noqa: F401

        import hypersonde.samplers.auto
        import hypersonde.study  # noqa: F401

    def __init__(self, space, seed, workers, budget, sampler="Auto", without=None, **options):
        super().__init__(space, seed, workers, budget)
        from hypersonde import samplers
        from hypersonde.storage import MemoryStorage
        from hypersonde.study import Study
        from hypersonde.trials import Metric

        if without is not None:
            ablations.INGREDIENTS[without]()
        chosen = getattr(samplers, sampler)(**options)
        metric = Metric("loss", "minimize")
        self.study = Study(problem(space), metrics=metric, sampler=chosen, storage=MemoryStorage(), seed=seed)

    def ask(self, n):
        trials = self.study.ask(n)
        for trial in trials:
            self.remember(self.space.canonical(trial.config), trial.number)
        return [dict(trial.config) for trial in trials]

    def tell(self, results):
        for config, value in results:
            number = self.recall(config)
            self.study.tell(config if number is None else number, value)
