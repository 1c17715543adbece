"""URLs of files on this server as inputs."""

import pytest

from generations.inputs.own_files import MediaUrls

URLS = MediaUrls("https://ai.example.com/base")
UPLOAD, GENERATION = "upl_" + "0" * 26, "gen_" + "0" * 26


@pytest.mark.parametrize(
    ("url", "used"),
    [
        (f"https://ai.example.com/base/media/a.png/{UPLOAD}.png?expires=1&signature=x", UPLOAD),
        (f"https://ai.example.com/base/media/a.png/{GENERATION}.png?expires=1&signature=x", GENERATION),
        (f"https://ai.example.com/base/media/a.png/{GENERATION}-2.png?expires=1", f"{GENERATION}.2"),
        (f"https://ai.example.com/base/media/a.webp/{GENERATION}-thumbnail.webp", None),
        (f"https://other.example.com/media/a.png/{UPLOAD}.png", None),
        (UPLOAD, None),
    ],
)
def test_urls_of_stored_files_become_references(url: str, used: str | None) -> None:
    assert URLS.to_stored_inputs([url]) == [used or url]
