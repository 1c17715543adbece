"""Media inputs of a job, as its upstream gets them: the files and links a route uses, and their place in the body."""

import asyncio
import base64
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from providers.backend import JSON, Job, JSONObject
from providers.catalogue.routes import MEDIA, set_path

MEDIA_TYPES = {"image": "image/png", "audio": "audio/mpeg", "video": "video/mp4"}  # of files without a known suffix
IMAGES = "images"


@dataclass(frozen=True, slots=True)
class JobInput:
    """A media input that the route uses: a file, a link, or both."""

    key: str
    """Its key in `Job.files` and `Job.links`, such as `images.0`."""
    kind: str
    """`image`, `audio` or `video`."""
    parameter: str
    """The path of the upstream's parameter in the request body, such as `image_urls`."""
    file: Path | None
    link: str | None

    @property
    def media_type(self) -> str:
        """The media type by the file name."""
        return (self.file and mimetypes.guess_type(self.file.name)[0]) or MEDIA_TYPES[self.kind]

    async def size(self) -> int:
        """Return the size of the file in bytes."""
        return 0 if self.file is None else (await asyncio.to_thread(self.file.stat)).st_size

    async def data_uri(self) -> str:
        """Return the file as a `data:` URI."""
        content = b"" if self.file is None else await asyncio.to_thread(self.file.read_bytes)
        return f"data:{self.media_type};base64,{base64.b64encode(content).decode()}"


def job_inputs(job: Job) -> list[JobInput]:
    """Return the media inputs that the route uses, images of a list in their order."""
    inputs = []
    for name in MEDIA:
        path = job.media_fields.get(name)
        if not path:
            continue
        numbered = (f"{name}.{number}" for number in range(len({*job.files, *job.links})))
        for key in numbered if name == IMAGES else (name,):
            if key in job.files or key in job.links:
                kind = name.removesuffix("s")
                inputs.append(JobInput(key, kind, path, job.files.get(key), job.links.get(key)))
    return inputs


def place_media(body: JSONObject, job: Job, values: Mapping[str, str]) -> None:
    """Set the parameters of the media inputs. `values` are data URIs or URLs by key.

    A parameter is a list if the route maps `images` to it, or if its name ends in `_urls`.
    """
    lists: dict[str, list[JSON]] = {}
    for media in job_inputs(job):
        if media.parameter == job.media_fields.get(IMAGES) or media.parameter.endswith("_urls"):
            lists.setdefault(media.parameter, []).append(values[media.key])
        else:
            set_path(body, media.parameter, values[media.key])
    for path, items in lists.items():
        set_path(body, path, items)


def media_type_of(url: str) -> str | None:
    """Return the media type that the suffix of a URL's path suggests."""
    try:
        name = PurePosixPath(urlsplit(url).path).name
    except ValueError:
        return None
    return mimetypes.guess_type(name)[0]
