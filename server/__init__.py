"""The ASGI application, its settings and its command line: everything is wired here and nothing is decided."""
