"""Input files from data URLs and from URLs, and the errors for invalid ones."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from kit.errors import DoitongError, InvalidInput, InvalidMediaUrl
from kit.ip_addresses import Address
from kit.outbound import SafeHttpClient
from media.inputs import MAX_IMAGE_BYTES, check_data, fetch_input
from media.probe import Prober
from tests.support import sample_files
from tests.support.raw_http_server import send, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    async with Prober() as prober:
        yield prober


async def loopback(host: str, port: int) -> Sequence[Address]:
    return [IPv4Address("127.0.0.1")]


async def fetch(value: str, directory: Path, prober: Prober, *, kinds: tuple[str, ...] = ("image",)) -> Path:
    client = SafeHttpClient(allow=[IPv4Network("127.0.0.0/8")], allow_http=True, resolve=loopback)
    return await fetch_input(value, field="input.image", kinds=kinds, directory=directory, guard=client, prober=prober)


def files_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


def data_url(content: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


async def test_a_data_url_becomes_a_file_with_the_suffix_of_its_content(prober: Prober, tmp_path: Path) -> None:
    path = await fetch(data_url(sample_files.picture_bytes("JPEG"), "image/png"), tmp_path, prober)

    assert path.suffix == ".jpg"
    assert path.read_bytes() == sample_files.picture_bytes("JPEG")
    assert files_in(tmp_path) == [path]


async def test_a_url_is_downloaded(prober: Prober, tmp_path: Path) -> None:
    async def serve_image(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "200 OK", "Content-Type: binary/octet-stream", body=sample_files.picture_bytes())

    async with serving(serve_image) as web:
        path = await fetch(web.url("/a"), tmp_path, prober)

    assert path.suffix == ".png"


async def test_html_declared_as_an_image_is_rejected(prober: Prober, tmp_path: Path) -> None:
    async def serve_html(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "200 OK", "Content-Type: image/png", body=b"<html>sign in</html>")

    async with serving(serve_html) as web:
        with pytest.raises(InvalidMediaUrl, match=r"unsupported format; supported are PNG or JPG or WebP[.]") as error:
            await fetch(web.url("/a.png"), tmp_path, prober)

    assert error.value.extensions == {"field": "input.image", "reason": "media"}
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("kind", ["GIF", "AVIF", "BMP", "TIFF"])
async def test_an_unsupported_image_format_is_rejected_with_the_supported_ones(
    prober: Prober, tmp_path: Path, kind: str
) -> None:
    async def serve_image(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "200 OK", "Content-Type: image/x", body=sample_files.picture_bytes(kind))

    async with serving(serve_image) as web:
        with pytest.raises(InvalidMediaUrl, match=r"(formats are|supported are) PNG or JPG or WebP[.]"):
            await fetch(web.url("/a"), tmp_path, prober)


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("a fox", InvalidInput, "https://"),
        ("/etc/passwd", InvalidInput, "https://"),
        ("data:image/png,abc", InvalidInput, "not base64"),
        ("data:image/png;base64", InvalidInput, "not base64"),
        ("data:image/png;base64,%%%", InvalidInput, "base64 is invalid"),
        ("data:image/png;base64,ééé", InvalidInput, "base64 is invalid"),
        ("data:image/png;base64,", InvalidMediaUrl, "is empty"),
        (data_url(b"<html>"), InvalidMediaUrl, "unsupported format; supported are PNG or JPG or WebP[.]"),
        (data_url(bytes(MAX_IMAGE_BYTES + 1)), InvalidMediaUrl, "larger than 10,000,000 bytes"),
        ("file:///etc/passwd", InvalidMediaUrl, "not used here"),
        ("http://10.0.0.1/a.png", InvalidMediaUrl, "not on the public internet"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
async def test_an_invalid_value_is_rejected_with_its_field(
    prober: Prober, tmp_path: Path, value: str, kind: type[DoitongError], message: str
) -> None:
    with pytest.raises(kind, match=message) as error:
        await fetch(value, tmp_path, prober)

    assert error.value.extensions["field"] == "input.image"
    assert files_in(tmp_path) == []


async def test_an_image_instead_of_audio_is_rejected(prober: Prober, tmp_path: Path) -> None:
    with pytest.raises(InvalidMediaUrl, match="is image/png, not audio or video"):
        await fetch(data_url(sample_files.picture_bytes()), tmp_path, prober, kinds=("audio", "video"))


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"<html>", "image", "unsupported format; supported are PNG or JPG or WebP[.]"),
        (b"", "image", "is empty"),
        (b"\x00\x00\x00\x20ftypheic", "image", "unsupported format; supported are PNG or JPG or WebP[.]"),
        (b"<html>", "video", "unsupported format; supported are MP4, MOV or WebM[.]"),
        (b"GIF89a", "image", "supported image formats are PNG or JPG or WebP"),
        (sample_files.picture_bytes(), "audio", "is image/png, not audio"),
        (b"ID3", "image", "is audio/mpeg, not image"),
        (bytes(MAX_IMAGE_BYTES + 1), "image", "larger than 10,000,000 bytes"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_data_of_another_type_is_rejected_by_its_first_bytes(content: bytes, kind: str, message: str) -> None:
    with pytest.raises(InvalidMediaUrl, match=message) as error:
        check_data(data_url(content), field="input.image", kind=kind)

    assert error.value.extensions["field"] == "input.image"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (data_url(sample_files.picture_bytes(), "text/html"), "image"),
        (data_url(b"\x00\x00\x00\x20ftypisom", "audio/mp4"), "audio"),
    ],
    ids=["the declared type is ignored", "audio in an MP4 container"],
)
async def test_data_of_the_right_type_passes(url: str, kind: str) -> None:
    check_data(url, field="input.image", kind=kind)
