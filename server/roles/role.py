"""The role of a process: serving the API, running generations, or both."""

from enum import StrEnum


class Role(StrEnum):
    """The role of a process. `api` and `worker` need a database that several processes share."""

    ALL = "all"
    API = "api"
    """Serves the APIs; renders, delivers and cleans up nothing."""
    WORKER = "worker"
    """Runs generations, delivers webhooks and cleans up; serves only its health."""

    @property
    def serves_api(self) -> bool:
        return self is not Role.WORKER

    @property
    def runs_generations(self) -> bool:
        return self is not Role.API
