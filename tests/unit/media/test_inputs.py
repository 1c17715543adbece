"""Input files from data URLs and from URLs, and the errors for invalid ones."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from urllib.parse import quote

import pytest

from kit.content_types import BEGINNING_BYTES
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
    client = SafeHttpClient(allowed_networks=[IPv4Network("127.0.0.0/8")], allow_http=True, resolve=loopback)
    return await fetch_input(
        value, field="input.image", kinds=kinds, directory=directory, http_client=client, prober=prober
    )


def files_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


def data_url(content: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


async def test_a_data_url_becomes_a_file_with_the_suffix_of_its_content(prober: Prober, tmp_path: Path) -> None:
    path = await fetch(data_url(sample_files.picture_bytes("JPEG"), "image/png"), tmp_path, prober)

    assert path.suffix == ".jpg"
    assert path.read_bytes() == sample_files.picture_bytes("JPEG")
    assert files_in(tmp_path) == [path]


PICTURE = sample_files.picture_bytes()
BASE64 = base64.b64encode(PICTURE).decode()
LINES = base64.encodebytes(PICTURE).decode()


@pytest.mark.parametrize(
    "value",
    [
        f"data:image/png;base64,{LINES}",
        "data:image/png;base64," + LINES.replace("\n", "\r\n"),
        f"data:image/png;base64, {BASE64[:40]} \t{BASE64[40:]}\f ",
        f"data:image/png;base64,{BASE64.rstrip('=')}",
        "data:image/png;base64," + quote(LINES, safe=""),
        f" \n data:image/png;base64,{BASE64}\n",
        f"data:image/png;\n\tbase64,{BASE64}",
        f"data:;base64,{BASE64}",
        f"data:base64;base64,{BASE64}",
        f"data:image/png;charset=utf-8;base64,{BASE64}",
        f"data:image/png;name=a%20fox.png; Base64 ,{BASE64}",
        f"DATA:IMAGE/PNG;BASE64,{BASE64}",
        f"data:image/png;base64,{BASE64}#fragment",
        "data:image/png," + quote(PICTURE, safe=""),
        "data:," + quote(PICTURE),
    ],
    ids=lambda value: repr(value[:36]),
)
async def test_a_data_url_is_decoded_as_browsers_do(prober: Prober, tmp_path: Path, value: str) -> None:
    check_data(value, field="input.image", kind="image")

    path = await fetch(value, tmp_path, prober)

    assert path.read_bytes() == PICTURE


async def test_a_url_is_downloaded(prober: Prober, tmp_path: Path) -> None:
    async def serve_image(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "200 OK", "Content-Type: binary/octet-stream", body=sample_files.picture_bytes())

    async with serving(serve_image) as web:
        path = await fetch(web.url("/a"), tmp_path, prober)

    assert path.suffix == ".png"


@pytest.mark.parametrize(
    "header",
    [
        *("text/plain", "text/plain; charset=utf-8", "text/html", "application/json", "image", "nonsense"),
        *("application/force-download", "application/x-download", "binary/octet-stream", "application/octet-stream"),
        *("audio/mpeg", ""),
        None,
    ],
)
async def test_a_picture_is_known_by_its_bytes_whatever_type_it_is_sent_with(
    prober: Prober, tmp_path: Path, header: str | None
) -> None:
    async def picture(path: str, writer: asyncio.StreamWriter) -> None:
        headers = () if header is None else (f"Content-Type: {header}",)
        await send(writer, "200 OK", *headers, body=sample_files.picture_bytes("JPEG"))

    async with serving(picture) as web:
        path = await fetch(web.url("/a"), tmp_path, prober)

    assert path.read_bytes() == sample_files.picture_bytes("JPEG")


async def test_a_small_picture_is_known_by_its_bytes(prober: Prober, tmp_path: Path) -> None:
    small = sample_files.picture(tmp_path / "small.png", size=(1, 1)).read_bytes()
    assert len(small) < BEGINNING_BYTES

    async def picture(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "200 OK", "Content-Type: text/plain", body=small)

    async with serving(picture) as web:
        path = await fetch(web.url("/a"), tmp_path, prober)

    assert path.read_bytes() == small


@pytest.mark.parametrize("header", ["text/html", "text/plain", "application/force-download", "", None])
@pytest.mark.parametrize("start", ["<html>", "\ufeff\n <!DOCTYPE html>"])
@pytest.mark.parametrize("length", [0, 5_000])
async def test_a_page_is_refused_whatever_type_it_is_sent_with(
    prober: Prober, tmp_path: Path, header: str | None, start: str, length: int
) -> None:
    async def page(path: str, writer: asyncio.StreamWriter) -> None:
        headers = () if header is None else (f"Content-Type: {header}",)
        await send(writer, "200 OK", *headers, body=start.encode() + b" " * length)

    async with serving(page) as web:
        with pytest.raises(InvalidMediaUrl, match=r"Link to the file, not to a page[.]") as caught:
            await fetch(web.url("/a"), tmp_path, prober)

    assert caught.value.extensions == {"field": "input.image", "reason": "media_type"}
    assert files_in(tmp_path) == []


async def test_sound_that_is_sent_as_text_is_refused_as_sound(prober: Prober, tmp_path: Path) -> None:
    sound = sample_files.sound(tmp_path / "a.wav").read_bytes()

    async def text(path: str, writer: asyncio.StreamWriter) -> None:
        await send(writer, "200 OK", "Content-Type: text/plain", body=sound)

    async with serving(text) as web:
        with pytest.raises(InvalidMediaUrl, match="is audio/wav, not image"):
            await fetch(web.url("/a"), tmp_path, prober)


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
        ("data:image/png,abc", InvalidMediaUrl, "unsupported format"),
        ("data:image/png;base64", InvalidInput, "`data:` URL has no comma before its content"),
        ("data:image/png;base64,%%%", InvalidInput, "`data:` URL has '%' in its base64, whose characters are"),
        ("data:image/png;base64,ééé", InvalidInput, "has 'Ã' in its base64"),
        ("data:image/png;base64,iVBORw0K-_", InvalidInput, "has '-' in its base64"),
        ("data:image/png;base64,iVBORw0=KGgo", InvalidInput, "has '=' in its base64"),
        ("data:image/png;base64,iVBOR", InvalidInput, "has 5 base64 characters, which is one too few or too many"),
        ("data:image/png;base64,\ud800", InvalidInput, "has a lone surrogate"),
        ("data:image/png;base64,", InvalidMediaUrl, "is empty"),
        ("data:,", InvalidMediaUrl, "is empty"),
        ("data:," + "%41" * (MAX_IMAGE_BYTES + 1), InvalidMediaUrl, "larger than 10,000,000 bytes"),
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
