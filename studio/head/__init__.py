"""Drawn talking head: appearance, animation and painting."""
