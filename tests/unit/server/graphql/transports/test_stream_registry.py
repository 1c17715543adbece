"""The registry that ends open streams at shutdown."""

from dataclasses import dataclass

from server.graphql.transports.stream_registry import StreamRegistry


@dataclass(eq=False)
class Stream:
    ends: int = 0

    def end(self) -> None:
        self.ends += 1


def test_open_streams_are_ended_and_finished_ones_are_not() -> None:
    streams, is_configured, is_over = StreamRegistry(), Stream(), Stream()

    with streams.holding(is_configured):
        with streams.holding(is_over):
            pass
        streams.end_all()

    assert (is_configured.ends, is_over.ends) == (1, 0)


def test_a_stream_opened_during_shutdown_ends_immediately() -> None:
    streams, late = StreamRegistry(), Stream()
    streams.end_all()

    with streams.holding(late):
        assert late.ends == 1
