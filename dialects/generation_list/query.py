"""The query parameters and the body of the list."""

from dataclasses import replace
from typing import Literal, get_args

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from dialects.doitong.responses import error_body
from dialects.generation_list.row import ListRow, list_row
from dialects.kubeez.responses import generation_type
from generations.generation import Generation, Stage, Status
from generations.queries import list_generations
from kit.errors import DoitongError
from kit.pagination import DEFAULT_SIZE, MAX_SIZE, PageRequest, cursor, page_request
from providers.backend import GenerationType
from providers.catalogue.routes import request_mode
from web.error_response import ErrorBody
from web.errors import RequestError
from web.json_api import Call
from web.request_model import RequestModel

MAX_EXAMINED = 1_000  # generations, for one page
TypeWord = Literal["image", "video", "audio", "avatar", "music"]
StatusWord = Literal["processing", "completed", "failed", "cancelled", "pending"]
Mode = Literal[
    "text-to-image",
    "image-to-image",
    "reference-to-image",
    "text-to-video",
    "image-to-video",
    "reference-to-video",
    "video-to-video",
    "motion-transfer",
    "text-to-speech",
    "text-to-avatar",
    "image-to-avatar",
    "audio-to-avatar",
    "text-to-music",
    "lyrics-to-music",
    "text-to-dialogue",
]
TYPE_BY_MODE_WORD = {
    **{word: GenerationType(word.upper()) for word in get_args(TypeWord)},
    "speech": GenerationType.AUDIO,
    "dialogue": GenerationType.AUDIO,
}


class ListQuery(RequestModel):
    """The query parameters. `model` and `generation_type` are Kubeez's."""

    model_config = ConfigDict(extra="ignore")

    limit: int = Field(DEFAULT_SIZE, ge=1, le=MAX_SIZE, description="The largest number of rows of the page.")
    after: str | None = Field(None, description="The `endCursor` of the page before.")
    status: StatusWord | None = Field(
        None, description="Only generations with this status; `pending` are those that wait to be submitted."
    )
    type: TypeWord | None = Field(None, description="Only generations of this type.")
    service: str | None = Field(None, description="Only generations of this provider, by its id.")
    model: str | None = Field(None, description="The same as `service`.")
    generation_type: Mode | None = Field(
        None,
        description="Only generations of this mode. At most 1,000 others are passed over for a page, which may then "
        "have fewer rows than `limit`, although `hasNextPage` is true.",
    )

    def filters(self) -> dict[str, list[str]]:
        """Return the filters that the database applies, by column."""
        filters: dict[str, list[str]] = {}
        if self.status == "pending":
            filters |= {"status": [Status.PROCESSING], "stage": [Stage.QUEUED]}
        elif self.status is not None:
            filters["status"] = [self.status.upper()]
        if self.type is not None:
            filters["type"] = [self.type.upper()]
        elif self.generation_type is not None:
            filters["type"] = [TYPE_BY_MODE_WORD.get(self.generation_type.rpartition("-")[2], GenerationType.VIDEO)]
        provider = self.model if self.service is None else self.service
        if provider is not None:
            filters["provider"] = [] if "\0" in provider else [provider]  # PostgreSQL rejects NUL, no id has it
        return filters


class PageInfo(TypedDict):
    """The place of the page in the list."""

    hasNextPage: bool
    endCursor: str | None


class ListData(TypedDict):
    """The list, newest first."""

    generations: list[ListRow]
    pageInfo: PageInfo


class ListBody(TypedDict):
    """The list as `data`, and its rows at the top level, where clients of Kubeez read them."""

    data: ListData
    generations: list[ListRow]


class ListErrorBody(ErrorBody):
    """What went wrong, also where clients of Kubeez read it."""

    message: str
    detail: str


def list_error_body(error: DoitongError | RequestError) -> tuple[int, object]:
    """Return the HTTP status and the body of an error."""
    status, body = error_body(error)
    return status, {**body, "message": error.message, "detail": error.message}


async def list_body(call: Call, query: ListQuery) -> ListBody:
    """Return a page of the caller's generations. Raises `InvalidInput` for a wrong cursor."""
    request = page_request(first=query.limit, after=query.after, last=None, before=None)
    if query.generation_type is None:
        page = await list_generations(call.services, call.principal, request, query.filters())
        found, last = page.items, page.items[-1].id if page.items else None
        has_next = page.has_next
    else:
        found, last, has_next = await _find_of_mode(call, query, request, generation_type(query.generation_type))
    rows = [list_row(generation, call.sign_url) for generation in found]
    info: PageInfo = {"hasNextPage": has_next, "endCursor": None if last is None else cursor(last)}
    return {"data": {"generations": rows, "pageInfo": info}, "generations": rows}


async def _find_of_mode(
    call: Call, query: ListQuery, request: PageRequest, wanted: str
) -> tuple[list[Generation], str | None, bool]:
    """Return the generations of a mode, the id of the last one that was examined, and whether there are more.

    The database has no column for the mode. At most `MAX_EXAMINED` generations are examined.
    """
    found: list[Generation] = []
    for _ in range(MAX_EXAMINED // MAX_SIZE):
        page = await list_generations(call.services, call.principal, replace(request, size=MAX_SIZE), query.filters())
        for number, generation in enumerate(page.items, 1):
            if generation_type(request_mode(generation.type, generation.input)) == wanted:
                found.append(generation)
            if len(found) == request.size:
                return found, generation.id, page.has_next or number < len(page.items)
        last = page.items[-1].id if page.items else None
        if not page.has_next:
            return found, last, False
        request = replace(request, after=last)
    return found, last, True
