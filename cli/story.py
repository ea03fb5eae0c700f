"""What the demo does with a service that is up: six people, one stranger, one erasure."""

import json
import math
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.pictures import (
    Box,
    Label,
    Picture,
    annotated,
    centre,
    changed,
    crop,
    group_photo,
    jpeg,
    stranger_photo,
)

NAMES = ("Alex", "Blake", "Casey", "Drew", "Ellis", "Finley")
CONSENT = {"reference": "demo", "purpose": "demonstration", "given_at": "2026-01-01T00:00:00Z"}
NOBODY = "no_match"
STAGES = {
    "decode": ("decode",),
    "detect": ("detect",),
    "embed": ("align", "embed"),
    "database": ("search", "write"),
    "total": ("total",),
}


class Story:
    """A client of one collection, and the table of what it asked and was told."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.collection = f"demo-{uuid4().hex[:8]}"
        self.wrong = 0
        self.table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), caption="Stages in milliseconds")
        for name in ("asked", "decided"):
            self.table.add_column(name, no_wrap=True)
        for name in ("cosine", *STAGES):
            self.table.add_column(name, justify="right")

    @property
    def path(self) -> str:
        """The collection's path."""
        return f"/v1/collections/{self.collection}"

    def send(self, path: str, picture: Picture, **options: Any) -> httpx.Response:
        """Post one photo the fast way: raw bytes as the body, options in the query string."""
        content = jpeg(picture, quality=80)
        return self.client.post(
            path, params=options, content=content, headers={"Content-Type": "image/jpeg"}
        )

    def tell(
        self,
        asked: str,
        answer: httpx.Response | None,
        *,
        expected: str,
        seen: str,
        similarity: float | None = None,
    ) -> bool:
        """Add a row to the table, timed where the answer is given; seen must be as expected."""
        right = seen == expected
        self.wrong += not right
        decided = f"[green]{seen}[/]" if right else f"[red]{seen}[/], expected {expected}"
        shown = "" if similarity is None else f"{similarity:.3f}"
        self.table.add_row(asked, decided, shown, *_stages(answer))
        return right


def play(story: Story) -> Picture:
    """Play the story and return the changed group photo with every decision drawn on it."""
    group = group_photo()
    boxes = _find_six(story, group)
    ids = {name: _enrol(story, name, crop(group, box)) for name, box in boxes.items()}
    copy, matrix = changed(group, degrees=4.0, brightness=0.75)
    spots = {centre(box, matrix): name for name, box in boxes.items()}

    labels = _identify_all(story, copy, spots, enrolled=set(NAMES))
    portrait = crop(copy, next(label.box for label in labels if label.name == "Blake"))
    _verify(story, portrait, ids, claimed="Blake", expected="match")
    _verify(story, portrait, ids, claimed="Casey", expected=NOBODY)
    _stranger(story)
    _erase(story, "Alex", ids["Alex"])
    _identify_all(story, copy, spots, enrolled=set(NAMES) - {"Alex"})
    return annotated(copy, labels)


def checked(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON of a good answer; raises RuntimeError with the problem of a bad one."""
    if answer.is_error:
        raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.text}")
    body: dict[str, Any] = answer.json()
    return body


def _find_six(story: Story, group: Picture) -> dict[str, Box]:
    """Detect the six and name them from left to right."""
    answer = story.send("/v1/faces/detect", group)
    boxes = sorted((face["bbox"] for face in checked(answer)["faces"]), key=centre)
    story.tell("detect the group", answer, expected="6 faces", seen=f"{len(boxes)} faces")
    return dict(zip(NAMES, boxes, strict=True))


def _enrol(story: Story, name: str, portrait: Picture) -> str:
    answer = story.client.post(
        f"{story.path}/identities",
        data={"external_id": name.lower(), "display_name": name, "consent": json.dumps(CONSENT)},
        files={"images": (f"{name}.jpg", jpeg(portrait), "image/jpeg")},
    )
    identity = checked(answer)
    seen = f"{len(identity['faces'])} face"
    story.tell(f"enrol {name}", answer, expected="1 face", seen=seen)
    return str(identity["id"])


def _identify_all(
    story: Story,
    copy: Picture,
    spots: Mapping[tuple[float, float], str],
    *,
    enrolled: set[str],
) -> list[Label]:
    """Identify every face of the copy; each must be who stood at that spot, if still enrolled."""
    answer = story.send(f"{story.path}/identify", copy, faces="all")
    labels: list[Label] = []
    for face in sorted(checked(answer)["faces"], key=lambda face: centre(face["bbox"])):
        name = spots[min(spots, key=lambda spot: math.dist(spot, centre(face["bbox"])))]
        best = face["matches"][0] if face["matches"] else {}
        seen = best.get("display_name", "?") if face["decision"] == "match" else face["decision"]
        right = story.tell(
            f"identify {name}",
            None if labels else answer,
            expected=name if name in enrolled else NOBODY,
            seen=seen,
            similarity=best.get("similarity"),
        )
        shown = f"{seen} {best['similarity']:.2f}" if best else seen
        labels.append(Label(name=name, box=face["bbox"], text=shown, good=right))
    story.tell("faces in the copy", None, expected="6", seen=str(len(labels)))
    return labels


def _verify(
    story: Story, portrait: Picture, ids: Mapping[str, str], *, claimed: str, expected: str
) -> None:
    answer = story.send(f"{story.path}/identities/{ids[claimed]}/verify", portrait)
    body = checked(answer)
    story.tell(
        f"verify Blake as {claimed}",
        answer,
        expected=expected,
        seen=body["decision"],
        similarity=body["similarity"],
    )


def _stranger(story: Story) -> None:
    answer = story.send(f"{story.path}/identify", stranger_photo())
    seen = checked(answer)["faces"][0]["decision"]
    story.tell("identify a stranger", answer, expected=NOBODY, seen=seen)


def _erase(story: Story, name: str, identity_id: str) -> None:
    path = f"{story.path}/identities/{identity_id}"
    answer = story.client.delete(path)
    confirmed = checked(answer)["search_confirms_absence"]
    story.tell(f"erase {name}", answer, expected="erased", seen="erased" if confirmed else "found")
    again = story.client.get(path)
    story.tell(f"read {name}", again, expected="404", seen=str(again.status_code))


def _stages(answer: httpx.Response | None) -> list[str]:
    """Return what the Server-Timing header tells of each stage, blank for one that did not run."""
    if answer is None:
        return []
    pairs = (stage.split(";dur=") for stage in answer.headers["Server-Timing"].split(", "))
    told = {name: float(duration) for name, duration in pairs}
    sums = (sum(told.get(stage, 0.0) for stage in stages) for stages in STAGES.values())
    return [f"{milliseconds:.1f}" if milliseconds else "" for milliseconds in sums]
