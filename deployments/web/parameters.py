"""What stands in a path or in the query of a list.

A path that cannot name anything is not found, like one that happens to name nothing.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from deployments.web.schemas.base import ID_PATTERN, ListOptions

CollectionId = Annotated[str, Path(alias="collection", pattern=ID_PATTERN)]
IdentityId = Annotated[UUID, Path(alias="identity")]
FaceId = Annotated[UUID, Path(alias="face")]
Username = Annotated[str, Path(pattern=ID_PATTERN)]
PolicyName = Annotated[str, Path(alias="policy", pattern=ID_PATTERN)]
Paging = Annotated[ListOptions, Query()]
