"""The cache of query results: what is stored, and until when."""

from datetime import timedelta

from tests.support.manual_clock import ManualClock
from web.result_cache import ENTRY_OVERHEAD, ResultCache

KEY, BODY = ("viewer", b"{ generation }"), b'{"data":{}}'


class Setup:
    """A cache with a clock, and a state of the providers that a test changes."""

    def __init__(self, *, capacity: int = 1_000_000) -> None:
        self.clock, self.provider_state = ManualClock(), 1
        self.receives_changes = True
        self.cache = ResultCache(
            self.clock,
            lambda: self.provider_state or None,
            receives_changes=lambda: self.receives_changes,
            capacity=capacity,
        )

    def store(self, key: object = KEY, *generation_ids: str, expires_in: timedelta | None = None) -> None:
        with self.cache.track() as tracked:
            for generation_id in generation_ids:
                expires_at = None if expires_in is None else self.clock.now() + expires_in
                tracked.dependencies.add_generation(generation_id, expires_at=expires_at)
            self.cache.put(key, BODY, tracked, key_bytes=10)


def test_a_result_is_removed_when_one_of_its_rows_changes() -> None:
    setup = Setup()
    setup.store(KEY, "gen_1", "gen_2")
    setup.store("other", "gen_3")
    assert setup.cache.get(KEY) == BODY

    setup.cache.invalidate(["gen_9", "gen_2"])

    assert setup.cache.get(KEY) is None
    assert setup.cache.get("other") == BODY


def test_a_result_is_not_stored_if_its_row_changed_while_it_was_read() -> None:
    setup = Setup()
    with setup.cache.track() as tracked:
        tracked.dependencies.add_generation("gen_1", expires_at=None)
        setup.cache.invalidate(["gen_1"])
        setup.cache.put(KEY, BODY, tracked, key_bytes=10)

    assert setup.cache.get(KEY) is None


def test_a_result_is_used_until_a_url_in_it_expires() -> None:
    setup = Setup()
    setup.store(KEY, "gen_1", expires_in=timedelta(days=15))

    setup.clock.move(timedelta(days=15).total_seconds() - 1)
    assert setup.cache.get(KEY) == BODY
    setup.clock.move(1)
    assert setup.cache.get(KEY) is None


def test_a_result_with_providers_is_used_while_their_state_is_the_same() -> None:
    setup = Setup()

    def store() -> None:
        with setup.cache.track() as tracked:
            tracked.dependencies.uses_providers = True
            setup.cache.put(KEY, BODY, tracked, key_bytes=10)

    store()
    assert setup.cache.get(KEY) == BODY
    setup.provider_state = 2
    assert setup.cache.get(KEY) is None
    setup.provider_state = 0  # it changes with time
    store()
    assert setup.cache.get(KEY) is None


def test_a_result_with_unknown_sources_is_not_stored() -> None:
    setup = Setup()
    with setup.cache.track() as tracked:
        tracked.dependencies.is_complete = False
        setup.cache.put(KEY, BODY, tracked, key_bytes=10)

    assert setup.cache.get(KEY) is None


def test_the_least_recently_used_results_make_room() -> None:
    size = len(BODY) + 10 + ENTRY_OVERHEAD
    setup = Setup(capacity=100 * size)
    for number in range(1_000):
        setup.store(number, f"gen_{number}")
        setup.cache.get(0)

    assert setup.cache.weight == 100 * size
    assert [number for number in range(1_000) if setup.cache.get(number)] == [0, *range(901, 1_000)]
    setup.cache.invalidate([f"gen_{number}" for number in range(1_000)])
    assert setup.cache.weight == 0


def test_results_are_not_used_while_the_changes_of_other_processes_do_not_arrive() -> None:
    setup = Setup()
    setup.store(KEY, "gen_1")

    setup.receives_changes = False

    assert setup.cache.get(KEY) is None


def test_results_from_before_a_gap_are_removed() -> None:
    setup = Setup()
    setup.store(KEY, "gen_1")
    with setup.cache.track() as tracked:
        tracked.dependencies.add_generation("gen_2", expires_at=None)
        setup.cache.clear()
        setup.cache.put("other", BODY, tracked, key_bytes=10)

    assert setup.cache.get(KEY) is None
    assert setup.cache.get("other") is None
    assert setup.cache.weight == 0
