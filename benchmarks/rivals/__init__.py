"""What people build by themselves for the same task, to measure ours against in the same run."""
