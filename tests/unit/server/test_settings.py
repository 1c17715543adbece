from pathlib import Path

import pytest

from server.settings import BadSetting, load_settings


def test_blank_values_count_as_unset(tmp_path: Path) -> None:
    blank = dict.fromkeys(("DOITONG_BASE_URL", "DOITONG_DATABASE_URL", "DOITONG_SECRET", "DOITONG_CONSOLE"), "  ")
    numbers = {"DOITONG_RENDER_WORKERS": "", "DOITONG_RETENTION_DAYS": " "}

    assert load_settings({**blank, **numbers}, data_directory=tmp_path) == load_settings({}, data_directory=tmp_path)


def test_surrounding_blanks_and_slashes_are_removed(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "DOITONG_BASE_URL": " https://host.example/ai/ ",
            "DOITONG_ALLOWED_ORIGINS": "https://a.example, https://B.example/ ,https://a.example:443",
            "DOITONG_RETENTION_DAYS": " 30 ",
            "DOITONG_TRUSTED_PROXIES": "10.0.0.7, fd00::1/8 ,10.0.0.7",
        },
        data_directory=tmp_path,
    )

    assert settings.base_url == "https://host.example/ai"
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert settings.retention_days == 30
    assert settings.trusted_proxies == ("127.0.0.1", "::1", "10.0.0.7", "fd00::/8")


@pytest.mark.parametrize(
    ("name", "value", "example"),
    [
        ("DOITONG_BASE_URL", "host.example/ai", "https://ai.example.com"),
        ("DOITONG_ALLOWED_ORIGINS", "https://a.example,b.example", "https://app.example.com"),
        ("DOITONG_ALLOWED_ORIGINS", "https://a.example/app", "https://app.example.com"),
        ("DOITONG_RETENTION_DAYS", "a month", "such as 30"),
        ("DOITONG_RENDER_WORKERS", "9999999", "such as 30"),
        ("DOITONG_TRUSTED_PROXIES", "10.0.0.7, proxy.internal", "such as 10.0.0.7 or 10.0.0.0/8"),
        ("DOITONG_TRUSTED_PROXIES", "*", "such as 10.0.0.7 or 10.0.0.0/8"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_an_example(
    tmp_path: Path, name: str, value: str, example: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({name: value}, data_directory=tmp_path)

    assert name in str(refused.value)
    assert example in str(refused.value)


@pytest.mark.parametrize(
    ("given", "host"),
    [("[::1]", "::1"), ("::", "::"), ("0.0.0.0", "0.0.0.0"), (" localhost ", "localhost")],  # noqa: S104
)
def test_a_host_may_have_the_brackets_of_a_url(given: str, host: str, tmp_path: Path) -> None:
    assert load_settings({"DOITONG_HOST": given}, data_directory=tmp_path).host == host
    assert load_settings({}, data_directory=tmp_path, host=given).host == host


@pytest.mark.parametrize("given", ["http://localhost", "127.0.0.1:8000", "[::1]:8000", "a b", "[::1"])
def test_a_host_that_is_a_url_or_has_a_port_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"DOITONG_HOST is .* without a port"):
        load_settings({"DOITONG_HOST": given}, data_directory=tmp_path)
