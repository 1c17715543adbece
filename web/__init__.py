"""Shared by all HTTP APIs: request bodies, credentials, error responses, rate-limit headers, accepting a generation."""
