"""A regression problem whose network is tuned: the data, the run function, the search space."""
