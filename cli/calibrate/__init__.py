"""`facegraph calibrate`: thresholds with stated errors, from photos of one's own."""
