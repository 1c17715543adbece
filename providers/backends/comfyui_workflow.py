"""Workflows of ComfyUI: a graph in API format and the map from the job's parameters to inputs of its nodes.

`<name>.json` is the graph, `<name>.toml` the map:

    [inputs]
    text = "6.inputs.text"
    seed = ["3.inputs.seed", "12.inputs.noise_seed"]

    [outputs]
    nodes = ["9"]
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, JSONObject
from providers.catalogue.routes import MEDIA

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_GRAPH_BYTES = 4_000_000
MAX_MAP_BYTES = 64_000
TABLES = ("inputs", "outputs")

Graph = Mapping[str, Mapping[str, Any]]
"""Nodes by ID; each has a `class_type` and an object of `inputs`."""


class WorkflowError(Exception):
    """A workflow that cannot be used; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Target:
    """An input of a node."""

    node: str
    input: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow. `inputs` are by parameter; `output_nodes` are empty if all nodes with media count."""

    name: str
    graph: Graph
    inputs: Mapping[str, tuple[Target, ...]]
    output_nodes: tuple[str, ...] = ()

    def check(self, parameters: JSONObject, media: Mapping[str, int]) -> None:
        """Check that every parameter has an input, and every media input its file. `media` are counts of files.

        Raises `WorkflowError` for a mistake of the operator, `InvalidInput` for one of the client.
        """
        for name in (*parameters, *media):
            if name not in self.inputs:
                raise WorkflowError(
                    f"{self.name}.toml has no key inputs.{name}, which the route sends: add it, "
                    "or remove the field from the route."
                )
        for name, targets in self.inputs.items():
            needed = len(targets) if name == "images" else 1
            if name in MEDIA and media.get(name, 0) != needed:
                message = f"This workflow needs {needed} {name}, not {media.get(name, 0)}."
                raise InvalidInput(message, field=f"input.{name}")

    def bind(self, parameters: JSONObject, media: Mapping[str, Sequence[str]]) -> JSONObject:
        """Return the graph with these values. `media` are names of uploaded files; other inputs keep their values."""
        graph = {id: {**node, "inputs": {**node["inputs"]}} for id, node in self.graph.items()}
        for name, value in parameters.items():
            for target in self.inputs[name]:
                graph[target.node]["inputs"][target.input] = value
        for name, files in media.items():
            repeated = files if name == "images" else list(files) * len(self.inputs[name])
            for target, file in zip(self.inputs[name], repeated, strict=True):
                graph[target.node]["inputs"][target.input] = file
        return {**graph}

    def parameter_of(self, node: str, input: str) -> str | None:
        """Return the parameter that sets this input of a node, if any."""
        return next((name for name, targets in self.inputs.items() if Target(node, input) in targets), None)


def load_workflow(directory: Path, name: str | None) -> Workflow:
    """Read a workflow and check it. Raises `WorkflowError`."""
    if name is None or not NAME.fullmatch(name):
        raise WorkflowError(f"{truncate(name or '')} is not a name of a workflow: letters, digits, '.', '_' and '-'.")
    graph = _graph(f"{name}.json", _read(directory / f"{name}.json", MAX_GRAPH_BYTES))
    tables = _tables(f"{name}.toml", _read(directory / f"{name}.toml", MAX_MAP_BYTES))
    inputs = {
        parameter: tuple(_targets(f"{name}.toml: inputs.{parameter}", value, graph))
        for parameter, value in tables.get("inputs", {}).items()
    }
    if not inputs:
        raise WorkflowError(f'{name}.toml has no [inputs], such as text = "6.inputs.text".')
    nodes = _strings(f"{name}.toml: outputs.nodes", tables.get("outputs", {}).get("nodes", []))
    for node in nodes:
        _node(f"{name}.toml: outputs.nodes", node, graph)
    return Workflow(name, graph, inputs, nodes)


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise WorkflowError(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(content) > max_bytes:
        raise WorkflowError(f"{path.name} is larger than {max_bytes:,} bytes.")
    return content


def _graph(file: str, content: bytes) -> Graph:
    try:
        graph: JSON = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise WorkflowError(f"{file} is not JSON: {error}.") from error
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
        raise WorkflowError(f"{file} is in the format of the editor: export it with Workflow > Export (API).")
    if not isinstance(graph, dict) or not graph:
        raise WorkflowError(f"{file} is not an object of nodes: export it with Workflow > Export (API).")
    nodes: dict[str, Mapping[str, Any]] = {}
    for node, value in graph.items():
        if not isinstance(value, dict) or not isinstance(value.get("class_type"), str):
            raise WorkflowError(f"{file}: node {truncate(node)} has no class_type.")
        if not isinstance(value.get("inputs"), dict):
            raise WorkflowError(f"{file}: node {truncate(node)} has no inputs.")
        nodes[node] = value
    return nodes


def _tables(file: str, content: bytes) -> Mapping[str, Mapping[str, Any]]:
    try:
        tables = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkflowError(f"{file} is not TOML: {error}.") from error
    for name, table in tables.items():
        if name not in TABLES:
            raise WorkflowError(f"{file} has the unknown key {truncate(name)}; known are [inputs] and [outputs].")
        if not isinstance(table, dict):
            raise WorkflowError(f"{file}: {name} is not a table.")
    for key in tables.get("outputs", {}):
        if key != "nodes":
            raise WorkflowError(f"{file} has the unknown key outputs.{key}; known is outputs.nodes.")
    return tables


def _targets(where: str, value: Any, graph: Graph) -> Iterator[Target]:
    paths = _strings(where, [value] if isinstance(value, str) else value)
    if not paths:
        raise WorkflowError(f"{where} is empty.")
    for path in paths:
        node, _, rest = path.partition(".")
        kind, _, name = rest.partition(".")
        if kind != "inputs" or not name:
            raise WorkflowError(f'{where} is {truncate(path)}, not of the form "6.inputs.text".')
        inputs = _node(where, node, graph)["inputs"]
        if name not in inputs:
            known = ", ".join(sorted(inputs)) or "none"
            raise WorkflowError(f"{where}: node {node} has no input {truncate(name)}; it has {known}.")
        yield Target(node, name)


def _node(where: str, node: str, graph: Graph) -> Mapping[str, Any]:
    if node not in graph:
        raise WorkflowError(f"{where}: the workflow has no node {truncate(node)}.")
    return graph[node]


def _strings(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise WorkflowError(f"{where} is not a list of strings.")
    return tuple(value)
