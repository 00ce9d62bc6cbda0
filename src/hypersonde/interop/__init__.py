"""Fifth floor: the ways of writing a search that users of other projects have, as thin faces over our own."""
