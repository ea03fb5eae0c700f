"""What crosses a handle: frozen values, shared vocabulary of every layer, no behaviour to speak of.

Times are aware datetimes in UTC. A budget is what is left of the caller's deadline, in seconds:
a duration survives the hop to another machine, an instant of a monotonic clock does not.

Import a name from the module that holds it. While a rollout replaces replicas two releases call
each other, and pickle writes down where a class is from: a class that moves is one that the release
before does not find.
"""
