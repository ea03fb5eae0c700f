"""The `facegraph` command: one verb a file."""
