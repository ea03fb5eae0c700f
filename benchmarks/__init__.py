"""Speed and size, measured; each run prints what it saw and writes it with machine and commit."""
