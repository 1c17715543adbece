"""The OpenAPI document of the dialects, a module for each that describes its paths."""
