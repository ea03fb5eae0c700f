"""The deployment graph: ingress, embedder, matcher, and what lies beneath each."""
