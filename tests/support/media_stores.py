"""Media stores: each test that uses `store` runs on a directory and on a bucket of a local S3 server."""

import itertools
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from media.disk import DiskStore
from media.s3 import S3Location, S3Store
from media.store import MediaStore

REGION = "us-east-1"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The URL of a running S3 server without buckets."""
    from moto.server import ThreadedMotoServer  # slow to import

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def new_bucket(s3_endpoint: str) -> Callable[[], S3Location]:
    def create() -> S3Location:
        bucket = f"media-{next(_numbers)}"
        httpx.put(
            f"{s3_endpoint}/{bucket}", headers={"Authorization": authorization()}, trust_env=False
        ).raise_for_status()
        return S3Location(bucket, "kept/here", s3_endpoint, REGION, "bucket-key-id", "bucket-secret")

    return create


@pytest.fixture(params=["disk", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MediaStore]:
    if request.param == "disk":
        yield DiskStore(tmp_path / "store")
    else:
        yield S3Store(request.getfixturevalue("new_bucket")())


def authorization() -> str:
    """Return an Authorization header from which moto recognises the service."""
    return f"AWS4-HMAC-SHA256 Credential=id/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0"
