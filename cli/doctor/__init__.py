"""`facegraph doctor`: looks at all that a service needs, changes nothing, and says what to mend.

A module a topic; each check is a generator of findings over a `Case`, and `examination` runs them.
"""
