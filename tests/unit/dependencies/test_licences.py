"""A licence is allowed, explained, or refused; the page says what is installed."""

import pytest

from dependencies.licences import Policy, complaints, page

ALLOWED = Policy(
    frozenset({"MIT", "BSD"}), {"proxy": {"declares": "GPL", "reason": "A program of its own."}}
)


@pytest.mark.parametrize(
    ("package", "licence", "refused"),
    [
        ("any", "MIT", False),
        ("any", "GPL", True),
        ("any", "UNKNOWN", True),
        ("any", "MIT OR GPL", False),
        ("any", "MIT AND BSD", False),
        ("any", "MIT AND GPL", True),
        ("any", "BSD; MIT", False),
        ("any", "BSD; GPL", True),
        ("proxy", "GPL", False),
        ("proxy", "AGPL", True),
    ],
)
def test_a_licence_is_allowed_or_explained(package: str, licence: str, refused: bool) -> None:
    """A choice is as good as its best, a sum as its worst; a reason is for one licence only."""
    assert ALLOWED.refuses(package, licence) is refused


def test_the_page_that_was_written_is_current() -> None:
    """Nothing is complained of right after writing; the reason stands beside the licence."""
    licences = {"any": "MIT", "proxy": "GPL"}
    written = page(licences, ALLOWED)
    assert "| proxy | GPL | A program of its own. |\n" in written
    assert complaints(licences, ALLOWED, written) == []


@pytest.mark.parametrize(
    ("licences", "complaint"),
    [
        ({"any": "BSD"}, "docs/licences.md is not current: `make audit` writes it."),
        ({"any": "AGPL"}, "any is under AGPL, which pyproject.toml neither allows nor explains."),
    ],
)
def test_what_has_changed_is_told(licences: dict[str, str], complaint: str) -> None:
    """Another licence makes the page stale, and one that nobody allowed is told by name."""
    assert complaint in complaints(licences, ALLOWED, page({"any": "MIT"}, ALLOWED))
