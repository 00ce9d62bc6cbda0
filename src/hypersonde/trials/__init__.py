"""Second floor: trials, what can happen to them, and the history they make."""

from hypersonde.failure import Failure
from hypersonde.trials.events import Event, Finished, Queued, Released, Reported, Started, renumbered
from hypersonde.trials.history import History
from hypersonde.trials.metric import Metric
from hypersonde.trials.part import Part
from hypersonde.trials.references import REFERENCES, labelled, references, referred, rewritten
from hypersonde.trials.trial import Measurement, State, Trial

__all__ = [
    "REFERENCES",
    "Event",
    "Failure",
    "Finished",
    "History",
    "Measurement",
    "Metric",
    "Part",
    "Queued",
    "Released",
    "Reported",
    "Started",
    "State",
    "Trial",
    "labelled",
    "references",
    "referred",
    "renumbered",
    "rewritten",
]
