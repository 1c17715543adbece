"""The resources and tasks of a process, by role."""
