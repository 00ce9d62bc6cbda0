"""Two numbers for a program that is not Python."""

from hypersonde import HpProblem

Problem = HpProblem({"width": (1, 20), "height": (1, 20)})
