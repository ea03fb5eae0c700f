"""Settings from the environment and the shape of the logs."""
