"""What can be said of a study after the fact: why a trial was chosen, and how far its models can be trusted."""

from hypersonde.study.explanation.choice import Choice, Difference, Neighbour, Rank, explain_choice
from hypersonde.study.explanation.failures import FailureKind, failure_kinds
from hypersonde.study.explanation.predictions import Prediction, recorded_agreement
from hypersonde.study.explanation.promise import LEAST, Promise, fitted, promises
from hypersonde.study.explanation.proposers import Proposer, proposer_of, proposers
from hypersonde.study.explanation.quality import ModelQuality, Parameter, Surprise, model_quality

__all__ = [
    "LEAST",
    "Choice",
    "Difference",
    "FailureKind",
    "ModelQuality",
    "Neighbour",
    "Parameter",
    "Prediction",
    "Promise",
    "Proposer",
    "Rank",
    "Surprise",
    "explain_choice",
    "failure_kinds",
    "fitted",
    "model_quality",
    "promises",
    "proposer_of",
    "proposers",
    "recorded_agreement",
]
