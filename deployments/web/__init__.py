"""HTTP: what the ingress serves. Knows the other nodes by their ports only, and nothing of Ray."""
