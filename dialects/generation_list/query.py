"""The query parameters and the body of the list."""

from typing import Literal, get_args

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from dialects.doitong.responses import error_body
from dialects.generation_list.row import ListRow, list_row
from dialects.kubeez.responses import generation_type
from generations.generation import Stage, Status
from generations.queries import list_generations
from kit.errors import DoitongError
from kit.pagination import DEFAULT_SIZE, MAX_SIZE, cursor, page_request
from providers.backend import GenerationType
from web.error_response import ErrorBody
from web.errors import RequestError
from web.json_api import Call
from web.request_model import RequestModel

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
        description="Only generations of this mode. A page may then have fewer rows than `limit`, although "
        "`hasNextPage` is true.",
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
    page = await list_generations(call.services, call.principal, request, query.filters())
    rows = [list_row(generation, call.sign_url) for generation in page.items]
    if query.generation_type is not None:
        wanted = generation_type(query.generation_type)
        rows = [row for row in rows if row["generation_type"] == wanted]
    info: PageInfo = {"hasNextPage": page.has_next, "endCursor": cursor(page.items[-1].id) if page.items else None}
    return {"data": {"generations": rows, "pageInfo": info}, "generations": rows}
