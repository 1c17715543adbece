"""Accounts, plans, API keys and client tokens: authentication, scopes and rate limits."""
