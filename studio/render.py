"""Renders the files of a generation. Renderers are imported on use, so that a worker loads only what it needs."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kit.text import truncate
from providers.backend import GenerationType
from studio.progress import Report
from studio.render_task import Task, WorkerDirectories
from studio.request import RESULT_NAME, RenderedFile, RenderRequest, RenderResult, encode_result

if TYPE_CHECKING:
    from studio.speech.synthesizer import Speech, SpeechSynthesizer

IMAGE_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg", "webp": "image/webp"}
AUDIO_MEDIA_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
}
MAX_IMAGES = 10
VIDEO_SECONDS = (5.0, 0.5, 60.0)  # default, minimum, maximum
MUSIC_SECONDS = (30.0, 5.0, 300.0)
VIDEO_FPS = (24.0, 8.0, 60.0)  # frames per second
AVATAR_FPS = (25.0, 8.0, 60.0)
SPEECH_SPEED = (1.0, 0.5, 2.0)
COVER_SIZE = 640  # pixels
SPEECH_SHARE_OF_AVATAR = 0.4  # of the total progress
SPEECH_SHARE_OF_AUDIO = 0.95
SONG_SHARE_OF_MUSIC = 0.7
LYRICS_NOT_SUNG = "the lyrics are returned as text only: no local voice sings them"
LYRICS_IGNORED = "the lyrics were ignored: instrumental music was requested"


def render(request: RenderRequest, directories: WorkerDirectories, *, report: Report) -> RenderResult:
    """Render all files in a temporary directory, then move them to the generation's directory, the result last.

    Raises a `DoitongError` if the request cannot be rendered.
    """
    directory = directories.directory / request.id
    directory.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="unfinished-", dir=directory) as temporary:
        task = Task(request, Path(temporary), directories=directories, report=report)
        outputs = RENDERERS[request.type](task)
        result = RenderResult(outputs=tuple(outputs), adjustments=task.adjustments)
        (task.directory / RESULT_NAME).write_text(json.dumps(encode_result(result)))
        for name in (*(output.name for output in outputs), RESULT_NAME):
            (task.directory / name).replace(directory / name)
    return result


def render_images(task: Task) -> list[RenderedFile]:
    from studio.image_rendering import paint, save_picture, variation

    sources = task.pictures()
    width, height = task.size(source=sources[0].shape[1::-1] if sources else None)
    suffix = task.choice("format", "png", tuple(IMAGE_MEDIA_TYPES))
    count = int(task.number("n", 1, minimum=1, maximum=MAX_IMAGES))
    strength = task.number("strength", 0.5, minimum=0.0, maximum=1.0) if sources else 0.0
    prompt, negative = task.prompt(), task.negative()
    _report_limitations(task, given=bool(sources), others=len(sources) - 1, strength=strength)
    outputs = []
    for number in range(count):
        seed = task.request.seed + number
        if sources:
            first, *others = sources
            picture = variation(
                first, prompt, width, height, seed=seed, strength=strength, others=others, negative=negative
            )
        else:
            picture = paint(prompt, width, height, seed=seed, negative=negative)
        output = RenderedFile(f"image-{number + 1}.{suffix}", IMAGE_MEDIA_TYPES[suffix])
        save_picture(picture.pixels, task.directory / output.name)
        outputs.append(output)
        task.report((number + 1) / count)
    return outputs


def _report_limitations(task: Task, *, given: bool, others: int = 0, strength: float | None = None) -> None:
    """Report what the renderer does not follow in the prompt. `strength` is set for image variations only."""
    from studio.limitations import input_image_limitations, prompt_limitations, variation_limitations

    prompt, style, negative = task.prompt(), task.text("style"), task.negative()
    if not given:
        limitations = prompt_limitations(prompt, style=style, negative=negative, seed=task.request.seed)
    elif strength is None:
        limitations = input_image_limitations(prompt, style=style, negative=negative)
    else:
        limitations = variation_limitations(prompt, style=style, negative=negative, strength=strength, others=others)
    for limitation in limitations:
        task.add_adjustment(
            limitation.reason, field=limitation.field, requested=limitation.requested, used=limitation.used
        )


def render_video(task: Task) -> list[RenderedFile]:
    from studio.video.video_rendering import render_image_video, render_text_video

    sources = task.pictures()
    width, height = task.size(source=sources[0].shape[1::-1] if sources else None)
    duration = _number(task, "duration", VIDEO_SECONDS)
    fps = round(_number(task, "fps", VIDEO_FPS))
    motion, silent = task.choice("motionIntensity", "medium", ("low", "medium", "high")), task.flag("silent")
    path, seed = task.directory / "video.mp4", task.request.seed
    _report_limitations(task, given=bool(sources))
    if sources:
        render_image_video(
            path,
            sources[0],
            task.prompt(),
            width=width,
            height=height,
            duration=duration,
            fps=fps,
            seed=seed,
            motion=motion,
            silent=silent,
            report=task.report,
            last=sources[1] if len(sources) > 1 else None,
        )
    else:
        render_text_video(
            path,
            task.prompt(),
            width=width,
            height=height,
            duration=duration,
            fps=fps,
            seed=seed,
            motion=motion,
            negative=task.negative(),
            silent=silent,
            report=task.report,
        )
    return [RenderedFile(path.name, "video/mp4")]


def render_speech(task: Task) -> list[RenderedFile]:
    from studio.encode import write_audio
    from studio.speech.voice_selection import select_voice

    suffix = task.choice("format", "wav", tuple(AUDIO_MEDIA_TYPES))
    speech = _synthesize(task, select_voice(task), _scaled(task.report, 0.0, SPEECH_SHARE_OF_AUDIO))
    if task.request.options.get("seed") is not None:
        task.report_option("seed", "seed has no effect: local speech is deterministic")
    output = RenderedFile(f"speech.{suffix}", AUDIO_MEDIA_TYPES[suffix])
    write_audio(task.directory / output.name, speech.samples, speech.rate)
    return [output]


def render_talking_head(task: Task) -> list[RenderedFile]:
    from studio.avatar import render_avatar, render_portrait
    from studio.avatar_options import select_background, select_gesture, select_look
    from studio.speech.voice_selection import select_avatar_voice, select_voice

    portraits = task.pictures()
    width, height = task.size(source=portraits[0].shape[1::-1] if portraits else None)
    fps = round(_number(task, "fps", AVATAR_FPS))
    look = None if portraits else select_look(task)
    voice = select_voice(task) if look is None else select_avatar_voice(task, look.voice)
    speech = _synthesize(task, voice, _scaled(task.report, 0.0, SPEECH_SHARE_OF_AVATAR))
    report = _scaled(task.report, SPEECH_SHARE_OF_AVATAR, 1.0)
    output = RenderedFile("avatar.mp4", "video/mp4")
    path, seed = task.directory / output.name, task.request.seed
    if look is None:
        reason = render_portrait(
            path, portraits[0], speech, width=width, height=height, fps=fps, seed=seed, report=report
        )
        task.add_adjustment(reason, field="input.image")
    else:
        render_avatar(
            path,
            speech,
            width=width,
            height=height,
            fps=fps,
            seed=seed,
            look=look,
            background=select_background(task),
            gesture=select_gesture(task),
            report=report,
        )
    return [output]


def render_music(task: Task) -> list[RenderedFile]:
    from studio.encode import write_audio
    from studio.image_rendering import paint, save_picture
    from studio.music import compose, is_known_style

    prompt, seed = task.text("text") or task.text("title") or "", task.request.seed
    suffix = task.choice("format", "mp3", tuple(AUDIO_MEDIA_TYPES))
    lyrics, instrumental, style = task.text("lyrics"), task.flag("instrumental"), task.text("style")
    song = compose(
        prompt,
        duration=_number(task, "duration", MUSIC_SECONDS),
        seed=seed,
        title=task.text("title"),
        lyrics=lyrics,
        instrumental=instrumental,
        style=style,
    )
    if lyrics is not None:
        task.add_adjustment(
            LYRICS_IGNORED if instrumental else LYRICS_NOT_SUNG,
            field="input.lyrics",
            requested=truncate(lyrics, quoted=False),
        )
    if style is not None and not is_known_style(style):
        task.report_option(
            "style", f"{truncate(style)} is not a known local music style: {song.style} was used", used=song.style
        )
    music = RenderedFile(f"music.{suffix}", AUDIO_MEDIA_TYPES[suffix], title=song.title, lyrics=song.lyrics or None)
    write_audio(task.directory / music.name, song.samples, 44_100)
    task.report(SONG_SHARE_OF_MUSIC)
    cover = RenderedFile("cover.png", "image/png", role="cover", title=song.title)
    picture = paint(f"{song.title}, {prompt}", COVER_SIZE, COVER_SIZE, seed=seed)
    save_picture(picture.pixels, task.directory / cover.name)
    return [music, cover]


def _synthesize(task: Task, voice: str, report: Report) -> "Speech":
    from studio.speech.voice_selection import select_emotion

    speech = _speaker(task.directories).speak(
        task.speech_text(),
        voice=voice,
        speed=_number(task, "speed", SPEECH_SPEED),
        emotion=select_emotion(task),
        report=report,
    )
    for reason in speech.limitations:
        task.add_adjustment(reason, field="input.text")
    return speech


@cache
def _speaker(directories: WorkerDirectories) -> "SpeechSynthesizer":
    from studio.speech.synthesizer import SpeechSynthesizer

    return SpeechSynthesizer(voices=directories.voices, cache=directories.cache)


def _scaled(report: Report, start: float, end: float) -> Report:
    """Map progress from 0..1 to start..end."""
    return lambda share: report(start + (end - start) * share)


def _number(task: Task, name: str, limits: tuple[float, float, float]) -> float:
    default, minimum, maximum = limits
    return task.number(name, default, minimum=minimum, maximum=maximum)


RENDERERS: dict[GenerationType, Callable[[Task], list[RenderedFile]]] = {
    GenerationType.IMAGE: render_images,
    GenerationType.VIDEO: render_video,
    GenerationType.AUDIO: render_speech,
    GenerationType.AVATAR: render_talking_head,
    GenerationType.MUSIC: render_music,
}
