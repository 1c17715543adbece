"""The settings of a scene, grouped by type of landscape."""
