"""The pipeline as `serve_config.yaml` ships it, on one thread of a CPU if not told otherwise."""

from dataclasses import replace
from pathlib import Path

import yaml

from deployments.arguments import GraphArguments
from deployments.messages.embedder import Analysis, Photo, Vector
from deployments.vision.alignment import CROP_SIZE
from deployments.vision.engines import EngineWish, Place, Session, Shape
from deployments.vision.fastest import open_network
from deployments.vision.finding import CLOSE_SIZE, QUICK_SIZE
from deployments.vision.graphs import graphs_of
from deployments.vision.packs import Pack, Role, WeightsFile
from deployments.vision.pipeline import Pipeline

# One 12 megapixel photo is 36 MB of pixels; nothing that is measured here is larger.
_MAX_PIXELS = 40_000_000

# What identify asks of a photo.
IDENTIFY = Photo(b"", max_faces=1, embed="largest")


def arguments() -> GraphArguments:
    """Return what the shipped file says of pack, device, engine and detector."""
    document = yaml.safe_load((Path(__file__).parents[2] / "serve_config.yaml").read_text())
    return GraphArguments.model_validate(document["applications"][0]["args"])


def open_pipeline(
    pack: Pack,
    *,
    threads: int = 1,
    detector_size: int | None = None,
    engine: EngineWish | None = None,
    second_look: bool | None = None,
) -> Pipeline:
    """Return a warm pipeline of a pack; what is not given is as shipped."""
    shipped = arguments()
    pipeline = Pipeline(
        pack,
        threads=threads,
        device="cpu",
        engine=engine or shipped.engine,
        detector_size=detector_size or shipped.detector_size,
        second_look=shipped.second_look if second_look is None else second_look,
        max_pixels=_MAX_PIXELS,
    )
    pipeline.warm_up()
    return pipeline


def shapes() -> dict[Role, list[Shape]]:
    """Return the shapes that the networks run at: quick and second looks, full looks, faces."""
    shipped = arguments()
    looks = {QUICK_SIZE, CLOSE_SIZE} if shipped.second_look else set()
    sides = looks | {shipped.detector_size}
    return {
        "detector": [(1, 3, side, side) for side in sorted(sides)],
        "recogniser": [(1, 3, CROP_SIZE, CROP_SIZE)],
    }


def open_session(pack: Pack, role: Role) -> Session:
    """Return one network of a pack on the session that the pipeline would run it on."""
    graphs = graphs_of(pack, file_of(pack, role))
    place = Place("cpu", arguments().engine, threads=1)
    session, _ = open_network(graphs, place, shapes()[role])
    return session


def file_of(pack: Pack, role: Role) -> WeightsFile:
    """Return the network of a pack that has a role."""
    return pack.detector if role == "detector" else pack.recogniser


def analyse(pipeline: Pipeline, photo: Photo) -> Analysis:
    """Return the analysis of one photo, and raise what is wrong with it."""
    (result,) = pipeline.analyse([photo])
    if isinstance(result, Exception):
        raise result
    return result


def asking(wish: Photo, data: bytes) -> Photo:
    """Return a photo with a wish."""
    return replace(wish, data=data)


def identified(pipeline: Pipeline, data: bytes) -> Analysis:
    """Analyse a photo as identify sends it."""
    return analyse(pipeline, asking(IDENTIFY, data))


def vector_of(pipeline: Pipeline, data: bytes, wish: Photo) -> Vector | None:
    """Return the vector of the largest face, None where there is no face."""
    return largest_vector(analyse(pipeline, replace(wish, data=data)))


def largest_vector(analysis: Analysis) -> Vector | None:
    """Return the vector of the first face, which is the largest."""
    return analysis.faces[0].vector if analysis.faces else None
