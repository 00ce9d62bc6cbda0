"""The parts of the default sampler, each a module of its own."""
