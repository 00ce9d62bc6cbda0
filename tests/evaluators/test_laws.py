"""The laws of evaluators, over every local one."""

from hypersonde.evaluators import (
    Evaluator,
    ProcessEvaluator,
    SerialEvaluator,
    SubprocessEvaluator,
    ThreadEvaluator,
)
from hypersonde.testing.evaluators import EvaluatorLaws


class TestSerial(EvaluatorLaws):
    concurrent = False
    isolates = False
    kills_children = False
    catches_children = False

    def make(self, workers: int) -> Evaluator:
        return SerialEvaluator()


class TestThread(EvaluatorLaws):
    isolates = False
    kills = False
    kills_children = False
    catches_children = False

    def make(self, workers: int) -> Evaluator:
        return ThreadEvaluator(workers)


class TestProcess(EvaluatorLaws):
    def make(self, workers: int) -> Evaluator:
        return ProcessEvaluator(workers)


class TestSubprocess(EvaluatorLaws):
    def make(self, workers: int) -> Evaluator:
        return SubprocessEvaluator(workers)
