import pytest

from web.origins import is_same_origin, parse_base_url, parse_origin


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        ("https://Host.example/", "https://host.example"),
        ("https://host.example:443/ai/", "https://host.example/ai"),
        ("http://host.example:80", "http://host.example"),
        (" http://127.0.0.1:8000 ", "http://127.0.0.1:8000"),
        ("https://[2001:DB8::1]:8443/a/b//", "https://[2001:db8::1]:8443/a/b"),
        ("HTTPS://host.example", "https://host.example"),
        ("https://Bücher.example/Läden%20mehr/", "https://xn--bcher-kva.example/L%C3%A4den%20mehr"),
    ],
)
def test_a_base_url_is_normalized(given: str, parsed: str) -> None:
    assert parse_base_url(given) == parsed


@pytest.mark.parametrize(
    "given",
    [
        "host.example/ai",
        "//host.example",
        "ftp://host.example",
        "https:host.example",
        "https://",
        "https://a b",
        "https://user@host.example",
        "https://host.example/?a=1",
        "https://host.example/#a",
        "https://host:port",
        "https://host:0",
        "https://host:70000",
        "https://host.example'",
        "https://host..example",
        "https://*.example",
        "https://host.example\\ai",
        "https://host.example/../ai",
        "https://host.example/./ai",
        f"https://{'ä' * 300}.example",
        f"https://{'a' * 300}.example",
    ],
)
def test_a_url_that_is_not_absolute_http_is_rejected(given: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_base_url(given)


def test_the_reason_of_a_wrong_port_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="its port is not a number from 1 to 65535"):
        parse_base_url("https://host.example:80a")


def test_an_origin_with_an_international_name_is_the_one_that_browsers_send() -> None:
    assert parse_origin("https://bücher.example") == "https://xn--bcher-kva.example"


def test_an_origin_has_no_path() -> None:
    assert parse_origin("https://b.example/") == "https://b.example"
    with pytest.raises(ValueError, match="no path"):
        parse_origin("https://b.example/app")


@pytest.mark.parametrize(
    ("origin", "base_url", "same"),
    [
        ("https://host.example", "https://host.example:443/ai", True),
        ("http://host.example", "https://host.example", False),
        ("https://host.example:8443", "https://host.example", False),
        ("null", "https://host.example", False),
        ("https://[", "https://host.example", False),
    ],
)
def test_origins_are_compared_without_default_ports(origin: str, base_url: str, same: bool) -> None:
    assert is_same_origin(origin, base_url) is same
