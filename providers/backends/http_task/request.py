"""The body of a submission: the job's parameters, the model, media inputs, our ID and the callback URL."""

import base64
import copy
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kit.errors import ProviderUnavailable
from providers.backend import JSON, Job, JSONObject, SubmissionRefused
from providers.backends.http_task.json_paths import append_at, find_all, merge
from providers.backends.http_task.spec import PLACEHOLDER, Endpoint, InputPlacement, MediaForm
from providers.catalogue.routes import set_path

UNQUOTED = frozenset({"path"})  # paths of our own


def fill(template: str, values: Mapping[str, object]) -> str:
    """Fill a template with percent-encoded values; a template that is one placeholder gets its value as it is."""
    whole = PLACEHOLDER.fullmatch(template)
    if whole is not None:
        return str(values[whole[1]])
    return PLACEHOLDER.sub(lambda match: _encoded(match[1], values[match[1]]), template)


def submission_path(endpoint: Endpoint, job: Job, title: str) -> str:
    """Return the path of the submission. Raises `SubmissionRefused` for a mode that the upstream does not have."""
    submit = endpoint.submit
    if "{mode}" in submit.path and job.mode not in submit.modes:
        raise SubmissionRefused(ProviderUnavailable(f"{title} does not offer {job.mode}.", retryable=False))
    model = quote(job.model or "", safe="/.-_~:")
    return submit.path.replace("{model}", model).replace("{mode}", submit.modes.get(job.mode, ""))


def submission_body(endpoint: Endpoint, job: Job, title: str) -> JSONObject:
    """Return the body. Reads input files. Raises `SubmissionRefused` if an input cannot be sent."""
    submit = endpoint.submit
    parameters = copy.deepcopy(job.parameters)
    moved = {path: parameters.pop(name) for name, path in submit.move.items() if name in parameters}
    text = endpoint.inputs.get("text")
    words = parameters.pop(text.parameter, None) if text is not None and text.parameter else None
    body: JSONObject = _plain(submit.constants)
    merge(body, {submit.wrap: parameters} if submit.wrap else parameters)
    for path, value in moved.items():
        set_path(body, path, value)
    if text is not None and words is not None:
        _place(body, text, field="text", values=[_item(text.item, words, "text", "text/plain")], wrap=submit.wrap)
    for kind, field in job.media_fields.items():
        _add_media(body, endpoint, job, kind=kind, field=field, title=title)
    if submit.model:
        set_path(body, submit.model, job.model)
    if submit.client_id:
        set_path(body, submit.client_id, job.client_request_id)
    if endpoint.callback is not None and job.callback_url:
        merge(body, _plain(endpoint.callback.submit_constants))
        set_path(body, endpoint.callback.url, job.callback_url)
    return body


def _add_media(body: JSONObject, endpoint: Endpoint, job: Job, *, kind: str, field: str, title: str) -> None:
    """Add the inputs of one kind to the body."""
    names = sorted((name for name in job.files if name == kind or name.startswith(f"{kind}.")), key=_position)
    if not names:
        return
    media = endpoint.inputs.get(kind)
    if media is None or media.form is None:
        raise SubmissionRefused(ProviderUnavailable(f"{title} takes no {kind} for this model.", retryable=False))
    values = [_item(media.item, _value(media.form, job, name, title), field, _type(job.files[name])) for name in names]
    _place(body, media, field=field, values=values, wrap=endpoint.submit.wrap)


def _place(body: JSONObject, media: InputPlacement, *, field: str, values: list[JSON], wrap: str | None) -> None:
    if media.append_to is not None:
        append_at(body, media.append_to, values)
        return
    container = media.within or wrap
    path = f"{container}.{field}" if container else field
    if media.is_list or (media.list_fields is not None and media.list_fields.fullmatch(field)):
        present = find_all(body, f"{path}[]")
        set_path(body, path, [*present, *values])
    else:
        for number, value in enumerate(values if media.is_numbered else values[:1], 1):
            set_path(body, path if number == 1 else f"{path}_{number}", value)


def _value(form: MediaForm, job: Job, name: str, title: str) -> str:
    if form is MediaForm.LINK:
        link = job.links.get(name)
        if link is None:
            raise SubmissionRefused(
                ProviderUnavailable(
                    f"{title} downloads media inputs from this server, which needs DOITONG_BASE_URL, "
                    "a URL that the internet can reach.",
                    retryable=False,
                )
            )
        return link
    path = job.files[name]
    content = base64.b64encode(path.read_bytes()).decode()
    return content if form is MediaForm.BASE64 else f"data:{_type(path)};base64,{content}"


def _item(template: Any, value: JSON, field: str, media_type: str) -> JSON:
    """Return a copy of the template with the placeholders in its strings filled."""
    if isinstance(template, dict):
        return {name: _item(inner, value, field, media_type) for name, inner in template.items()}
    if isinstance(template, list):
        return [_item(inner, value, field, media_type) for inner in template]
    named: dict[object, JSON] = {"{value}": value, "{field}": field, "{media_type}": media_type}
    result: JSON = named.get(template, template)
    return result


def _plain(value: Any) -> Any:
    """Return a deep copy with mutable objects and lists."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _position(name: str) -> int:
    last = name.rpartition(".")[2]
    return int(last) if last.isdecimal() else 0


def _encoded(name: str, value: object) -> str:
    return str(value) if name in UNQUOTED else quote(str(value), safe="")
