"""Jobs for tests of backends."""

from collections.abc import Mapping
from pathlib import Path

from providers.backend import GenerationType, Job, JSONObject


def a_job(
    workspace: Path,
    *,
    type: GenerationType = GenerationType.IMAGE,
    model: str | None = None,
    parameters: JSONObject | None = None,
    media: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    links: Mapping[str, str] | None = None,
    callback_url: str | None = None,
) -> Job:
    """Return a job. `files` are contents by key with a suffix, such as `images.0.png`."""
    paths = {}
    for name, content in (files or {}).items():
        path = workspace / f"input-{name}"
        path.write_bytes(content)
        paths[name.rpartition(".")[0]] = path
    return Job(
        id="gen_1",
        client_request_id="gen_1-1",
        type=type,
        provider="flux-dev",
        model=model,
        mode="text-to-image",
        input={"text": "A red kite"},
        options={},
        seed=7,
        workspace=workspace,
        parameters={"prompt": "A red kite", "seed": 7} if parameters is None else parameters,
        media_fields=media or {},
        files=paths,
        links=links or {},
        callback_url=callback_url,
    )
