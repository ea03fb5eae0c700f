"""Figures in, docs/models.md and its pictures out."""
