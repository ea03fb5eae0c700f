"""The routes, one module a family: parse, ask the ports, answer."""
