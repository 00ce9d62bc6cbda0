"""The forest in machine code: the same integers drawn and the same sums as in numpy, tree by tree."""
