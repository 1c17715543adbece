"""Writes the tables of upstreams, providers and settings in docs/providers.md and docs/settings.md.

With `--check`, compares them instead.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from generations.routing.availability import LOCAL
from kit.clock import SystemClock
from providers.backend import Backend
from providers.catalogue import Catalogue, load_catalogue
from providers.definitions import DEFINITIONS, create_backends
from providers.settings import BackendDefinition, BackendSetting
from providers.submission_recovery import recovery

DOCS = Path(__file__).resolve().parent.parent / "docs"
UNUSED = "none built in; add a [route](catalogue.md#routes)"


def upstream_table(catalogue: Catalogue, backends: Mapping[str, Backend]) -> str:
    """Return a row for each upstream: what it needs, what it runs, and how it finds a lost job."""
    rows = ["| upstream | needs | providers | a lost job is found |", "|---|---|---|---|"]
    for definition in _by_title():
        backend = backends[definition.name]
        needs = ", ".join(f"`{name}`" for name in needed_settings(definition, backend))
        used = [one.id for one in catalogue.providers if any(route.backend == backend.name for route in one.routes)]
        providers = ", ".join(f"`{name}`" for name in used) or UNUSED
        rows.append(f"| {definition.title} (`{definition.name}`) | {needs} | {providers} | {recovery(backend)} |")
    return "\n".join(rows) + "\n"


def provider_table(catalogue: Catalogue) -> str:
    """Return a row for each provider with its upstreams, best first."""
    rows = ["| type | provider | upstreams, best first |", "|---|---|---|"]
    for provider in sorted(catalogue.providers, key=lambda one: (one.type, one.id)):
        names = dict.fromkeys(route.backend for route in provider.routes)
        upstreams = ", ".join("this server" if name == LOCAL else f"`{name}`" for name in names)
        rows.append(f"| {provider.type} | `{provider.id}` | {upstreams} |")
    return "\n".join(rows) + "\n"


def setting_table() -> str:
    """Return a row for each setting of an upstream."""
    rows = ["| upstream | setting | default | description |", "|---|---|---|---|"]
    for definition in _by_title():
        titles = [definition.title, *[""] * (len(definition.settings) - 1)]
        rows += [_setting_row(title, one) for title, one in zip(titles, definition.settings, strict=True)]
    return "\n".join(rows) + "\n"


def needed_settings(definition: BackendDefinition, backend: Backend) -> list[str]:
    """Return the settings without which the upstream cannot be used; `backend` was created without any."""
    required = [setting.name for setting in definition.settings if setting.is_required]
    return required or (backend.unavailable_because() or "").split()[:1]


def _setting_row(title: str, setting: BackendSetting) -> str:
    default = "" if setting.default is None else f" `{setting.default}`"
    required = "Required. " if setting.is_required else ""
    return f"|{f' {title}' * bool(title)} | `{setting.name}` |{default} | {required}{setting.description.rstrip('.')} |"


def _by_title() -> list[BackendDefinition]:
    return sorted(DEFINITIONS, key=lambda one: one.title.lower())


def current_pages() -> Mapping[Path, str]:
    """Return the text of both pages with current tables."""
    catalogue = load_catalogue()
    backends = create_backends({}, clock=SystemClock())
    providers = (DOCS / "providers.md").read_text(encoding="utf-8")
    providers = _replaced(providers, "upstreams", upstream_table(catalogue, backends))
    providers = _replaced(providers, "providers", provider_table(catalogue))
    settings = (DOCS / "settings.md").read_text(encoding="utf-8")
    return {DOCS / "providers.md": providers, DOCS / "settings.md": _replaced(settings, "upstreams", setting_table())}


def _replaced(text: str, name: str, table: str) -> str:
    """Return the text with the table between `<!-- name -->` and `<!-- /name -->`."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    head, _, rest = text.partition(start)
    _, _, tail = rest.partition(end)
    return f"{head}{start}{table}{end}{tail}"


def main(arguments: list[str]) -> int:
    """Write the tables, or with `--check` compare them; return the exit status."""
    pages = current_pages()
    if "--check" not in arguments:
        for path, text in pages.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    for path in stale:
        sys.stderr.write(f"docs/{path.name} is not current: run `python -m scripts.print_backends`.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
