from pathlib import Path

import pytest

from server.given_settings import BadSetting, given_settings
from server.log_output import LogLevel
from server.settings import load_settings, log_settings
from server.settings_report import settings_report


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


@pytest.mark.parametrize("given", ["warning", "warn", "WARN"])
def test_the_level_of_the_log_may_have_its_short_name(given: str, tmp_path: Path) -> None:
    assert load_settings({"DOITONG_LOG_LEVEL": given}, data_directory=tmp_path).log.level is LogLevel.WARNING


@pytest.mark.parametrize(
    ("name", "value", "example"),
    [
        ("DOITONG_BASE_URL", "host.example/ai", "https://ai.example.com"),
        ("DOITONG_ALLOWED_ORIGINS", "https://a.example,b.example", "https://app.example.com"),
        ("DOITONG_ALLOWED_ORIGINS", "https://a.example/app", "https://app.example.com"),
        ("DOITONG_RETENTION_DAYS", "a month", "such as 30"),
        ("DOITONG_RENDER_WORKERS", "100000", "such as 4"),
        ("DOITONG_LOG_LEVEL", "loud", "such as info"),
        ("DOITONG_RENDER_WORKERS", "9" * 5000, "such as 4"),
        ("DOITONG_COMFYUI_MAX_CONCURRENT_JOBS", "9" * 5000, "such as 5"),
        ("DOITONG_COMFYUI_API_KEY", "ключ", "such as abc-123"),
        ("DOITONG_BASE_URL", "https://a.example/ai,https://b.example/ai", "such as https://ai.example.com"),
        ("DOITONG_BASE_URL", "https://a.example/\nhttps://b.example", "one line"),
        ("DOITONG_CONSOLE", "/srv/graphiql\n/srv/other", "one line"),
        ("DOITONG_MEDIA_STORE", "https://[::1", "give s3://bucket"),
        ("DOITONG_MEDIA_STORE", "s3://bucket/prefix\nX", "one line"),
        ("DOITONG_METRICS_TOKEN", "too-short", "at least 16 ASCII characters"),
        ("DOITONG_METRICS_TOKEN", "two words of a token", "one word"),
        ("DOITONG_SECRET", "0123456789abcdef0123456789abcdef\udcfc", "such as what `openssl"),
        ("DOITONG_DATABASE_URL", "postgresql://user:\udcfc@host/name", "such as %C3%BC"),
        ("DOITONG_HOST", "a..example", "such as 0.0.0.0"),
        ("DOITONG_HOST", "999.1.1.1", "such as 0.0.0.0"),
        ("DOITONG_HOST", "a" * 254, "such as 0.0.0.0"),
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


@pytest.mark.parametrize("given", ['"/a dir#ü%2F"', "'/a dir#ü%2F'", " /a dir#ü%2F \r\n", '"/a dir#ü%2F"\r'])
def test_quotes_blanks_and_line_ends_of_an_env_file_are_removed(given: str) -> None:
    assert given_settings({"DOITONG_DATA_DIR": given}) == {"DOITONG_DATA_DIR": "/a dir#ü%2F"}


@pytest.mark.parametrize("given", ["", "  ", '""', "''", "\r\n"])
def test_an_empty_value_counts_as_unset(given: str) -> None:
    assert given_settings({"DOITONG_PORT": given}) == {}


def test_quotes_belong_to_the_secret() -> None:
    assert given_settings({"DOITONG_SECRET": "'a'"}) == {"DOITONG_SECRET": "'a'"}


@pytest.mark.parametrize(
    ("given", "requests"),
    [
        ("on", True),
        ("TRUE", True),
        ("yes", True),
        ("1", True),
        ("off", False),
        ("False", False),
        ("no", False),
        ("0", False),
    ],
)
def test_a_switch_takes_the_usual_words(given: str, requests: bool) -> None:
    assert log_settings({"DOITONG_LOG_REQUESTS": given}).requests is requests


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DOITONG_DATA_DIR", "~no-such-user/data", "there is no home directory"),
        ("DOITONG_DATA_DIR", "file:///var/lib/doitong", "it is a URL"),
        ("DOITONG_DATA_DIR", "$HOME/doitong", "variables are not replaced"),
        ("DOITONG_DATA_DIR", "/dev/null", "cannot be created: File exists"),
        ("DOITONG_DATA_DIR", "/dev/null/data", "cannot be created: Not a directory"),
        ("DOITONG_VOICES", "~no-such-user/voices", "there is no home directory"),
        ("DOITONG_VOICES", "/srv/" + "v" * 256, "a name in it is too long"),
        ("DOITONG_COMFYUI_WORKFLOWS", "w" * 256, "a name in it is too long"),
        ("DOITONG_COMFYUI_WORKFLOWS", "~no-such-user/workflows", "there is no home directory"),
        ("DOITONG_COMFYUI_WORKFLOWS", "file:///etc/workflows", "it is a URL"),
        ("DOITONG_DATABASE_URL", "sqlite:///", "give the path of a file"),
        ("DOITONG_DATABASE_URL", "sqlite:///:memory:", "give the path of a file"),
    ],
)
def test_a_path_that_cannot_be_meant_is_refused_with_an_example(
    tmp_path: Path, name: str, value: str, reason: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({"DOITONG_DATA_DIR": str(tmp_path), name: value})

    assert f"{name} is {value[:200]!r}"[:-1] in str(refused.value)
    assert reason in str(refused.value)
    assert "such as" in str(refused.value)


def test_the_path_of_a_sqlite_file_may_begin_in_the_home_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/of this ä%2F")

    settings = load_settings({"DOITONG_DATABASE_URL": "SQLite:///~/a.db"}, data_directory=tmp_path)

    assert settings.database_url == "sqlite:////home/of this ä%2F/a.db"


@pytest.mark.parametrize(
    "name",
    [
        *("DOITONG_BASE_URL", "DOITONG_ALLOWED_ORIGINS", "DOITONG_FAL_BASE_URL", "DOITONG_CATALOGUE", "DOITONG_PORT"),
        *("DOITONG_HOST", "DOITONG_LOG_LEVEL", "DOITONG_TRUSTED_PROXIES", "DOITONG_MEDIA_STORE"),
        *("DOITONG_COMFYUI_WORKFLOWS", "DOITONG_COMFYUI_MAX_CONCURRENT_JOBS"),
    ],
)
def test_a_password_in_a_refused_url_is_not_shown(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({name: "https://user:hidden@host.example"}, data_directory=tmp_path)

    assert name in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_the_report_does_not_show_the_password_of_a_url(tmp_path: Path) -> None:
    given = {"DOITONG_URL": "https://user:hidden@host.example"}
    report = settings_report(load_settings(given, data_directory=tmp_path), given)

    assert [one.value for one in report if one.name == "DOITONG_URL"] == ["https://[redacted]@host.example"]


def test_a_long_value_is_shortened_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({"DOITONG_BASE_URL": "x" * 5000}, data_directory=tmp_path)

    assert "xxx…'" in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("endpoint", ["minio:9000", "https://user:hidden@minio:9000", "//minio"])
def test_an_s3_endpoint_that_is_no_url_is_refused(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({"DOITONG_MEDIA_STORE": "s3://bucket", "DOITONG_S3_ENDPOINT": endpoint}, data_directory=tmp_path)

    assert "DOITONG_S3_ENDPOINT" in str(refused.value)
    assert "such as http://127.0.0.1:9000" in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOITONG_S3_REGION", "us east"),
        ("DOITONG_S3_REGION", "ü"),
        ("DOITONG_S3_REGION", "\udcfc"),
        ("DOITONG_S3_SECRET_ACCESS_KEY", "ü"),
        ("DOITONG_S3_SECRET_ACCESS_KEY", "\udcfc"),
    ],
)
def test_an_s3_region_or_key_that_cannot_be_sent_is_refused(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({"DOITONG_MEDIA_STORE": "s3://bucket", name: value}, data_directory=tmp_path)

    assert str(refused.value).startswith(f"{name}: ")
    assert (value in str(refused.value)) == (name == "DOITONG_S3_REGION" and value.isprintable())


def test_one_half_of_the_s3_credentials_is_refused_with_the_names_of_both(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({"DOITONG_MEDIA_STORE": "s3://bucket", "DOITONG_S3_ACCESS_KEY_ID": "id"}, data_directory=tmp_path)

    assert "DOITONG_S3_ACCESS_KEY_ID and DOITONG_S3_SECRET_ACCESS_KEY go together" in str(refused.value)


def test_a_trusted_proxy_may_have_the_brackets_of_a_url(tmp_path: Path) -> None:
    settings = load_settings({"DOITONG_TRUSTED_PROXIES": "[fd00::7]"}, data_directory=tmp_path)

    assert settings.trusted_proxies == ("127.0.0.1", "::1", "fd00::7")
