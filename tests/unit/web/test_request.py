"""Request headers."""

import pytest

from tests.support.cpu_time import RelativeCpuTime
from web.request import headers_of

MAX_CPU_TIME = 10.0  # units of RelativeCpuTime


def test_repeated_headers_are_joined() -> None:
    raw = [(b"A", b"1"), (b"b", b"2"), (b"a", b"3"), (b"a", b"4")]

    assert headers_of({"headers": raw}) == {"a": "1, 3, 4", "b": "2"}


@pytest.mark.serial
def test_joining_headers_takes_linear_time() -> None:
    cpu_time = RelativeCpuTime()
    with cpu_time.round():
        joined = headers_of({"headers": [(b"a", b"b" * 1_000)] * 10_000})["a"]

    assert cpu_time.units < MAX_CPU_TIME
    assert joined.count(",") == 9_999
