"""The complete server, which publishes new versions of generations on commands from its standard input."""

import asyncio
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from cli.admin.serve import ForegroundServer, uvicorn_config
from generations import repository
from generations.generation import Generation
from server.application import Application
from server.settings import load_settings

IDS = "generations.txt"


async def publish_on_command(application: Application, ids: list[str]) -> None:
    """Publish a change of the first generation for `one`, and of every generation for `each`.

    `prepare` makes the new versions before, so that the time until they arrive does not contain it.
    """
    services = application.runtime.services
    states: list[Generation] = []
    for identifier in ids:
        state = await services.database.read(partial(repository.load, generation_id=identifier))
        assert state is not None
        states.append(state)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while command := (await reader.readline()).decode().strip():
        if command == "prepare":
            states = [replace(state, version=state.version + 1) for state in states]
            continue
        for state in states[:1] if command == "one" else states:
            services.hub.publish(state.id, state)


class PublishingServer(ForegroundServer):
    """Reads commands while it serves."""

    async def main_loop(self) -> None:
        ids = (self._application.settings.data_directory / IDS).read_text().split()
        commands = asyncio.create_task(publish_on_command(self._application, ids))
        await super().main_loop()
        commands.cancel()


def main() -> None:
    settings = load_settings(data_directory=Path(sys.argv[1]), port=0, dev=True)
    application = Application(settings)
    PublishingServer(uvicorn_config(application), application).run()


if __name__ == "__main__":
    main()
