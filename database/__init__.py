"""Engines, transactions and migrations, the same statements on SQLite and PostgreSQL."""
