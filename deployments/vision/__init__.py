"""Arrays in, arrays out: photos become faces, quality and unit vectors. No Ray, no SQL.

Nor HTTP, but for `zoo`, which fetches packs when an operator installs one.
"""
