"""The programs on the pages of docs/."""

import re

from tests.support.server_process import ROOT

DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(?:js|python|bash)\n((?://|#) (\S+)\n.*?)^```$", re.MULTILINE | re.DOTALL)
TYPESCRIPT_FILE = re.compile(r"^```ts\n(// (\S+)\n.*?)^```$", re.MULTILINE | re.DOTALL)
# These run until they are stopped; `test_webhooks` runs them.
RECEIVERS = {"webhooks/receiver.js", "webhooks/receiver.py", "webhooks/plain.js"}


def programs(page: str) -> dict[str, str]:
    """Return the code blocks of a page by the file name in their first line."""
    return {name: code for code, name in BLOCK.findall((DOCS / f"{page}.md").read_text())}


def typescript_files(page: str) -> dict[str, str]:
    """Return the TypeScript blocks of a page by the path in their first line."""
    return {name: code for code, name in TYPESCRIPT_FILE.findall((DOCS / f"{page}.md").read_text())}
