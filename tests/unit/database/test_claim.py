import pytest

from database.open import open_database
from database.transaction import AlreadyClaimed

pytestmark = pytest.mark.anyio


async def test_one_worker_at_a_time_has_a_database(database_url: str) -> None:
    first = await open_database(database_url)
    second = await open_database(database_url)
    await first.claim()

    with pytest.raises(AlreadyClaimed):
        await second.claim()
    await first.close()
    await second.close()

    third = await open_database(database_url)
    await third.claim()
    await third.close()
