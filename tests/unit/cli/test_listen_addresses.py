"""The addresses that `doitong serve` listens on."""

import socket

import pytest

from cli.admin.serve import listen_on

HERE = (socket.AF_INET, ("127.0.0.1", 0))
ELSEWHERE = (socket.AF_INET, ("192.0.2.1", 0))  # of a network for documentation


def test_addresses_that_the_machine_lacks_are_skipped() -> None:
    [listener] = listen_on([ELSEWHERE, HERE, HERE])

    with listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_an_address_in_use_is_an_error_and_closes_the_others() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used, socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()
        other.close()
        with pytest.raises(OSError, match="in use"):
            listen_on([(socket.AF_INET, free), (socket.AF_INET, used.getsockname())])

        socket.create_server(free).close()


def test_without_any_address_of_the_machine_there_is_an_error() -> None:
    with pytest.raises(OSError, match="assign requested address"):
        listen_on([ELSEWHERE])
