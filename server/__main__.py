"""`python -m server` is the command line."""

from server.cli.main import main

main()
