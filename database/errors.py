"""Errors of opening a database."""


class UnusableDatabase(Exception):
    """The database cannot be opened. The message says why, and does not contain its password."""
