"""`make bench`: how fast the whole system is, layer by layer, beside its rivals in the same run."""
