"""One case for each kind of job of each declarative upstream: its emulator, its settings and a job."""

from dataclasses import replace

from providers.backend import GenerationType
from tests.emulators.apixo import ApixoEmulator
from tests.emulators.ark import ArkEmulator
from tests.emulators.bfl import BflEmulator
from tests.emulators.dashscope import IMAGE_TASKS, IMAGES, VIDEOS, DashScopeEmulator
from tests.emulators.kie import KieEmulator, KieSunoEmulator
from tests.emulators.kling import ACCESS_KEY, SECRET_KEY, KlingEmulator
from tests.emulators.luma import LumaAgentsEmulator, LumaEmulator
from tests.emulators.minimax import MiniMax2Emulator, MiniMaxEmulator
from tests.emulators.omnivideo import OmniVideoEmulator
from tests.support.http_task_harness import Case

IMAGE, VIDEO, AUDIO, MUSIC = (
    GenerationType.IMAGE,
    GenerationType.VIDEO,
    GenerationType.AUDIO,
    GenerationType.MUSIC,
)
BFL = Case(
    name="bfl",
    backend="bfl",
    emulator=BflEmulator,
    type=IMAGE,
    mode="text-to-image",
    model="flux-pro-1.1",
    parameters={"prompt": "a fox", "width": 1024, "height": 768, "seed": 1},
    path="/v1/flux-pro-1.1",
    body={"prompt": "a fox", "width": 1024, "height": 768, "seed": 1},
)
KONTEXT = replace(
    BFL,
    name="bfl-kontext",
    mode="image-to-image",
    model="flux-kontext-pro",
    parameters={"prompt": "make it red"},
    path="/v1/flux-kontext-pro",
    media={"images": "input_image"},
    inputs={"images.0": "fox.png", "images.1": "sky.jpg"},
    body={"prompt": "make it red", "input_image": "{base64:fox.png}", "input_image_2": "{base64:sky.jpg}"},
)
KLING = Case(
    name="kling",
    backend="kling",
    emulator=KlingEmulator,
    type=VIDEO,
    mode="text-to-video",
    model="kling-v2-1-master",
    parameters={"prompt": "a fox", "duration": "5", "mode": "std", "aspect_ratio": "16:9"},
    path="/v1/videos/text2video",
    body={
        "model_name": "kling-v2-1-master",
        "prompt": "a fox",
        "duration": "5",
        "mode": "std",
        "aspect_ratio": "16:9",
        "external_task_id": "gen_1-1",
    },
)
KLING_PICTURE = replace(
    KLING,
    name="kling-image-to-video",
    mode="image-to-video",
    model="kling-v2-1",
    parameters={"prompt": "it runs", "duration": "10"},
    path="/v1/videos/image2video",
    media={"image": "image"},
    inputs={"image": "fox.png"},
    settings={
        "DOITONG_KLING_API_KEY": "",
        "DOITONG_KLING_ACCESS_KEY": ACCESS_KEY,
        "DOITONG_KLING_SECRET_KEY": SECRET_KEY,
    },
    body={
        "model_name": "kling-v2-1",
        "prompt": "it runs",
        "duration": "10",
        "image": "{base64:fox.png}",
        "external_task_id": "gen_1-1",
    },
)
KLING_IMAGE = replace(
    KLING,
    name="kling-images",
    type=IMAGE,
    mode="text-to-image",
    model="kling-v2",
    parameters={"prompt": "a fox", "aspect_ratio": "1:1"},
    path="/v1/images/generations",
    body={"model_name": "kling-v2", "prompt": "a fox", "aspect_ratio": "1:1", "external_task_id": "gen_1-1"},
)
LUMA = Case(
    name="luma",
    backend="luma",
    emulator=LumaEmulator,
    base_path="/dream-machine/v1",
    type=VIDEO,
    mode="image-to-video",
    model="ray-2",
    parameters={"prompt": "a fox", "aspect_ratio": "16:9", "duration": "5s"},
    media={"image": "keyframes.frame0"},
    inputs={"image": "fox.png"},
    path="/dream-machine/v1/generations/video",
    body={
        "model": "ray-2",
        "prompt": "a fox",
        "aspect_ratio": "16:9",
        "duration": "5s",
        "keyframes": {"frame0": {"type": "image", "url": "https://media.example/fox.png"}},
    },
)
LUMA_IMAGE = replace(
    LUMA,
    name="luma-images",
    type=IMAGE,
    mode="text-to-image",
    model="photon-1",
    parameters={"prompt": "a fox"},
    media={},
    inputs={},
    path="/dream-machine/v1/generations/image",
    body={"model": "photon-1", "prompt": "a fox"},
)
LUMA_AGENTS = replace(
    LUMA,
    name="luma-agents",
    emulator=LumaAgentsEmulator,
    base_path="/v1",
    host="AGENTS",
    model="ray-3.2",
    parameters={"prompt": "a fox", "video": {"duration": "5s", "resolution": "720p"}},
    media={"image": "video.start_frame"},
    path="/v1/generations",
    body={
        "type": "video",
        "model": "ray-3.2",
        "prompt": "a fox",
        "video": {
            "duration": "5s",
            "resolution": "720p",
            "start_frame": {"data": "{base64:fox.png}", "media_type": "image/png"},
        },
    },
)
LUMA_AGENTS_IMAGE = replace(
    LUMA_AGENTS,
    name="luma-agents-images",
    type=IMAGE,
    mode="image-to-image",
    model="uni-1",
    parameters={"prompt": "a fox"},
    media={"image": "image_ref"},
    body={
        "type": "image",
        "model": "uni-1",
        "prompt": "a fox",
        "image_ref": [{"data": "{base64:fox.png}", "media_type": "image/png"}],
    },
)
MINIMAX = Case(
    name="minimax",
    backend="minimax",
    emulator=MiniMaxEmulator,
    type=VIDEO,
    mode="image-to-video",
    model="MiniMax-Hailuo-02",
    parameters={"prompt": "a fox", "duration": 6, "resolution": "768P"},
    media={"image": "first_frame_image"},
    inputs={"image": "fox.png"},
    path="/v1/video_generation",
    body={
        "model": "MiniMax-Hailuo-02",
        "prompt": "a fox",
        "duration": 6,
        "resolution": "768P",
        "first_frame_image": "{data:fox.png}",
    },
)
MINIMAX_2 = replace(
    MINIMAX,
    name="minimax-2",
    emulator=MiniMax2Emulator,
    model="MiniMax-H3",
    parameters={"prompt": "a fox", "duration": 5, "ratio": "16:9"},
    media={"image": "first_frame"},
    path="/v2/video_generation",
    body={
        "model": "MiniMax-H3",
        "content": [
            {"type": "text", "text": "a fox"},
            {"type": "image_url", "image_url": {"url": "{data:fox.png}"}, "role": "first_frame"},
        ],
        "duration": 5,
        "ratio": "16:9",
    },
)
MINIMAX_IMAGE = replace(
    MINIMAX,
    name="minimax-images",
    type=IMAGE,
    mode="image-to-image",
    model="image-01",
    parameters={"prompt": "a fox", "aspect_ratio": "1:1"},
    media={"image": "subject_reference"},
    path="/v1/image_generation",
    is_synchronous=True,
    body={
        "model": "image-01",
        "prompt": "a fox",
        "aspect_ratio": "1:1",
        "response_format": "base64",
        "subject_reference": [{"type": "character", "image_file": "{data:fox.png}"}],
    },
)
MINIMAX_SPEECH = replace(
    MINIMAX_IMAGE,
    name="minimax-speech",
    type=AUDIO,
    mode="text-to-speech",
    model="speech-2.8-hd",
    parameters={"text": "Hello", "voice_setting": {"voice_id": "English_radiant_girl", "speed": 1}},
    media={},
    inputs={},
    path="/v1/t2a_v2",
    body={
        "model": "speech-2.8-hd",
        "text": "Hello",
        "voice_setting": {"voice_id": "English_radiant_girl", "speed": 1},
        "stream": False,
        "output_format": "hex",
    },
)
MINIMAX_MUSIC = replace(
    MINIMAX_SPEECH,
    name="minimax-music",
    type=MUSIC,
    mode="text-to-music",
    model="music-2.0",
    parameters={"prompt": "a waltz", "lyrics": "[verse]\nla la la"},
    path="/v1/music_generation",
    body={"model": "music-2.0", "prompt": "a waltz", "lyrics": "[verse]\nla la la", "output_format": "hex"},
)
ARK = Case(
    name="ark",
    backend="ark",
    emulator=ArkEmulator,
    base_path="/api/v3",
    type=VIDEO,
    mode="image-to-video",
    model="seedance-1-0-pro-250528",
    parameters={"prompt": "a fox", "resolution": "720p", "duration": 5, "watermark": False},
    media={"image": "first_frame"},
    inputs={"image": "fox.png"},
    path="/api/v3/contents/generations/tasks",
    body={
        "model": "seedance-1-0-pro-250528",
        "content": [
            {"type": "text", "text": "a fox"},
            {"type": "image_url", "image_url": {"url": "{data:fox.png}"}, "role": "first_frame"},
        ],
        "resolution": "720p",
        "duration": 5,
        "watermark": False,
    },
)
ARK_IMAGE = replace(
    ARK,
    name="ark-images",
    type=IMAGE,
    mode="text-to-image",
    model="seedream-4-5-251128",
    parameters={"prompt": "a fox", "size": "2K"},
    media={"image": "image"},
    path="/api/v3/images/generations",
    is_synchronous=True,
    body={
        "model": "seedream-4-5-251128",
        "prompt": "a fox",
        "size": "2K",
        "response_format": "url",
        "image": "{data:fox.png}",
    },
)
DASHSCOPE = Case(
    name="dashscope",
    backend="dashscope",
    emulator=DashScopeEmulator,
    base_path="/api/v1",
    type=VIDEO,
    mode="image-to-video",
    model="wan2.6-i2v",
    parameters={"prompt": "a fox", "negative_prompt": "rain", "resolution": "720P", "duration": 5},
    media={"image": "img_url"},
    inputs={"image": "fox.png"},
    path=VIDEOS,
    body={
        "model": "wan2.6-i2v",
        "input": {"prompt": "a fox", "negative_prompt": "rain", "img_url": "{data:fox.png}"},
        "parameters": {"resolution": "720P", "duration": 5},
    },
)
DASHSCOPE_IMAGE_TASK = replace(
    DASHSCOPE,
    name="dashscope-image-tasks",
    type=IMAGE,
    mode="text-to-image",
    model="wan2.5-t2i-preview",
    parameters={"prompt": "a fox", "size": "1024*1024", "n": 2},
    media={},
    inputs={},
    path=IMAGE_TASKS,
    body={
        "model": "wan2.5-t2i-preview",
        "input": {"prompt": "a fox"},
        "parameters": {"size": "1024*1024", "n": 2},
    },
)
DASHSCOPE_IMAGE = replace(
    DASHSCOPE,
    name="dashscope-images",
    type=IMAGE,
    mode="image-to-image",
    model="qwen-image-2.0-pro",
    parameters={"prompt": "make it red", "size": "1024*1024"},
    media={"image": "image"},
    path=IMAGES,
    is_synchronous=True,
    body={
        "model": "qwen-image-2.0-pro",
        "input": {"messages": [{"role": "user", "content": [{"text": "make it red"}, {"image": "{data:fox.png}"}]}]},
        "parameters": {"size": "1024*1024"},
    },
)
APIXO = Case(
    name="apixo",
    backend="apixo",
    emulator=ApixoEmulator,
    base_path="/api/v1",
    type=IMAGE,
    mode="image-to-image",
    model="seedream-4-5",
    parameters={"mode": "image-to-image", "prompt": "a fox", "resolution": "2K", "max_images": 1},
    media={"image": "image_urls"},
    inputs={"image": "fox.png"},
    path="/api/v1/generateTask/seedream-4-5",
    body={
        "request_type": "async",
        "provider": "auto",
        "input": {
            "mode": "image-to-image",
            "prompt": "a fox",
            "resolution": "2K",
            "max_images": 1,
            "image_urls": ["https://media.example/fox.png"],
        },
    },
)
OMNIVIDEO = replace(
    APIXO,
    name="omnivideo",
    backend="omnivideo",
    emulator=OmniVideoEmulator,
    type=VIDEO,
    mode="image-to-video",
    model="seedance-2",
    parameters={"prompt": "a fox", "aspect_ratio": "16:9"},
    path="/api/v1/tasks/create",
    body={
        "model_id": "seedance-2",
        "prompt": "a fox",
        "aspect_ratio": "16:9",
        "image_urls": ["https://media.example/fox.png"],
    },
)
KIE = replace(
    APIXO,
    name="kie",
    backend="kie",
    emulator=KieEmulator,
    type=VIDEO,
    mode="image-to-video",
    model="bytedance/seedance-2",
    parameters={"prompt": "a fox", "duration": 5},
    media={"image": "first_frame_url"},
    path="/api/v1/jobs/createTask",
    body={
        "model": "bytedance/seedance-2",
        "input": {"prompt": "a fox", "duration": 5, "first_frame_url": "https://media.example/fox.png"},
    },
)
KIE_IMAGE = replace(
    KIE,
    name="kie-images",
    type=IMAGE,
    mode="image-to-image",
    model="nano-banana-2",
    parameters={"prompt": "make it red"},
    media={"images": "image_input"},
    inputs={"images.0": "fox.png", "images.1": "sky.png"},
    body={
        "model": "nano-banana-2",
        "input": {
            "prompt": "make it red",
            "image_input": ["https://media.example/fox.png", "https://media.example/sky.png"],
        },
    },
)
KIE_SUNO = replace(
    KIE,
    name="kie-suno",
    emulator=KieSunoEmulator,
    type=MUSIC,
    mode="text-to-music",
    model="V5",
    parameters={"prompt": "a waltz", "customMode": False, "instrumental": False},
    media={},
    inputs={},
    path="/api/v1/generate",
    body={"model": "V5", "prompt": "a waltz", "customMode": False, "instrumental": False},
)
CASES = [
    *(BFL, KONTEXT, KLING, KLING_PICTURE, KLING_IMAGE, LUMA, LUMA_IMAGE, LUMA_AGENTS, LUMA_AGENTS_IMAGE),
    *(MINIMAX, MINIMAX_2, MINIMAX_IMAGE, MINIMAX_SPEECH, MINIMAX_MUSIC, ARK, ARK_IMAGE),
    *(DASHSCOPE, DASHSCOPE_IMAGE_TASK, DASHSCOPE_IMAGE, APIXO, OMNIVIDEO, KIE, KIE_IMAGE, KIE_SUNO),
]
TASK_CASES = [case for case in CASES if not case.is_synchronous]
