"""Specs of declarative backends: every one loads, and an error names the file, the key and the rule."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from providers.backends.http_task import DEFINITIONS
from providers.backends.http_task.json_paths import append_at, check_path, find_all, find_first
from providers.backends.http_task.loading import SPECS, load_spec, load_specs

GOOD = """
name = "bad"
title = "Bad"
base_url = "https://bad.example"
errors = { code = "code", codes = { BUSY = "429" } }

[[endpoints]]
name = "tasks"
outputs = ["url"]
submit = { path = "/tasks/{model}", id = "id", keep = { poll = "poll" }, client_id = "mine" }
poll = { address = "{poll}", state = "state", states = { SUCCEEDED = "done" } }
find = { address = "{path}/{client_id}" }
inputs = { image = { form = "link" } }
"""


def load(directory: Path, text: str) -> None:
    path = directory / "bad.toml"
    path.write_text(text)
    load_spec(path)


def test_every_spec_loads_and_is_a_backend() -> None:
    names = [path.stem for path in sorted(SPECS.glob("*.toml"))]

    assert [spec.name for spec in load_specs()] == names
    assert [definition.name for definition in DEFINITIONS] == names
    assert set(names) == {"apixo", "ark", "bfl", "dashscope", "kie", "kling", "luma", "minimax", "omnivideo"}


def test_every_backend_has_a_key_and_a_base_url_that_defaults_to_the_vendors() -> None:
    for definition, spec in zip(DEFINITIONS, load_specs(), strict=True):
        settings = {setting.name: setting for setting in definition.settings}
        prefix = f"DOITONG_{spec.name.upper()}"

        assert settings[f"{prefix}_API_KEY"].is_secret
        assert settings[f"{prefix}_BASE_URL"].default == spec.base_url
        assert spec.base_url.startswith("https://")


def test_the_defaults_hold_for_every_endpoint() -> None:
    kling = next(spec for spec in load_specs() if spec.name == "kling")

    assert [endpoint.submit.client_id for endpoint in kling.endpoints] == ["external_task_id"] * 2
    assert kling.endpoints[0].poll == kling.endpoints[1].poll


def test_the_good_spec_of_these_tests_loads(tmp_path: Path) -> None:
    load(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Bad"', 'tytle = "Bad"', r"bad\.toml: tytle: unknown key, did you mean title\?"),
        ('title = "Bad"', "", r"bad\.toml: title: missing"),
        ('title = "Bad"', "title = true", r"bad\.toml: title: True is not of the type str"),
        ('id = "id",', 'idd = "id",', r"bad\.toml: endpoints\[0\]\.submit\.idd: unknown key"),
        ('id = "id",', "", r"endpoints\[0\]\.submit\.id: a job that is polled needs it"),
        ('id = "id",', 'id = "a..b",', r"endpoints\[0\]\.submit\.id: 'a\.\.b' is not a path"),
        ('"/tasks/{model}"', '"/tasks/{modle}"', r"endpoints\[0\]\.submit\.path: \{modle\} is not one of mode, model"),
        ('"/tasks/{model}"', '"/tasks/{mode}"', r"endpoints\[0\]\.submit\.modes: \{mode\} of the path needs words"),
        ('address = "{poll}"', 'address = "{url}"', r"endpoints\[0\]\.poll\.address: \{url\} is not one of"),
        ("SUCCEEDED =", "READY =", r"endpoints\[0\]\.poll\.states: 'READY' is not one of QUEUED, RUNNING"),
        ('BUSY = "429"', 'BUSY = "42("', r"errors\.codes\.BUSY: '42\(' is not a regular expression"),
        ('BUSY = "429"', 'BUZY = "429"', r"errors\.codes: 'BUZY' is not one of CONTENT_VIOLATION"),
        (', client_id = "mine"', "", r"endpoints\[0\]\.submit\.client_id: find needs it"),
        ('form = "link"', 'form = "url"', r"inputs\.image\.form: 'url' is not one of base64, data_uri, link"),
        ('form = "link"', "is_list = true", r"inputs\.image\.form: all kinds but text need a form"),
        ("image = {", "picture = {", r"endpoints\[0\]\.inputs: picture is not one of audio, image"),
        ('outputs = ["url"]', 'outputs = ["url"]\nhost = "eu"', r"endpoints\[0\]\.host: 'eu' is not a key of hosts"),
        ('name = "bad"', 'name = "other"', r"bad\.toml: name: 'other' is not the name of the file"),
        ('title = "Bad"', "title = ", r"bad\.toml: "),
        (
            "[[endpoints]]",
            "[defaults.submit]\nheader = {}\n\n[[endpoints]]",
            r"endpoints\[0\]\.submit\.header: unknown key",
        ),
        ("[[endpoints]]", "[endpoints]", r"bad\.toml: defaults: it is a table"),
    ],
)
def test_an_error_names_the_file_the_key_and_the_rule(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ValueError, match=message):
        load(tmp_path, GOOD.replace(old, new))


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.toml")), ids=lambda path: path.stem)
def test_an_unknown_key_in_any_table_of_any_spec_is_an_error(path: Path, tmp_path: Path) -> None:
    free = {"constants", "submit_constants", "headers", "item", "keep", "move", "modes", "hosts", "image_url"}
    free |= {"video_url", "audio_url", "states", "codes", "texts", "inputs"}
    lines = path.read_text().splitlines()
    headers = [number for number, line in enumerate(lines) if line.startswith("[") and "]" in line]

    for number in headers:
        table = lines[number].strip("[]# ").partition("]")[0].rpartition(".")[2]
        if table in free:
            continue
        copy = tmp_path / path.name
        copy.write_text("\n".join([*lines[: number + 1], "no_such_key = 1", *lines[number + 1 :]]))
        with pytest.raises(ValueError, match=rf"{path.name}: .*no_such_key: unknown key"):
            load_spec(copy)

    assert tomllib.loads(path.read_text())["name"] == path.stem


DOCUMENT: Any = {
    "a": {"b": [{"c": 1}, {"c": 2}, {"d": 3}]},
    "text": '{"urls": ["u", ""]}',
    "broken": "{",
    "empty": "",
    "none": None,
    "zero": 0,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b[].c", [1, 2]),
        ("a.b.1.c", [2]),
        ("a.b.7.c", []),
        ("text!json.urls[]", ["u"]),
        ("broken!json.urls[]", []),
        ("a!json.b", []),
        ("empty", []),
        ("none", []),
        ("zero", [0]),
        ("a.b.c", []),
        ("zero[].x", []),
    ],
)
def test_a_path_finds_values(path: str, found: list[Any]) -> None:
    check_path(path)

    assert find_all(DOCUMENT, path) == found


def test_the_first_scalar_of_several_paths_counts() -> None:
    assert find_first(DOCUMENT, ["none", "a", "a.b[].c"]) == 1
    assert find_first(DOCUMENT, "a") is None


def test_values_are_appended_to_a_list_inside_a_body() -> None:
    body: Any = {"messages": [{"content": ["x"]}]}

    append_at(body, "messages.0.content", ["y"])
    append_at(body, "parts", ["z"])

    assert body == {"messages": [{"content": ["x", "y"]}], "parts": ["z"]}
