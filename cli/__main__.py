"""`python -m cli` runs the `doitong` command."""

from cli.main import main

main()
