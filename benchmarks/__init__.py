"""Performance measurements, each printed with its target."""
