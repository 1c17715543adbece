"""Responses with a file of a generation."""

from starlette.responses import Response

from generations.generation import Generation
from web.file_response import file_response
from web.json_api import Call


async def generated_file(call: Call, generation: Generation, key: str) -> Response:
    """Return a file of a generation, or the requested range of it."""
    store = call.services.library.store
    stored = await store.stat(key)
    return await file_response(
        store,
        stored,
        method=call.request.method,
        headers=call.headers,
        filename=f"{generation.id}.{key.rpartition('.')[2]}",
        cache_control="private, no-store",
    )
