"""`python -m cli` runs the `doitong` command."""

import gc
import sys

# Collections examine all loaded modules again and again and free nothing: a tenth of the time to start the server.
gc.disable()
# The command line of httpx, which `import httpx` imports where it can, and rich with it: 25 ms.
sys.modules["httpx._main"] = None  # type: ignore[assignment]

from cli.main import main  # noqa: E402  the import of most modules

main()
