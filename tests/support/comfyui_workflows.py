"""A provider of the operator's own with two workflows on a ComfyUI server."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from generations.requests.generation_request import GenerationRequest
from providers.backend import GenerationType
from providers.backends import comfyui
from tests.emulators.comfyui import CHECKPOINT, ComfyUIEmulator
from tests.support.upstream_kits import UpstreamKit

PROVIDER = """
id = "our-sdxl"
name = "SDXL on our GPUs"
vendor = "Us"
type = "IMAGE"
description = "Stable Diffusion XL on our own server."
modes = ["text-to-image", "image-to-image"]
features = ["Private"]
quality = 0.7
speed = 0.6
time = { base = 12.0 }

[content]
text = { required = true, maximum = 2000 }
image = {}

[options]
seed = {}

[[rates]]
since = 2025-01-01
kind = "flat"
amount = 5.0

[[routes]]
backend = "comfyui"
model = "draw"
modes = ["text-to-image"]
fields = { text = "text", seed = "seed" }

[[routes]]
backend = "comfyui"
model = "redraw"
modes = ["image-to-image"]
fields = { text = "text", seed = "seed", image = "image" }
"""
SAMPLER = {
    "class_type": "KSampler",
    "inputs": {
        "seed": 1,
        "steps": 20,
        "cfg": 7,
        "denoise": 1,
        "sampler_name": "euler",
        "scheduler": "normal",
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
    },
}
DRAW = {
    "3": SAMPLER,
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 1024, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a sample", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "ComfyUI"}},
}
REDRAW = {
    **DRAW,
    "5": {"class_type": "VAEEncode", "inputs": {"pixels": ["10", 0], "vae": ["4", 2]}},
    "10": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
}
DRAW_MAP = '[inputs]\ntext = "6.inputs.text"\nseed = "3.inputs.seed"\n'
REDRAW_MAP = f'{DRAW_MAP}image = "10.inputs.image"\n'


def write_files(directory: Path) -> Mapping[str, str]:
    """Write the workflows, their maps and the operator's catalogue; return the settings that name them."""
    workflows = directory / "workflows"
    workflows.mkdir(exist_ok=True)
    for name, graph, node_map in (("draw", DRAW, DRAW_MAP), ("redraw", REDRAW, REDRAW_MAP)):
        (workflows / f"{name}.json").write_bytes(orjson.dumps(graph))
        (workflows / f"{name}.toml").write_text(node_map)
    (directory / "our-sdxl.toml").write_text(PROVIDER)
    return {"DOITONG_COMFYUI_WORKFLOWS": str(workflows)}


def comfyui_kit(*, image: str | None = None) -> UpstreamKit:
    content = {"text": "a red kite", **({"image": image} if image else {})}
    return UpstreamKit(
        comfyui.DEFINITION,
        ComfyUIEmulator,
        {},
        GenerationRequest(GenerationType.IMAGE, dict(content), provider="our-sdxl"),
        finds_jobs=True,
        catalogue="our-sdxl.toml",
        files=write_files,
    )
