"""Storage of the response with the result of a job, in its workspace, until the outputs are stored."""

import orjson

from providers.backend import Job, JSONObject


def save_response(job: Job, document: JSONObject) -> None:
    """Write the response that is the result of a job to its workspace."""
    path = job.workspace / f"response-{job.client_request_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(orjson.dumps(document))
    unfinished.replace(path)


def load_response(job: Job) -> JSONObject | None:
    """Return what `save_response` wrote, or None."""
    try:
        document: JSONObject = orjson.loads((job.workspace / f"response-{job.client_request_id}.json").read_bytes())
    except FileNotFoundError:
        return None
    return document
