"""The backend of a generation, its backend job, its callback URL, and URLs of its inputs for upstreams."""

from collections.abc import Mapping
from pathlib import Path

from generations.generation import Dispatch, Generation
from generations.inputs.media_input import media_inputs
from generations.inputs.stored_files import stored_file_key
from generations.routing.route_selection import usable_routes
from generations.services import Services
from kit.tokens import derived_token
from media.data_url import is_data_url
from providers.backend import Backend, Job, JSONObject
from providers.catalogue import Route
from providers.catalogue.routes import media_fields, request_mode, upstream_parameters

CALLBACKS = "/internal/upstream"
TOKEN_PREFIX = "cb_"  # noqa: S105


def backend_of(services: Services, current: Generation) -> Backend | None:
    """Return the backend that the generation was dispatched to; None if this server no longer has it."""
    if current.dispatch is None:
        raise LookupError(f"{current.id} has no route yet")
    return services.backends.get(current.dispatch.backend, test_mode=current.test_mode)


def job_of(
    services: Services,
    current: Generation,
    files: Mapping[str, Path],
    *,
    links: Mapping[str, str] | None = None,
) -> Job:
    """Return the job that is passed to every backend call for this generation."""
    route, (parameters, fields) = current.dispatch, _translation(services, current)
    return Job(
        id=current.id,
        client_request_id=f"{current.id}-{len(current.attempts)}",
        type=current.type,
        provider=current.provider,
        model=route.model if route else None,
        mode=request_mode(current.type, current.input),
        input=current.input,
        options=current.options,
        seed=current.seed,
        workspace=services.workspace / current.id,
        files=files,
        links=links or {},
        test_mode=current.test_mode,
        callback_url=_callback_url(services, current),
        parameters=parameters,
        media_fields=fields,
    )


async def input_links(services: Services, current: Generation) -> dict[str, str]:
    """Return the media inputs as URLs that an upstream can download, by field.

    These are the URLs that the client gave, and signed URLs of uploads and outputs on this server if it has a public
    address. `data:` URLs have none.
    """
    links: dict[str, str] = {}
    for given in media_inputs(current.input):
        if not given.is_stored:
            if not is_data_url(given.address):
                links[given.field] = given.address
        elif services.input_url is not None:
            key = await stored_file_key(services, current, given)
            link = None if key is None else services.input_url(key)
            if link is not None:
                links[given.field] = link
    return links


def callback_token(secret: bytes, *, backend: str, generation_id: str) -> str:
    """Return the token that authenticates the callback URL; derived, not stored."""
    return derived_token(TOKEN_PREFIX, secret, f"callback/{backend}/{generation_id}")


def _translation(services: Services, current: Generation) -> tuple[JSONObject, dict[str, str]]:
    """Return the upstream parameters and media fields; none for a route that is no longer in the catalogue."""
    if current.test_mode:  # a simulation needs none
        return {}, {}
    provider = services.catalogue.by_name.get(current.provider)
    route = next((one for one in usable_routes(services, current) if _is_route(current.dispatch, one)), None)
    if provider is None or route is None:
        return {}, {}
    parameters = upstream_parameters(provider, route, current.input, current.options, seed=current.seed)
    return parameters, media_fields(route)


def _is_route(dispatch: Dispatch | None, route: Route) -> bool:
    return dispatch is not None and (dispatch.backend, dispatch.model) == (route.backend, route.model)


def _callback_url(services: Services, current: Generation) -> str | None:
    if services.public_url is None or current.dispatch is None:
        return None
    backend = backend_of(services, current)
    if backend is None or not backend.takes_callbacks:
        return None
    name = current.dispatch.backend
    token = callback_token(services.secret, backend=name, generation_id=current.id)
    return f"{services.public_url}{CALLBACKS}/{name}/{current.id}/{token}"
