"""Serves the emulators on the loopback interface: `python -m tests.emulators --port 8900 --only fal,kling`.

Prints the settings that point a server at them as lines of a shell, and then a comment with the address.
"""

import argparse
import shlex
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvicorn

from tests.emulators.app import PURCHASES, UPSTREAMS, EmulatedUpstreams
from tests.emulators.base import Scenario

HOST = "127.0.0.1"
SCENARIOS = {scenario.name.lower().replace("_", "-"): scenario for scenario in Scenario}


@dataclass
class Scenarios:
    """The scenario of all upstreams, and of those that have one of their own."""

    default: Scenario = Scenario.HAPPY
    own: dict[str, Scenario] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted."""
    options = _parser().parse_args(arguments)
    bound = socket.create_server((HOST, options.port))
    url = f"http://{HOST}:{bound.getsockname()[1]}"
    scenarios = Scenarios()
    for upstream, scenario in options.scenario:
        if upstream is None:
            scenarios.default = scenario
        else:
            scenarios.own[upstream] = scenario
    application = EmulatedUpstreams.create(url, only=options.only, scenario=scenarios.default, scenarios=scenarios.own)
    lines = [f"{name}={shlex.quote(value)}" for name, value in application.settings().items()]
    sys.stdout.write("\n".join([*lines, f"# emulators at {url}, purchases at {url}{PURCHASES}", ""]))
    sys.stdout.flush()
    config = uvicorn.Config(application, log_level="critical", access_log=False, lifespan="off", ws="websockets-sansio")
    uvicorn.Server(config).run(sockets=[bound])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators", description="Serve emulators of upstreams.")
    parser.add_argument("--port", type=int, default=0, help="default: a free port")
    parser.add_argument(
        "--scenario",
        type=_scenario,
        action="append",
        default=[],
        metavar="[UPSTREAM=]NAME",
        help=f"of all upstreams or of one; repeatable: {', '.join(SCENARIOS)}",
    )
    parser.add_argument(
        "--only", type=_upstreams, default=tuple(UPSTREAMS), metavar="NAMES", help=f"of {', '.join(UPSTREAMS)}"
    )
    return parser


def _scenario(text: str) -> tuple[str | None, Scenario]:
    upstream, _, name = text.rpartition("=")
    if name not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"{name!r} is not a scenario; give one of {', '.join(SCENARIOS)}")
    return (_upstreams(upstream)[0] if upstream else None), SCENARIOS[name]


def _upstreams(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, map(str.strip, text.split(","))))
    for name in names:
        if name not in UPSTREAMS:
            raise argparse.ArgumentTypeError(f"{name!r} is not emulated; give names of {', '.join(UPSTREAMS)}")
    return names


if __name__ == "__main__":
    main()
