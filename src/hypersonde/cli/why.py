"""Says why one trial was suggested, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console

from hypersonde.cli.screen import shown, spelled, table
from hypersonde.study.explanation import Choice, Prediction, Rank, explain_choice, proposer_of
from hypersonde.trials import History, Metric, State, Trial, labelled

_PROPOSERS: Mapping[str, str] = {
    "gp-ei": "expected improvement under the Gaussian process",
    "gp-lcb": "a confidence bound of the Gaussian process",
    "gp-draw": "the minimum of a function drawn from the Gaussian process",
    "gp-hvi": "expected gain of hypervolume under a Gaussian process for each metric",
    "gp-elsewhere": "away from the best, since the search had stalled there",
    "density": "where good trials are dense and bad ones are not",
    "again": "once more what looks best, since its value is in doubt",
    "precedent": "what other studies expect to be good",
    "design": "spread evenly before the model is asked",
    "bowl": "the lowest point of a bowl fitted to the best",
    "evolution": "bred by evolution beside the model",
    "random": "at random",
    "starting point": "given with the problem",
    "queued": "by the user",
    "told": "by the user",
}
_WITHOUT_MODEL = ("grid", "quasirandom", "random")
"""Samplers that go by no result: what they suggest is what their names say."""

_LEFT_OUT = ("proposer", "acquisition", "predicted", "deviation", "distance", "instead")
"""Said in words, or rows that are for the sampler to read; `hypersonde show` prints the record as it is."""

_LITTLE = 0.05


def explain_trial(screen: Console, history: History, number: int) -> None:
    """Print all that is known of the choice of a trial, ``number`` < len(history)."""
    choice = explain_choice(history, number)
    why = labelled(choice.trial.why, history.label)
    lines = {
        "trial": f"{history.label(number)}, {choice.trial.state}",
        "chosen by": _chosen_by(choice.trial),
        **{f"  {name}": shown(value) for name, value in why.items() if not name.startswith(_LEFT_OUT)},
        "known then": f"{choice.known} finished, {choice.pending} without a result",
        "predicted": _predicted(choice, history.metrics),
        "measured": _measured(choice, history.metrics),
        "nearest": _nearest(choice, history),
        "rank": _rank(choice.rank_then, choice.rank_now),
        "incumbent": _incumbent(choice, history),
    }
    for name, value in lines.items():
        screen.print(f"{name:<{max(map(len, lines)) + 2}}{value}", markup=False)
    if choice.differences and choice.incumbent is not None:
        rows = [[d.name, spelled(d.here), spelled(d.incumbent)] for d in choice.differences]
        screen.print()
        screen.print(table(["parameter", *_titles(history, number, choice.incumbent.number)], rows))


def _chosen_by(trial: Trial) -> str:
    name = proposer_of(trial)
    meaning = f", {_PROPOSERS[name]}" if name in _PROPOSERS and trial.origin not in _WITHOUT_MODEL else ""
    return f"{trial.origin or 'unknown'}{'' if name == trial.origin else f': {name}'}{meaning}"


def _predicted(choice: Choice, metrics: Sequence[Metric]) -> str:
    told = [
        f"{metric.name} {shown(prediction.value)}, deviation {prediction.deviation:.2g}"
        for prediction, metric in zip(choice.predictions, metrics, strict=True)
        if prediction is not None
    ]
    return "; ".join(told) or "no prediction recorded"


def _measured(choice: Choice, metrics: Sequence[Metric]) -> str:
    values = choice.trial.values
    if not values:
        return _no_value(choice.trial, metrics[0])
    together = zip(values, choice.predictions, metrics, strict=True)
    return "; ".join(
        f"{metric.name} {shown(value)}{_off(prediction, metric)}" for value, prediction, metric in together
    )


def _off(prediction: Prediction | None, metric: Metric) -> str:
    off = None if prediction is None else prediction.off
    if off is None:
        return ""
    if abs(off) < _LITTLE:
        return ", as predicted"
    return f", {abs(off):.1f} deviations {'worse' if metric.sign * off > 0 else 'better'} than predicted"


def _no_value(trial: Trial, metric: Metric) -> str:
    if not trial.state.final:
        return "nothing yet"
    if trial.state is State.PRUNED and trial.measurements:
        last = trial.measurements[-1]
        return f"nothing: stopped at step {last.step}, where {metric.name} was {shown(last.value)}"
    return f"nothing{'' if trial.failure is None else f': {trial.failure}'}"


def _titles(history: History, *numbers: int) -> list[str]:
    return [f"trial {history.label(number)}" for number in numbers]


def _nearest(choice: Choice, history: History) -> str:
    near = choice.nearest
    if near is None:
        return "nothing had finished"
    recorded = choice.trial.why.get("distance")
    scaled = f"; {recorded:.2g} length scales of the model of then" if isinstance(recorded, float) else ""
    name = history.label(near.trial.number)
    return f"trial {name}, distance {near.distance:.2g}, {near.typical:.2g} between random ones{scaled}"


def _rank(then: Rank | None, now: Rank | None) -> str:
    if then is None or now is None:
        return "none without a value"
    return f"{then.place} of {then.count} then, {now.place} of {now.count} now"


def _incumbent(choice: Choice, history: History) -> str:
    best = choice.incumbent
    if best is None:
        return "none: nothing had a value"
    differ = f"{len(choice.differences)} of {len(history.problem.names)} parameters differ"
    values = ", ".join(f"{m.name} {shown(v)}" for m, v in zip(history.metrics, best.values, strict=True))
    front = ", nearest of those that none dominated" if len(history.metrics) > 1 else ""
    return f"trial {history.label(best.number)}, {values}{front}; {differ}"
