"""`python -m cli` runs the `doitong` command."""

import gc

# Collections examine all loaded modules again and again and free nothing: a tenth of the time to start the server.
gc.disable()

from cli.main import main  # noqa: E402  the import of most modules

main()
