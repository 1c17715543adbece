"""Streams that end with their server."""

from dataclasses import dataclass

from server.graphql.transports.stream_registry import StreamRegistry


@dataclass(eq=False)
class Stream:
    ends: int = 0

    def end(self) -> None:
        self.ends += 1


def test_those_that_are_open_are_ended_and_those_that_are_over_are_not() -> None:
    streams, is_open, is_over = StreamRegistry(), Stream(), Stream()

    with streams.holding(is_open):
        with streams.holding(is_over):
            pass
        streams.end_all()

    assert (is_open.ends, is_over.ends) == (1, 0)


def test_one_that_opens_while_the_server_stops_ends_at_once() -> None:
    streams, late = StreamRegistry(), Stream()
    streams.end_all()

    with streams.holding(late):
        assert late.ends == 1
