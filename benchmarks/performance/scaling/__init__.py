"""Replicas, threads and batches on the CPU at hand, and what they tell of more cores."""
