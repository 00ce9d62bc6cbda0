"""The table of finished trials: every column has a name of its own, and any text can be written."""

from hypersonde.problem import HpProblem
from hypersonde.trials import History, Metric
from hypersonde.trials.table import FIXED, columns


def test_no_two_columns_have_the_same_name_whatever_parameters_and_metrics_are_called():
    names = ["trial", "parameter:trial", "loss", "metric:loss", "x"]
    history = History(
        HpProblem(dict.fromkeys(names, (0.0, 1.0))), [Metric("loss", "minimize"), Metric("state", "minimize")]
    )
    made = columns(history, ["x", "metric:state", "epochs"])
    assert len(set(made)) == len(made)
    assert set(FIXED) < set(made)
    assert dict(zip(history.problem.names, made, strict=False)) == {
        "trial": "parameter:parameter:trial",
        "parameter:trial": "parameter:trial",
        "loss": "loss",
        "metric:loss": "metric:loss",
        "x": "x",
    }
    assert made[len(names) : len(names) + 2] == ["metric:metric:loss", "metric:state"]
    assert made[-1] == "epochs"
