"""By what a decision is made: policies, what stands behind them, and the threshold of each case."""
