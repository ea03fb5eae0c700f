"""Accuracy: photos of known people in, error rates and thresholds out."""
