"""The provider catalogue, the backend protocol, and simulation for test keys."""
