"""`doitong serve` on IPv6 and on all addresses: the URL that it prints answers."""

import os
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.support.server_process import COMMAND, ROOT, ServerProcess


def has_ipv6() -> bool:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


NEEDS_IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.mark.parametrize(
    ("host", "printed"),
    [
        pytest.param("::", "http://[::1]:", marks=NEEDS_IPV6),
        pytest.param("::1", "http://[::1]:", marks=NEEDS_IPV6),
        pytest.param("[::1]", "http://[::1]:", marks=NEEDS_IPV6),
        ("0.0.0.0", "http://127.0.0.1:"),  # noqa: S104
    ],
)
def test_the_printed_address_answers(host: str, printed: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with ServerProcess(data, settings={"DOITONG_HOST": host}) as server:
        assert server.url.startswith(printed)
        assert httpx.get(f"{server.url}/health", trust_env=False).json() == {"status": "ok"}


@pytest.mark.parametrize("host", ["127.0.0.1", "nosuch.invalid", "192.0.2.1"])
def test_an_address_that_cannot_be_listened_on_is_named(host: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        served = subprocess.run(
            [*COMMAND, "serve", "--host", host, "--port", port, "--data-dir", str(tmp_path / "data")],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert served.returncode != 0
    assert f"The server cannot listen on port {port} of {host}: " in served.stderr
    assert "--host and --port" in served.stderr
    assert "Traceback" not in served.stderr
