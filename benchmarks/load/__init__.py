"""`make load`: the shape of the service under load, with its bounds; see docs/load.md."""
