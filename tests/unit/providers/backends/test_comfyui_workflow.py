"""Workflows of ComfyUI and their maps."""

from pathlib import Path

import orjson
import pytest

from providers.backends.comfyui_workflow import (
    MAX_GRAPH_BYTES,
    MAX_MAP_BYTES,
    Graph,
    Target,
    WorkflowError,
    load_workflow,
)

GRAPH: Graph = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a sample"}},
    "57:8": {"class_type": "KSampler", "inputs": {"noise_seed": 1, "model.size": "large"}},
    "9": {"class_type": "SaveImage", "inputs": {}},
}
MAP = """
[inputs]
text = "6.inputs.text"
seed = ["3.inputs.seed", "57:8.inputs.noise_seed"]
size = "57:8.inputs.model.size"
"""


def save(directory: Path, *, graph: object = GRAPH, map: str | bytes = MAP, name: str = "sdxl") -> Path:
    content = graph if isinstance(graph, bytes) else orjson.dumps(graph)
    (directory / f"{name}.json").write_bytes(content)
    (directory / f"{name}.toml").write_bytes(map.encode() if isinstance(map, str) else map)
    return directory


def test_a_parameter_sets_all_its_inputs_and_leaves_the_others(tmp_path: Path) -> None:
    workflow = load_workflow(save(tmp_path), "sdxl")

    graph = workflow.bind({"seed": 7, "size": "small"}, {})

    assert graph == {
        **GRAPH,
        "3": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 20, "model": ["4", 0]}},
        "57:8": {"class_type": "KSampler", "inputs": {"noise_seed": 7, "model.size": "small"}},
    }
    assert workflow.graph == GRAPH
    assert workflow.inputs["seed"] == (Target("3", "seed"), Target("57:8", "noise_seed"))
    assert workflow.parameter_of("57:8", "noise_seed") == "seed"
    assert workflow.parameter_of("3", "steps") is None


def test_the_files_are_read_again_for_every_job(tmp_path: Path) -> None:
    directory = save(tmp_path)
    load_workflow(directory, "sdxl")

    save(tmp_path, map='[inputs]\nprompt = "6.inputs.text"\n[outputs]\nnodes = ["9"]\n')

    workflow = load_workflow(directory, "sdxl")
    assert list(workflow.inputs) == ["prompt"]
    assert workflow.output_nodes == ("9",)


@pytest.mark.parametrize("name", [None, "", "../sdxl", "a/b", "/etc/passwd", ".hidden", "a\0b", "a" * 101, "sdxl\n"])
def test_a_name_does_not_lead_out_of_the_directory(tmp_path: Path, name: str | None) -> None:
    directory = tmp_path / "workflows"
    directory.mkdir()
    save(tmp_path)

    with pytest.raises(WorkflowError, match="is not a name of a workflow"):
        load_workflow(directory, name)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (b"{", "sdxl.json is not JSON"),
        ([], "sdxl.json is not an object of nodes"),
        ({}, "sdxl.json is not an object of nodes"),
        (
            {"nodes": [], "links": []},
            r"sdxl.json is in the format of the editor: export it with Workflow > Export \(API\)",
        ),
        ({"3": []}, "sdxl.json: node '3' has no class_type"),
        ({"3": {"class_type": "KSampler"}}, "sdxl.json: node '3' has no inputs"),
        (b" " * (MAX_GRAPH_BYTES + 1), "sdxl.json is larger than 4,000,000 bytes"),
        (b"[" * 100_000, "sdxl.json is not JSON"),
    ],
)
def test_a_graph_is_checked(tmp_path: Path, graph: object, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        load_workflow(save(tmp_path, graph=graph), "sdxl")


@pytest.mark.parametrize(
    ("map", "message"),
    [
        ("", r"sdxl.toml has no \[inputs\]"),
        ("[inputs", "sdxl.toml is not TOML"),
        (b"\xff", "sdxl.toml is not TOML"),
        ("inputs = 5", "sdxl.toml: inputs is not a table"),
        ("[input]\n", "sdxl.toml has the unknown key 'input'"),
        (f"{MAP}[outputs]\nnode = []\n", "sdxl.toml has the unknown key outputs.node"),
        (f'{MAP}[outputs]\nnodes = "9"\n', "sdxl.toml: outputs.nodes is not a list of strings"),
        (f'{MAP}[outputs]\nnodes = ["99"]\n', "sdxl.toml: outputs.nodes: the workflow has no node '99'"),
        ("[inputs]\ntext = 6\n", "sdxl.toml: inputs.text is not a list of strings"),
        ("[inputs]\ntext = []\n", "sdxl.toml: inputs.text is empty"),
        ('[inputs]\ntext = "6.text"\n', "sdxl.toml: inputs.text is '6.text', not of the form \"6.inputs.text\""),
        ('[inputs]\ntext = "66.inputs.text"\n', "sdxl.toml: inputs.text: the workflow has no node '66'"),
        ('[inputs]\ntext = "3.inputs.text"\n', "inputs.text: node 3 has no input 'text'; it has model, seed, steps"),
        (b"#" * (MAX_MAP_BYTES + 1), "sdxl.toml is larger than 64,000 bytes"),
    ],
)
def test_a_map_is_checked(tmp_path: Path, map: str | bytes, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        load_workflow(save(tmp_path, map=map), "sdxl")


@pytest.mark.parametrize("missing", ["sdxl.json", "sdxl.toml"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    (save(tmp_path) / missing).unlink()

    with pytest.raises(WorkflowError, match=f"{missing} cannot be read: No such file or directory"):
        load_workflow(tmp_path, "sdxl")
