"""A regression problem: its data, its search space, and the function that trains and scores a model."""
