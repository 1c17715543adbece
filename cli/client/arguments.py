"""Arguments of the client commands."""

from pathlib import Path

from cli.argument_types import Subparsers, one_of

GENERATION_TYPES = ("IMAGE", "VIDEO", "AUDIO", "AVATAR", "MUSIC")


def add_client_commands(commands: Subparsers) -> None:
    """Add `generate`, `listen`, `mcp` and `demo`."""
    _add_generate(commands)
    _add_listen(commands)
    _add_mcp(commands)
    demo = commands.add_parser("demo", help="generate one file of each media type and describe it")
    demo.add_argument(
        "--output", type=Path, default=Path("demo-output"), help="directory for the files; default: demo-output"
    )
    demo.add_argument(
        "--emulated",
        action="store_true",
        help="use emulators of fal, ElevenLabs and kie.ai with a live key; needs a checkout",
    )
    demo.set_defaults(command="cli.client.demo")


def _add_generate(commands: Subparsers) -> None:
    generate = commands.add_parser("generate", help="generate media from a prompt and save it")
    generate.add_argument("prompt", help="description of the media, or the text to speak")
    generate.add_argument(
        "--type",
        type=one_of(GENERATION_TYPES),
        default="IMAGE",
        metavar="TYPE",
        help="image (default), video, audio, avatar or music",
    )
    generate.add_argument("--provider", help="provider id; chosen automatically by default")
    generate.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the provider, such as duration=5; can be repeated",
    )
    generate.add_argument("-o", "--output", type=Path, help="default: a name derived from the type and the prompt")
    generate.add_argument("--url", help="default: DOITONG_URL, or the server on this machine")
    generate.add_argument("--key", help="default: DOITONG_API_KEY")
    generate.set_defaults(command="cli.client.generate")


def _add_listen(commands: Subparsers) -> None:
    listen = commands.add_parser("listen", help="forward webhook messages to a local URL")
    listen.add_argument(
        "--forward", required=True, metavar="URL", help="URL of the receiver, such as http://localhost:3000/hook"
    )
    listen.add_argument("--events", help="comma-separated event types; default: those of finished generations")
    listen.add_argument("--progress", action="store_true", help="also forward generation.progress")
    listen.add_argument("--secret", metavar="whsec_…", help="signing secret; default: the account's secret")
    listen.add_argument("--url", help="default: DOITONG_URL, or the server on this machine")
    listen.add_argument("--key", help="default: DOITONG_API_KEY")
    listen.set_defaults(command="cli.client.listen")


def _add_mcp(commands: Subparsers) -> None:
    mcp = commands.add_parser("mcp", help="serve MCP over standard input and output, for desktop agents")
    mcp.add_argument("--url", help="default: DOITONG_URL, or the server on this machine")
    mcp.add_argument("--key", help="default: DOITONG_API_KEY")
    mcp.set_defaults(command="cli.client.mcp_bridge")
