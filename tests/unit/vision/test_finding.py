"""Two looks: the same landmarks, and so the same vector, from near and from afar."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.messages.embedder import Analysis, Photo
from deployments.vision.detections import Detection
from deployments.vision.detector import MANNERS
from deployments.vision.finding import CLOSE_SIZE, QUICK_SIZE, Finder
from deployments.vision.pictures import Picture, Pixels
from deployments.vision.pipeline import Pipeline
from deployments.vision.views import View
from tests.unit.vision.photographs import empty, group, photo_of, portrait

Points = NDArray[np.float32]

LANDMARKS = np.array([[40, 50], [70, 50], [55, 65], [42, 80], [68, 80]], np.float32)
FACE = Detection(np.array([30, 30, 80, 100], np.float32), 0.9, LANDMARKS)


class Told:
    """A detector that finds what it was told to, and notes the size of each view it was shown."""

    manner = MANNERS["yunet"]

    def __init__(self, *found: Detection) -> None:
        self.found = list(found)
        self.sizes: list[int] = []
        self.runs: list[tuple[int, int]] = []

    def detect(self, views: Sequence[View]) -> list[list[Detection]]:
        """Note size and number of the views of a run."""
        self.runs.append((len(views[0].pixels), len(views)))
        return [self.found for _ in views]

    def detect_in_runs(self, views: Sequence[View], at_once: int) -> list[list[Detection]]:
        """Return the same for every view."""
        assert at_once > 0
        self.sizes += [len(view.pixels) for view in views]
        return [self.found for _ in views]


def finder(
    detector: Told, *, size: int = 640, second_look: bool = True, photos_at_once: int = 1
) -> Finder:
    """Return a finder whose full look is 640 px unless told otherwise."""
    return Finder(
        detector,  # type: ignore[arg-type]
        size=size,
        second_look=second_look,
        photos_at_once=photos_at_once,
        faces_at_once=2,
    )


def scored(score: float, side: float = 50) -> Detection:
    """Return a face of a score and a size."""
    return Detection(np.array([30, 30, 30 + side, 30 + side], np.float32), score, LANDMARKS)


def odd(
    box: tuple[float, float, float, float] = (30, 30, 80, 100), landmarks: Points = LANDMARKS
) -> Detection:
    """Return a claim that a network may make."""
    return Detection(np.array(box, np.float32), 0.9, landmarks)


def people(pipeline: Pipeline, picture: Pixels) -> list[np.ndarray]:
    """Return the vectors of a picture's faces from left to right."""
    analysis = pipeline.analyse([photo_of(picture)])[0]
    assert isinstance(analysis, Analysis)
    faces = sorted(analysis.faces, key=lambda face: face.bbox[0])
    return [face.vector for face in faces if face.vector is not None]


def test_a_small_face_is_the_same_from_afar(pipeline: Pipeline) -> None:
    """The six of a group photo and of the same photo at half its size are alike."""
    near = people(pipeline, group())
    far = people(pipeline, np.asarray(cv2.resize(group(), None, fx=0.5, fy=0.5), np.uint8))

    assert len(near) == len(far) == 6
    assert min(float(one @ other) for one, other in zip(near, far, strict=True)) > 0.75


def test_two_of_nearly_one_size_are_looked_at_closer() -> None:
    """Which of them is larger is more than a quick look can tell."""
    detector = Told(scored(0.9, side=50), scored(0.9, side=44))
    finder(detector).find([Picture(empty(200, 200))], [True])
    assert detector.sizes == [QUICK_SIZE, 640]


@pytest.mark.parametrize(
    ("face", "only_largest", "sizes"),
    [
        pytest.param(scored(0.9), True, [QUICK_SIZE], id="certain"),
        pytest.param(scored(0.79), True, [QUICK_SIZE, 640], id="a low score"),
        pytest.param(scored(0.9, side=19), True, [QUICK_SIZE, 640], id="small"),
        pytest.param(scored(0.9), False, [640], id="every face wanted"),
    ],
)
def test_a_quick_look_is_enough_where_it_is_certain(
    face: Detection, only_largest: bool, sizes: list[int]
) -> None:
    """Where one face is wanted, and a large one is plainly there, nobody looks closer."""
    detector = Told(face)
    found = finder(detector).find([Picture(empty(200, 200))], [only_largest])
    assert found == [[face]]
    assert detector.sizes == sizes


def test_without_a_second_look_there_is_one_full_look() -> None:
    """Landmarks are then those of the full look, as insightface takes them."""
    detector = Told(FACE)
    one = finder(detector, second_look=False)
    picture = Picture(empty(200, 200))
    assert one.find([picture], [True]) == [[FACE]]
    assert one.look_again([(picture, FACE)]) == [FACE]
    assert detector.sizes == [640]


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param([odd(landmarks=LANDMARKS * np.float32("nan"))], id="landmarks nowhere"),
        pytest.param([odd(landmarks=LANDMARKS * 0 + 50)], id="landmarks in one point"),
        pytest.param([odd(box=(30, 30, np.inf, 100))], id="a box without end"),
        pytest.param([odd(box=(80, 100, 30, 30))], id="a box turned inside out"),
        pytest.param([odd(box=(210, 210, 250, 250))] * 2, id="two beyond the edge"),
    ],
)
@pytest.mark.parametrize("only_largest", [True, False])
def test_what_can_be_no_face_is_none(claims: list[Detection], *, only_largest: bool) -> None:
    """A network's odd claims are dropped at any look, and none of them breaks what follows."""
    picture = Picture(empty(200, 200))
    assert finder(Told(*claims)).find([picture], [only_largest]) == [[]]
    again = finder(Told(*claims)).look_again([(picture, FACE)])[0]
    assert again.landmarks is FACE.landmarks


@pytest.mark.parametrize("size", [QUICK_SIZE, CLOSE_SIZE, 640])
def test_every_run_that_may_come_is_warmed_up(size: int) -> None:
    """Also where a full look has the size of another one: each size at its largest number."""
    detector = Told()
    finder(detector, size=size, photos_at_once=4).warm_up()
    full, close = [(size, 1), (size, 2), (size, 4)], [(CLOSE_SIZE, 1), (CLOSE_SIZE, 2)]
    quick = [(QUICK_SIZE, 1), (QUICK_SIZE, 2)]
    assert detector.runs == sorted({*full, *close, *quick})


def test_small_squares_run_together_and_full_ones_by_the_photo() -> None:
    """A full look takes the memory of many small ones: how many of each run at once is apart."""
    at_once: list[tuple[int, int]] = []

    class Counting(Told):
        def detect_in_runs(self, views: Sequence[View], most: int) -> list[list[Detection]]:
            """Note the size of the views, and how many of them may run at once."""
            at_once.append((len(views[0].pixels), most))
            return [self.found for _ in views]

    one, pictures = finder(Counting(scored(0.7)), photos_at_once=1), [Picture(empty(200, 200))] * 2
    one.find(pictures, [True, True])
    one.look_again([(picture, FACE) for picture in pictures])
    assert at_once == [(QUICK_SIZE, 2), (640, 1), (CLOSE_SIZE, 2)]


def test_each_photo_gets_its_own_faces() -> None:
    """Quick and full looks at photos of one batch come back in the photos' order."""

    class BySize(Told):
        def detect_in_runs(self, views: Sequence[View], at_once: int) -> list[list[Detection]]:
            """Return a face whose score is how bright the view is."""
            self.sizes.append(at_once)
            return [[scored(float(view.pixels.max()) / 255)] for view in views]

    pictures = [Picture(np.full((200, 200, 3), value, np.uint8)) for value in (250, 100, 230)]
    found = finder(BySize()).find(pictures, [True, True, False])
    assert [round(faces[0].score * 255) for faces in found] == [250, 100, 230]


@pytest.mark.parametrize("seen", [[], [Detection(np.array([0, 0, 20, 20]), 0.9, LANDMARKS)]])
def test_a_face_not_seen_again_stays(seen: list[Detection]) -> None:
    """Where the second look finds nobody in its middle, the first one holds."""
    again = finder(Told(*seen)).look_again([(Picture(empty(200, 200)), FACE)])[0]
    assert again.landmarks is FACE.landmarks


def test_of_several_the_one_nearest_to_the_middle_gives_the_landmarks() -> None:
    """A neighbour who came into view is not the face that was looked for; box and score stay."""
    aside = Detection(np.array([50, 40, 95, 100], np.float32), 0.95, LANDMARKS + 9)
    middle = Detection(np.array([32, 30, 80, 102], np.float32), 0.8, LANDMARKS + 1)
    again = finder(Told(aside, middle)).look_again([(Picture(empty(200, 200)), FACE)])[0]
    assert again.landmarks is middle.landmarks
    assert again.box is FACE.box
    assert again.score == FACE.score


def test_no_faces_no_look() -> None:
    """A photo without faces costs nothing more."""
    detector = Told()
    assert finder(detector).look_again([]) == []
    assert detector.sizes == []


@pytest.mark.parametrize("size", [512, 1900])
def test_a_quick_look_and_a_full_one_see_the_same_person(pipeline: Pipeline, size: int) -> None:
    """Enrolment looks at all of a photo, identification at its largest face: one vector."""
    photo = photo_of(cv2.resize(portrait(), (size, size)).astype(np.uint8))
    quick, full = pipeline.analyse(
        [Photo(photo.data, max_faces=1, embed="largest"), Photo(photo.data, embed="largest")]
    )
    assert isinstance(quick, Analysis)
    assert isinstance(full, Analysis)
    one, other = quick.faces[0].vector, full.faces[0].vector
    assert one is not None
    assert other is not None
    assert float(one @ other) > 0.95
