"""First floor: arrays in, predictions out; models know nothing of trials."""
