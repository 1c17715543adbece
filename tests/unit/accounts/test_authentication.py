"""Whose key it is, until when, and when it was used."""

from datetime import timedelta

import pytest

from accounts.authentication import TRUST
from kit.errors import Unauthenticated
from tests.fixtures.heart import Heart
from tests.fixtures.keyring import Keyring

pytestmark = pytest.mark.anyio


async def test_a_key_is_refused_from_the_moment_it_expires(heart: Heart, keyring: Keyring) -> None:
    token = await keyring.key(await heart.an_account(), expires_at=heart.clock.now() + timedelta(seconds=3))
    await keyring.sign_in(token)

    heart.clock.move(2.9)
    await keyring.sign_in(token)
    heart.clock.move(0.1)
    with pytest.raises(Unauthenticated, match="expired"):
        await keyring.sign_in(token)


async def test_a_key_revoked_by_another_process_is_believed_no_longer_than_a_few_seconds(
    heart: Heart, keyring: Keyring
) -> None:
    token = await keyring.key(await heart.an_account())
    await keyring.revoke((await keyring.sign_in(token)).key_id)

    heart.clock.move(TRUST.total_seconds())
    with pytest.raises(Unauthenticated, match="revoked"):
        await keyring.sign_in(token)


async def test_a_key_that_is_forgotten_is_looked_up_at_once(heart: Heart, keyring: Keyring) -> None:
    token = await keyring.key(await heart.an_account())
    key_id = (await keyring.sign_in(token)).key_id
    await keyring.revoke(key_id)

    keyring.authenticator.forget(key_id)
    with pytest.raises(Unauthenticated, match="revoked"):
        await keyring.sign_in(token)


async def test_the_last_use_is_written_down(heart: Heart, keyring: Keyring) -> None:
    owner = await heart.an_account()
    token = await keyring.key(owner)
    [unused] = await keyring.listed(owner)
    heart.clock.move(60)
    await keyring.sign_in(token)
    used_at = heart.clock.now()
    heart.clock.move(1)
    await keyring.sign_in(token)

    await keyring.authenticator.save_uses()

    [used] = await keyring.listed(owner)
    assert (unused.last_used_at, used.last_used_at) == (None, used_at)
