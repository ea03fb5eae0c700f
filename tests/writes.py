"""What a service has acknowledged as written, and whether all of it is still so."""

from dataclasses import dataclass, field

import httpx

# What a receipt says of somebody enrolled with one photo: their template counts, and is gone.
RECEIPT = '"erased":{"identities":1,"faces":1,"crops":0},"search_confirms_absence":true'
VERIFIED = 20  # At most so many are compared with their photo.
IMAGE = {"Content-Type": "image/jpeg"}


@dataclass(slots=True)
class Writes:
    """What the service has acknowledged: who is enrolled, and who was and is erased."""

    enrolled: dict[str, None] = field(default_factory=dict)  # Oldest first.
    erased: set[str] = field(default_factory=set)

    def assert_kept(self, client: httpx.Client, gallery: str, photo: bytes) -> None:
        """Everybody enrolled is there and known; nobody erased is there, or found by a search.

        Whoever is left is erased on the way: the receipts tell of each template, and of a gallery
        full of the same face no search would tell who else is in it.
        """
        there = _everybody(client, gallery)
        counts = client.get(gallery).json()["counts"]
        assert self.enrolled.keys() - there.keys() == set()
        assert self.erased & there.keys() == set()
        assert {each: faces for each, faces in there.items() if faces != 1} == {}
        assert counts == {"identities": len(there), "faces": len(there)}
        assert _unknown(client, gallery, self._spread(), photo) == []
        assert _badly_erased(client, gallery, there) == []
        assert _found(client, gallery, photo) == ("no_match", [])

    def _spread(self) -> list[str]:
        enrolled = list(self.enrolled)
        return enrolled[:: len(enrolled) // VERIFIED + 1]


def _everybody(client: httpx.Client, gallery: str) -> dict[str, int]:
    """Return how many faces each person has who is enrolled, read page by page."""
    there: dict[str, int] = {}
    options = {"limit": "200"}
    while True:
        page = client.get(f"{gallery}/identities", params=options).json()
        there |= {each["id"]: len(each["faces"]) for each in page["items"]}
        if page["next_cursor"] is None:
            return there
        options["cursor"] = page["next_cursor"]


def _unknown(client: httpx.Client, gallery: str, people: list[str], photo: bytes) -> list[str]:
    """Return the answers of those whom their own photo does not match."""
    paths = [f"{gallery}/identities/{each}/verify" for each in people]
    answers = [client.post(each, content=photo, headers=IMAGE) for each in paths]
    return [each.text for each in answers if each.json().get("decision") != "match"]


def _badly_erased(client: httpx.Client, gallery: str, people: dict[str, int]) -> list[str]:
    """Erase them all, and return the answers that are no receipt of one person with one face."""
    answers = [client.delete(f"{gallery}/identities/{each}") for each in people]
    return [each.text for each in answers if RECEIPT not in each.text]


def _found(client: httpx.Client, gallery: str, photo: bytes) -> tuple[str, list[str]]:
    """Search for the photo, and return the decision and who is named."""
    answer = client.post(f"{gallery}/identify", content=photo, headers=IMAGE)
    (face,) = answer.json()["faces"]
    return face["decision"], [each["identity_id"] for each in face["matches"]]
