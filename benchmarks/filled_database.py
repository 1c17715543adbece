"""A data directory whose database has as many generations as wanted: copies of two that a server has made."""

import shutil
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.server_process import ServerProcess

DATABASE = "doitong.db"
TIMEOUT = 60.0  # seconds of a render
GENERATE = "mutation ($input: GenerateInput!) { generate(input: $input) { id } }"
STAGE = "query ($id: ID!) { generation(id: $id) { stage status } }"
COMPLETED = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox in the snow, at dawn, film grain"}}
WAITING = {**COMPLETED, "input": {"text": "a fox in the snow, at dawn, film grain test:hang"}}
# Below every id that the server makes, and in the order in which they are inserted.
COMPLETED_ID = "gen_00%024d"
WAITING_ID = "gen_01%024d"


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers of generations: completed ones, and ones that wait for an upstream."""

    completed: int
    waiting: int

    def completed_ids(self, count: int) -> Sequence[str]:
        """Return ids that are spread over the completed generations, of `count` of them if there are as many."""
        return [COMPLETED_ID % number for number in range(1, self.completed + 1, max(1, self.completed // count))]

    def waiting_ids(self, count: int) -> Sequence[str]:
        return [WAITING_ID % number for number in range(1, min(count, self.waiting) + 1)]


def fill(directories: Mapping[Path, Size]) -> None:
    """Make the directories, with one secret and test key. All generations belong to the account of that key."""
    first, *others = directories
    with (
        ServerProcess(first) as server,
        httpx.Client(base_url=server.url, headers={"X-API-Key": server.key}, trust_env=False, timeout=30) as http,
    ):
        completed = _generate(http, COMPLETED)
        waiting = _generate(http, WAITING)
        _wait_for(http, completed, {"COMPLETED"})
        _wait_for(http, waiting, {"PROCESSING"})
    for directory in others:
        shutil.copytree(first, directory)
    for directory, size in directories.items():
        with closing(sqlite3.connect(directory / DATABASE, isolation_level=None)) as connection:
            connection.execute("pragma journal_mode = off")  # of a file that is thrown away
            connection.execute("pragma synchronous = off")
            connection.execute("begin")
            _copy(connection, completed, COMPLETED_ID, size.completed)
            _copy(connection, waiting, WAITING_ID, size.waiting)
            connection.execute("commit")


def _copy(connection: sqlite3.Connection, template: str, id_format: str, count: int) -> None:
    others = [row[1] for row in connection.execute("pragma table_info(generation)") if row[1] != "id"]
    names = ", ".join(f'"{name}"' for name in others)
    numbers = "with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < ?)"
    columns = f"select printf(?, number), {names} from numbers, generation where id = ?"  # noqa: S608
    connection.execute(f"{numbers} insert into generation (id, {names}) {columns}", (count, id_format, template))


def _generate(http: httpx.Client, request: Mapping[str, object]) -> str:
    return str(_execute(http, GENERATE, {"input": request})["generate"]["id"])


def _wait_for(http: httpx.Client, identifier: str, statuses: set[str]) -> None:
    ends_at = time.monotonic() + TIMEOUT
    while True:
        state = _execute(http, STAGE, {"id": identifier})["generation"]
        if state["status"] in statuses and state["stage"] != "QUEUED":
            return
        assert time.monotonic() < ends_at, state
        time.sleep(0.05)


def _execute(http: httpx.Client, query: str, variables: Mapping[str, object]) -> dict[str, dict[str, str]]:
    response = http.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in response, response
    data: dict[str, dict[str, str]] = response["data"]
    return data
