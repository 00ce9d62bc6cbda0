"""Explains a search from its log: why a trial was suggested, and how far the models can be trusted."""

from __future__ import annotations

import math

import numpy as np
from rich.console import Console

from hypersonde.cli import summary
from hypersonde.cli.kept import Kept
from hypersonde.cli.screen import console, shown, table
from hypersonde.cli.why import explain_trial
from hypersonde.models.calibration import Agreement
from hypersonde.study.explanation import (
    LEAST,
    ModelQuality,
    failure_kinds,
    model_quality,
    proposers,
    recorded_agreement,
)
from hypersonde.trials import History, State

_SURPRISES = 5


def explain(kept: Kept, trial: str | None) -> None:
    """Print the diagnostics of a study, or of one of its trials.

    Raises
    ------
    InvalidInput : there is no study, or no such trial.
    """
    _, history = kept.read()
    if trial is None:
        _study(console(), history)
    else:
        explain_trial(console(), history, summary.the_trial(history, trial, kept).number)


def _study(screen: Console, history: History) -> None:
    _say(screen, f"{summary.counts(history)}.")
    models = [model_quality(history, i) for i in range(len(history.metrics))]
    for i, model in enumerate(models):
        screen.print()
        if model is None:
            _say(screen, f"model of {history.metrics[i].name}: {_no_model(history, i)}")
        else:
            _model(screen, model, history)
    screen.print()
    _learned(screen, history)
    _recorded(screen, history, models[0])
    _proposers(screen, history)
    _failures(screen, history)


# -- the model -----------------------------------------------------------------------------------------


def _no_model(history: History, metric: int) -> str:
    losses = history.losses[:, metric]
    values = int(np.isfinite(losses).sum())
    if values < LEAST:
        return f"too little to go by, {values} values of at least {LEAST}."
    return f"nothing to predict, all {values} values are the same."


def _model(screen: Console, model: ModelQuality, history: History) -> None:
    part = "" if model.used == model.values else f" of {model.values}"
    _say(
        screen, f"model of {model.metric.name}: a Gaussian process on {model.used}{part} trials, each left out in turn"
    )
    _say(screen, f"  left out     {_fit(model.agreement)}")
    _say(screen, f"  refitted     {_fit(model.refitted)}: {_trust(model.refitted)}")
    _say(screen, f"  residuals    {_residuals(model.agreement)}")
    _say(screen, f"  noise        {model.noise:.2g} of the spread of the results")
    _say(screen, f"  surprises    {_surprises(model, history)}")
    _say(screen, f"  best         {_promise(model, history)}")
    rows = [[p.name, f"{100 * p.effect:.0f} %", f"{p.length:.2g}"] for p in model.parameters]
    screen.print()
    screen.print(table(["parameter", "effect", "length scale"], rows))


def _fit(agreement: Agreement) -> str:
    return f"R2 {_number(agreement.r_squared)}, rank correlation {_number(agreement.rank_correlation)}"


def _trust(agreement: Agreement) -> str:
    if not agreement.r_squared > 0.0:
        return "no better than the mean of all results, so read nothing into the parameters below"
    if agreement.r_squared < 0.5:
        return "a hint at most"
    return "fair" if agreement.r_squared < 0.8 else "good"


def _residuals(agreement: Agreement) -> str:
    mean = f"mean {agreement.bias:+.2f} (+ is worse than predicted)"
    return f"{mean}, root mean square {agreement.spread:.2f}, in deviations (right: 0 and 1)"


def _surprises(model: ModelQuality, history: History) -> str:
    if not model.surprises:
        return "none: no trial is more than 3 deviations from what the others say"
    named = [
        f"trial {history.label(s.number)} ({abs(s.off):.1f} deviations {'worse' if s.off > 0 else 'better'})"
        for s in model.surprises[:_SURPRISES]
    ]
    more = len(model.surprises) - _SURPRISES
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _promise(model: ModelQuality, history: History) -> str:
    found, at = model.promise, [m.name for m in history.metrics].index(model.metric.name)
    label = history.label(found.number)
    says = f"trial {label} by the model: {found.predicted:.6g}, deviation {found.deviation:.2g}"
    losses = history.losses[:, at]
    if np.isnan(losses).all():
        return says
    best = int(np.nanargmin(losses))
    return f"{says}; by its value: trial {history.label(best)}, {history[best].values[at]:.6g}"


def _learned(screen: Console, history: History) -> None:
    """The weights that the sampler gave to other studies, when it last chose by them."""
    for trial in reversed(history):
        if learned := trial.why.get("learned"):
            _say(
                screen,
                f"learned from     {learned} (weight at trial {history.label(trial.number)}; 0 says nothing here)",
            )
            screen.print()
            return


# -- the intervals -------------------------------------------------------------------------------------


def _recorded(screen: Console, history: History, model: ModelQuality | None) -> None:
    recorded = recorded_agreement(history)
    what = f"predictions of {history.metrics[0].name} when trials were suggested"
    if recorded is None:
        _say(screen, f"{what}: none recorded")
    elif recorded.count < LEAST:
        _say(screen, f"{what}: {recorded.count}, too few to judge")
    else:
        _say(screen, f"{what}: {recorded.count}, of the function itself, without the noise of measuring")
        _say(screen, f"  predicted    {_fit(recorded)}")
        _say(screen, f"  residuals    {_residuals(recorded)}")
    _intervals(screen, history, model, recorded)


def _intervals(screen: Console, history: History, model: ModelQuality | None, recorded: Agreement | None) -> None:
    judged: dict[str, Agreement] = {}
    if model is not None:
        judged["left out"] = model.agreement
        judged["refitted"] = model.refitted
    if recorded is not None and recorded.count >= LEAST:
        judged["when suggested"] = recorded
        noisy = recorded_agreement(history, model.noise_at) if model is not None else None
        if noisy is not None:
            judged["with noise added"] = noisy
    if judged:
        screen.print()
        screen.print(table(["intervals", *judged], _coverage(list(judged.values()))))


def _coverage(agreements: list[Agreement]) -> list[list[str]]:
    by_level = zip(*(a.coverage for a in agreements), strict=True)
    return [
        [
            f"{100 * row[0].level:.0f} %",
            *(f"{100 * c.share:.0f} % ({c.inside} of {c.count}), {c.verdict}" for c in row),
        ]
        for row in by_level
    ]


# -- the proposers -------------------------------------------------------------------------------------


def _proposers(screen: Console, history: History) -> None:
    if not len(history):
        return
    rows = [
        [p.name, p.suggested, f"{100 * p.suggested / len(history):.0f} %", p.failed, p.improved, _number(p.gain, 4)]
        for p in proposers(history)
    ]
    screen.print()
    screen.print(table(["proposer", "suggested", "share", "failed", "improvements", "mean improvement"], rows))


def _failures(screen: Console, history: History) -> None:
    screen.print()
    if not history.count(State.FAILED):
        _say(screen, "failures: none")
        return
    rows = [
        [k.kind, k.count, history.label(k.example.number), shown(k.example.failure)] for k in failure_kinds(history)
    ]
    screen.print(table(["failure", "trials", "latest", "which says"], rows))


def _number(value: float, digits: int = 2) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}g}"


def _say(screen: Console, line: str) -> None:
    screen.print(line, markup=False)
