"""The only top-level package the wheel installs; the server's packages are in `_app`."""
