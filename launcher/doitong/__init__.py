"""The one name under which the wheel installs the server."""
