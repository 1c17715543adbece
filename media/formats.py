"""The supported file formats, detected by their first bytes."""

from dataclasses import dataclass

HEAD_BYTES = 64  # enough for `sniff`


@dataclass(frozen=True, slots=True)
class Format:
    """A format. Either `demuxer` (PyAV) or `decoder` (Pillow) is set."""

    extension: str
    media_type: str
    decoder: str | None = None
    demuxer: str | None = None


PNG = Format("png", "image/png", decoder="PNG")
JPEG = Format("jpg", "image/jpeg", decoder="JPEG")
WEBP = Format("webp", "image/webp", decoder="WEBP")
GIF = Format("gif", "image/gif", decoder="GIF")
AVIF = Format("avif", "image/avif", decoder="AVIF")
MP4 = Format("mp4", "video/mp4", demuxer="mp4")
MOV = Format("mov", "video/quicktime", demuxer="mov")
WEBM = Format("webm", "video/webm", demuxer="matroska")
M4A = Format("m4a", "audio/mp4", demuxer="mp4")
WEBA = Format("weba", "audio/webm", demuxer="matroska")
WAV = Format("wav", "audio/wav", demuxer="wav")
MP3 = Format("mp3", "audio/mpeg", demuxer="mp3")
AAC = Format("aac", "audio/aac", demuxer="aac")
OGG = Format("ogg", "audio/ogg", demuxer="ogg")
FLAC = Format("flac", "audio/flac", demuxer="flac")

BY_EXTENSION = {
    known.extension: known
    for known in (PNG, JPEG, WEBP, GIF, AVIF, MP4, MOV, WEBM, M4A, WEBA, WAV, MP3, AAC, OGG, FLAC)
}
BY_MEDIA_TYPE = {known.media_type: known for known in BY_EXTENSION.values()}
SOUND_ONLY = {MP4: M4A, MOV: M4A, WEBM: WEBA}  # the format of a container without video

SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"ID3", MP3),
)
RIFF_KINDS = {b"WEBP": WEBP, b"WAVE": WAV}
BRANDS = {b"avif": AVIF, b"avis": AVIF, b"qt  ": MOV}
HEIF = (b"heic", b"heix", b"hevc", b"hevx")  # HEIF images, in a container that looks like video
LENGTH_TAGS = {MP3: (b"Xing", b"Info", b"VBRI"), AAC: ()}  # without one of these, the duration is an estimate
MATROSKA = b"\x1a\x45\xdf\xa3"


def sniff(head: bytes) -> Format | None:
    """Return the format of a file that starts with `head`, or None."""
    for signature, known in SIGNATURES:
        if head.startswith(signature):
            return known
    if head.startswith(b"RIFF"):
        return RIFF_KINDS.get(head[8:12])
    if head[4:8] == b"ftyp" and head[8:12] in HEIF:
        return None
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], MP4)
    if head.startswith(MATROSKA):
        return WEBM if b"webm" in head else None
    return _mpeg_sound(head)


def is_media(beginning: bytes) -> bool:
    """Whether a file that starts with `beginning` has a supported format."""
    return sniff(beginning[:HEAD_BYTES]) is not None


def _mpeg_sound(head: bytes) -> Format | None:
    """Detect MP3 and AAC, which have no signature but a frame header."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 0b11
    if head[1] & 0xF0 == 0xF0 and layer == 0:
        return AAC
    return MP3 if layer == 1 else None
