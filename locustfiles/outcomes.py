"""What may come of a request under load, by the names that records and statistics give it."""

ACCEPTED, REFUSED = "accepted", "refused"
LOG_IN = "log in"  # Asked once in a while for all users; no part of a load.
BEGINNING = "beginning"  # In the first line of a record, which is no request.
