"""Executing operations, and sharing one execution among the subscribers of an event."""
