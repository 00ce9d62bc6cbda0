"""Evolution: operators on encoded rows, each a plain function, and the samplers made of them."""
