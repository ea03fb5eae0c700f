"""What is told of a licence, known or not."""

import pytest

from deployments.vision.catalogue import KNOWN
from deployments.vision.licences import KNOWN as KNOWN_LICENCES
from deployments.vision.licences import NON_COMMERCIAL, licence_of
from deployments.vision.packs import Pack


@pytest.mark.parametrize("pack", KNOWN.values(), ids=KNOWN.keys())
def test_every_known_pack_has_a_licence_that_is_known(pack: Pack) -> None:
    """Whoever is asked to accept a licence is told who grants it and where to read it."""
    licence = KNOWN_LICENCES[pack.licence]
    assert licence.commercial_use == pack.commercial_use
    assert licence.read_at.startswith("https://")


def test_a_licence_we_do_not_know_says_what_its_pack_says() -> None:
    """A manifest gives a name and whether commercial use is allowed; nothing is made up."""
    licence = licence_of("ours", commercial_use=False)
    assert (licence.name, licence.commercial_use) == ("ours", False)
    assert licence_of(NON_COMMERCIAL.name, commercial_use=True) is NON_COMMERCIAL
