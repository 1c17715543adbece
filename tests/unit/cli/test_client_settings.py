"""The settings of the client commands: `DOITONG_URL` and `DOITONG_API_KEY`."""

import pytest

from cli.client.graphql_client import server_and_key
from cli.errors import CommandError

KEY = "sk_test_abc"


def test_quotes_and_blanks_of_an_env_file_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOITONG_URL", ' "https://ai.example.com/ai"\r')
    monkeypatch.setenv("DOITONG_API_KEY", f"'{KEY}'")

    assert server_and_key(None, None) == ("https://ai.example.com/ai", KEY)


@pytest.mark.parametrize(
    "url", ["ai.example.com", "ftp://user:hidden@ai.example.com", "https://[::1", "https://\udcfc"]
)
def test_a_wrong_url_is_refused_with_its_setting_and_an_example(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOITONG_URL", url)

    with pytest.raises(CommandError) as refused:
        server_and_key(None, KEY)

    assert "DOITONG_URL" in str(refused.value)
    assert "such as https://ai.example.com" in str(refused.value)
    assert "hidden" not in str(refused.value)
