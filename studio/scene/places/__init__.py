"""The places a scene can be set in, one kind of country a module."""
