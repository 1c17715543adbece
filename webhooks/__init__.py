"""Webhooks: how an account's own servers are told of events."""
