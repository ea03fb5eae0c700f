"""The architecture that people build first, written plainly: FastAPI, threads, pgvector.

One route takes a JPEG. Stock InsightFace (`benchmarks/subjects/stock.py`) runs in a thread pool,
the vector of the largest face is searched for in PostgreSQL over a pool of connections, and who is
alike enough is told. It searches the very table and index that the service searches.

It does less than the service: no tokens and no rights, no limits, no deadline and no bound on its
queue, no judgement of a photo's quality, no look at consent, no policy, no audit and no metrics;
what strangers send is decoded in the process that answers. None of what that saves is counted.

uvicorn --factory benchmarks.rivals.first_generation:application --workers 4
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypeAlias
from uuid import UUID

import asyncpg
import cv2
from fastapi import Depends, FastAPI, HTTPException, Request
from pgvector import HalfVector
from pgvector.asyncpg import register_vector
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict

from benchmarks.subjects.stock import Floats, Stock, largest, open_stock
from deployments.vision.catalogue import KNOWN
from deployments.vision.packs import described

CANDIDATES = 5
VECTOR_SCHEMA = """
    SELECT nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
    WHERE extname = 'vector'
"""


class Settings(BaseSettings):
    """What it is started with, each a variable: `RIVAL_` and the name in capitals.

    `pack` is the folder of a pack and `plain` that of its two networks before any rewriting.
    `network_threads` 0 is ONNX Runtime's own default, `executor_threads` None is Python's, and
    `opencv_threads` None is OpenCV's.
    """

    model_config = SettingsConfigDict(env_prefix="RIVAL_", env_ignore_empty=True, frozen=True)

    database: str
    table: str
    ef_search: int
    threshold: float
    pack: Path
    plain: Path
    network_threads: int = 0
    executor_threads: int | None = None
    opencv_threads: int | None = None


class MatchOut(BaseModel):
    """A person who is alike enough, and how alike."""

    identity_id: UUID
    cosine: float


class Answer(BaseModel):
    """Who is alike enough, the most alike first; nobody is no error."""

    matches: list[MatchOut]


class Recognition:
    """Model, threads and connections of one worker."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, stock: Stock) -> None:
        self._settings = settings
        self._pool = pool
        self._executor = ThreadPoolExecutor(settings.executor_threads)
        self._stock = stock

    async def vector(self, photo: bytes) -> Floats:
        """Return the vector of the largest face; 422 where there is none."""
        loop = asyncio.get_running_loop()
        face = largest(await loop.run_in_executor(self._executor, self._stock, photo))
        if face is None:
            raise HTTPException(422, "There is no face in the photo.")
        return face.vector

    async def search(self, vector: Floats) -> list[MatchOut]:
        """Return the people of the nearest templates that are over the threshold."""
        rows = await self._pool.fetch(
            f"SELECT identity_id, 1 - (vector <=> $1) AS cosine FROM {self._settings.table}"  # noqa: S608
            f" ORDER BY vector <=> $1 LIMIT {CANDIDATES}",
            HalfVector(vector),
        )
        found = [MatchOut(**row) for row in rows]
        return [match for match in found if match.cosine >= self._settings.threshold]


def _opened(settings: Settings) -> Stock:
    if settings.opencv_threads is not None:
        cv2.setNumThreads(settings.opencv_threads)
    pack = described(str(settings.pack), settings.pack, KNOWN)
    return open_stock(pack, settings.plain, threads=settings.network_threads)


def _recognition(request: Request) -> Recognition:
    recognition: Recognition = request.app.state.recognition
    return recognition


Held: TypeAlias = Annotated[Recognition, Depends(_recognition)]


async def identify(request: Request, recognition: Held) -> Answer:
    """Tell who is on a photo."""
    vector = await recognition.vector(await request.body())
    return Answer(matches=await recognition.search(vector))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings = Settings()
    connection = await asyncpg.connect(settings.database)
    schema = await connection.fetchval(VECTOR_SCHEMA)
    await connection.close()

    async def prepare(connection: asyncpg.Connection) -> None:
        await register_vector(connection, schema=schema)

    pool = asyncpg.create_pool(
        settings.database,
        init=prepare,
        server_settings={
            "search_path": f"facegraph, {schema}",
            "hnsw.ef_search": str(settings.ef_search),
        },
    )
    async with pool:
        app.state.recognition = Recognition(settings, pool, _opened(settings))
        yield


def application() -> FastAPI:
    """Return the application, one for each worker; it reads its settings as it starts."""
    app = FastAPI(lifespan=_lifespan)
    app.post("/identify")(identify)
    return app
