"""The probe process: reads one JSON request per line and writes one reply per line, under resource limits."""

import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from media.av_probe import av_variants, probe_av
from media.formats import HEAD_BYTES, Format
from media.image_probe import picture_as_avif, picture_variants, probe_picture
from media.probe_result import ProbeRefused, ProbeResult, Reply, Variants, known_format

MAX_MEMORY = 2 << 30  # bytes of address space
MAX_CPU_TIME = 30  # CPU seconds per request
MAX_FILE_BYTES = 256 << 20  # bytes
MAX_OPEN_FILES = 64
NICENESS = 5  # nice level, 0 to 19


def main() -> None:
    """Serve requests `[operation, path, argument…]` until end of input."""
    _limit_process()
    _write_line('"ready"')
    for line in sys.stdin:
        _limit_cpu_time()
        _write_line(json.dumps(asdict(handle(json.loads(line))), default=str))


def handle(request: list[str]) -> Reply:
    """Return the reply to a request: `probe` with expected prefixes, `variants` or `avif` with a directory."""
    operation, path, *arguments = request
    try:
        if operation == "probe":
            return Reply(probed=_probe(Path(path), tuple(arguments)))
        if operation == "avif":
            return Reply(variants=_avif(Path(path), Path(arguments[0])))
        return Reply(variants=_variants(Path(path), Path(arguments[0])))
    except ProbeRefused as refusal:
        return Reply(refused=refusal.reason)
    except MemoryError:
        return Reply(refused="takes too much memory to decode")


def _probe(path: Path, expected: tuple[str, ...]) -> ProbeResult:
    known = _known_format(path)
    probed = probe_picture(path, known) if known.decoder else probe_av(path, known)
    if not probed.media_type.startswith(expected):
        raise ProbeRefused(f"is {probed.media_type}, not {' or '.join(prefix.rstrip('/') for prefix in expected)}")
    return probed


def _variants(path: Path, directory: Path) -> Variants:
    known = _known_format(path)
    make = picture_variants if known.decoder else av_variants
    return make(path, known, directory=directory)


def _avif(path: Path, directory: Path) -> Variants:
    known = _known_format(path)
    if known.decoder is None:
        raise ProbeRefused("is no picture")
    return picture_as_avif(path, known, directory=directory)


def _known_format(path: Path) -> Format:
    with path.open("rb") as file:
        return known_format(file.read(HEAD_BYTES))


def _limit_process() -> None:
    os.nice(NICENESS)
    # A service manager sends SIGTERM to every process of a service, and the server ends this one itself.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu_time() -> None:
    """Raise the CPU limit before each request: the kernel counts over the life of the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + MAX_CPU_TIME, hard))


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
