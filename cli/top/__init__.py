"""`facegraph top`: what a running service does, read from its own `/metrics` and nothing else."""
