"""The subjects of a scene, grouped by kind."""
