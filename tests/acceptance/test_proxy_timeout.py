"""`generate(wait:)` behind an nginx that has its defaults, but gives up after 3 seconds rather than 60."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.asgi_server import free_port
from tests.support.reverse_proxy import NGINX, make_certificate, nginx_with_defaults, running_proxy
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx was not found")

READ_TIMEOUT = 3  # seconds
GENERATE = """mutation ($wait: Int!) {
  generate(wait: $wait, input: { type: IMAGE, provider: "flux-pro", input: { text: "a bird test:hang" } }) { id status }
}"""
COUNT = "{ account { usage { running } } }"


@pytest.fixture
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    directory = tmp_path_factory.mktemp("proxy")
    data = tmp_path_factory.mktemp("server") / "data"
    data.mkdir()
    port, proxy = free_port(), nginx_with_defaults(read_timeout=READ_TIMEOUT)
    with (
        ServerProcess(data, dev=False) as server,
        running_proxy(
            proxy,
            directory,
            server_url=server.url,
            https=port,
            http=free_port(),
            certificate=make_certificate(directory),
        ),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-API-Key": server.key}, trust_env=False) as opened,
    ):
        yield opened


def post(client: httpx.Client, wait: int, *, key: str) -> httpx.Response:
    body = {"query": GENERATE, "variables": {"wait": wait}}
    return client.post("/graphql", json=body, headers={"Idempotency-Key": key}, timeout=30)


def running(client: httpx.Client) -> Any:
    return client.post("/graphql", json={"query": COUNT}).json()["data"]["account"]["usage"]["running"]


def test_a_wait_within_the_timeout_is_answered(client: httpx.Client) -> None:
    response = post(client, READ_TIMEOUT - 2, key="a")

    assert (response.status_code, response.json()["data"]["generate"]["status"]) == (200, "PROCESSING")


def test_a_request_that_the_proxy_gave_up_is_repeated_with_its_key_and_not_bought_twice(client: httpx.Client) -> None:
    assert post(client, 50, key="a").status_code == 504

    repeated = post(client, 0, key="a")

    assert (repeated.status_code, repeated.headers["idempotent-replayed"]) == (200, "true")
    assert running(client) == 1
