"""docs/providers.md and docs/settings.md say what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from generations.execution import concurrency, polling, submission
from generations.execution.health_history import MAX_GENERATIONS
from generations.generation import DEADLINES, SubmissionOutcome
from generations.routing.provider_selection import MAX_ALTERNATIVES, MIN_OUTCOMES, WEIGHTS
from kit.clock import SystemClock
from providers import health
from providers.backend import Backend
from providers.backends.http_task import definition
from providers.backends.http_task.loading import load_spec
from providers.catalogue import load_catalogue
from providers.definitions import DEFINITIONS, backend_settings, create_backends
from providers.settings import BackendContext, BackendDefinition, SettingForm
from providers.submission_recovery import Recovery, recovery
from scripts import print_backends

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "providers.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())
LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")


def create(given: BackendDefinition, settings: dict[str, str]) -> Backend:
    defaults = {one.name: one.default for one in given.settings if one.default is not None}
    return given.create(BackendContext(settings={**defaults, **settings}, clock=SystemClock()))


def test_the_tables_are_those_of_the_code() -> None:
    assert print_backends.main(["--check"]) == 0


def test_the_page_of_settings_has_every_setting_of_an_upstream_once() -> None:
    rows = re.findall(r"^\|[^|]*\| `(DOITONG_\w+)` \|", (DOCS / "settings.md").read_text(encoding="utf-8"), re.M)

    assert sorted(rows) == sorted(backend_settings())


@pytest.mark.parametrize("given", DEFINITIONS, ids=lambda one: one.name)
def test_what_the_table_says_that_an_upstream_needs_turns_it_on(given: BackendDefinition, tmp_path: Path) -> None:
    [needs] = re.findall(rf"^\| .* \(`{given.name}`\) \| (.*?) \|", PAGE, re.M)
    forms = {one.name: one.form for one in given.settings}
    values = {SettingForm.PATH: str(tmp_path), SettingForm.URL: "http://127.0.0.1:8188", SettingForm.TEXT: "a-key"}
    settings = {name: values[forms[name]] for name in re.findall(r"\w+", needs)}

    assert create(given, settings).unavailable_because() is None
    for name in settings:
        others = {other: value for other, value in settings.items() if other != name}
        assert create(given, others).unavailable_because() == f"{name} is not set"


def test_lost_jobs_are_found_as_the_upstreams_allow() -> None:
    found = {name: recovery(backend) for name, backend in create_backends({}, clock=SystemClock()).items()}

    assert {found[name] for name in ("kling", "comfyui")} == {Recovery.BY_ID}
    assert {found[name] for name in ("fal", "replicate", "luma", "minimax", "ark", "bfl")} == {Recovery.BY_CALLBACK}
    assert {found[name] for name in ("openai", "elevenlabs", "google", "runway")} == {Recovery.NONE}
    assert set(re.findall(r"^\| (by ID|by callback|not found) \|", PAGE, re.M)) == set(Recovery)


def test_weights_deadlines_and_outcomes_are_those_of_the_code() -> None:
    for priority, weights in WEIGHTS.items():
        assert f"| `{priority}` | {' | '.join(f'{weight:g}' for weight in weights)} |" in PAGE
    for type, deadline in DEADLINES.items():
        assert f"| {type} | {deadline.total_seconds() / 60:g} |" in PAGE
    outcomes = PAGE.partition("## Attempts")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([a-z]+)` \|", outcomes, re.M)) == set(SubmissionOutcome)


def test_numbers_of_the_page_are_those_of_the_code() -> None:
    seconds = {name: getattr(health, name).total_seconds() for name in ("FIRST_BREAK", "MAX_BREAK")}
    sentences = [
        f"opens after {health.MIN_FAILURES} consecutive failures, or if at least {health.MIN_FAILURES} and at least "
        f"half of the last {health.RECENT} outcomes are failures",
        f"After {seconds['FIRST_BREAK']:g} seconds, one job is submitted as a trial",
        f"doubles the pause, up to {seconds['MAX_BREAK'] / 60:g} minutes",
        f"that of the last {health.WINDOW} outcomes of each upstream and model, from {MIN_OUTCOMES} outcomes on",
        f"from the last {MAX_GENERATIONS} generations",
        f"up to {concurrency.INITIAL_LIMIT:g} jobs at a time in the beginning",
        f"the pause is {concurrency.FIRST_PAUSE.total_seconds():g} second and doubles up to "
        f"{concurrency.MAX_PAUSE.total_seconds() / 60:g} minute",
        f"It is submitted again, at most {submission.MAX_RESUBMISSIONS} times",
        f"at least {submission.MIN_CALLBACK_WAIT.total_seconds() / 60:g} minutes",
        f"requested {polling.MAX_FETCHES} times",
        f"The next {['one', 'two', 'three'][MAX_ALTERNATIVES - 1]} are its alternatives",
    ]

    assert [sentence for sentence in sentences if sentence not in TEXT] == []
    limits = {
        one.max_concurrent_jobs
        for one in create_backends({}, clock=SystemClock()).values()
        if one.max_concurrent_jobs is not None
    }
    assert [f"{limit} jobs at a time" in TEXT for limit in limits] == [True]


def test_the_spec_of_the_page_is_one(tmp_path: Path) -> None:
    [example] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)
    path = tmp_path / f"{tomllib.loads(example)['name']}.toml"
    path.write_text(example, encoding="utf-8")

    settings = [setting.name for setting in definition(load_spec(path)).settings]

    assert settings == ["DOITONG_ACME_API_KEY", "DOITONG_ACME_BASE_URL"]
    assert all(f"`{name}`" in PAGE for name in settings)


def test_names_and_links_of_the_page_exist() -> None:
    settings = {name for name in re.findall(r"DOITONG_\w+\b", PAGE) if "ACME" not in name}
    own = {"DOITONG_BASE_URL", "DOITONG_CATALOGUE", "DOITONG_"}
    backends = set(re.findall(r"\(`(\w+)`\) \|", PAGE))

    assert settings - own <= set(backend_settings())
    assert {one.name for one in DEFINITIONS} == backends
    assert {provider.id for provider in load_catalogue().providers} == set(
        re.findall(r"^\| [A-Z]+ \| `([\w.-]+)`", PAGE, re.M)
    )
    for target, anchor in LINK.findall(PAGE):
        text = (DOCS / (target or "providers.md")).read_text(encoding="utf-8")
        titles = [
            re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in re.findall("^#+ (.*)", text, re.M)
        ]
        assert not anchor or anchor in titles, (target, anchor)
