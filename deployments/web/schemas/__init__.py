"""What goes over the wire, by the contract's names; one module a family of routes."""
