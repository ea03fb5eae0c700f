"""Lists, a page at a time, as the database would give them."""

from collections.abc import Sequence


def paged(keys: Sequence[str], after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Return the keys of one page, and the one to continue from."""
    left = sorted(key for key in keys if after is None or key > after)
    return left[:limit], left[limit - 1] if len(left) > limit else None
