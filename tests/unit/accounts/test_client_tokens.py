"""Client tokens: lifetime, scopes, restriction to one generation, and deletion."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.client_tokens import ClientToken, create_client_token
from accounts.principal import DEFAULT_SCOPES, Principal, Scope
from generations.generation import Status
from generations.queries import follow, get_visible, list_generations
from generations.requests.cancel import cancel
from generations.requests.client_tokens import issue_client_token
from generations.requests.delete import delete
from generations.requests.quotes import estimate
from generations.requests.retry import retry
from kit.errors import DoitongError, Forbidden, InvalidInput, NotFound, Unauthenticated
from kit.pagination import page_request
from server.roles.housekeeping import delete_expired
from tests.support.keyring import Keyring
from tests.support.services import SECRET
from tests.support.use_case_harness import PICTURE, UseCaseHarness

pytestmark = pytest.mark.anyio


async def create_token(use_cases: UseCaseHarness, owner: Principal, **requested: object) -> ClientToken:
    return await use_cases.database.transact(
        lambda transaction: create_client_token(
            transaction,
            owner,
            secret=SECRET,
            at=use_cases.clock.now(),
            **requested,  # type: ignore[arg-type]
        )
    )


async def restricted_principal(
    use_cases: UseCaseHarness, keyring: Keyring, owner: Principal, generation_id: str, *scopes: Scope
) -> Principal:
    token = await issue_client_token(
        use_cases.services, owner, ttl=None, scopes=scopes or None, generation_id=generation_id, max_credits=None
    )
    return await keyring.sign_in(token.token)


async def test_a_token_expires_after_its_ttl_and_not_after_its_key(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    key_expiry = use_cases.clock.now() + timedelta(minutes=5)
    account = await use_cases.create_account()
    unlimited = await keyring.sign_in(await keyring.key(account))
    expiring = await keyring.sign_in(await keyring.key(account, expires_at=key_expiry))

    assert (await create_token(use_cases, unlimited)).expires_at == use_cases.clock.now() + timedelta(minutes=15)
    assert (await create_token(use_cases, unlimited, ttl=60)).expires_at == use_cases.clock.now() + timedelta(minutes=1)
    assert (await create_token(use_cases, expiring, ttl=86_400)).expires_at == key_expiry


async def test_a_token_is_revoked_with_its_key(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    parent = await keyring.sign_in(await keyring.key(await use_cases.create_account()))
    token = await keyring.token(parent)
    await keyring.sign_in(token)

    await keyring.revoke(parent.key_id)
    keyring.authenticator.evict(parent.key_id)

    with pytest.raises(Unauthenticated, match="revoked"):
        await keyring.sign_in(token)


@pytest.mark.parametrize(
    ("scopes", "requested", "expected"),
    [
        (DEFAULT_SCOPES, None, (Scope.GENERATE, Scope.READ)),
        ((Scope.READ,), None, (Scope.READ,)),
        ((Scope.ADMIN,), None, (Scope.GENERATE, Scope.READ)),
        (DEFAULT_SCOPES, [Scope.GENERATE], (Scope.GENERATE,)),
        ((Scope.READ,), [Scope.GENERATE], Forbidden),
        ((Scope.KEYS,), None, Forbidden),
        ((Scope.ADMIN,), [Scope.KEYS], InvalidInput),
        (DEFAULT_SCOPES, [Scope.WEBHOOKS], InvalidInput),
        (DEFAULT_SCOPES, [], InvalidInput),
    ],
)
async def test_a_token_has_only_scopes_of_its_key(
    use_cases: UseCaseHarness,
    keyring: Keyring,
    scopes: tuple[Scope, ...],
    requested: list[Scope] | None,
    expected: tuple[Scope, ...] | type[DoitongError],
) -> None:
    parent = await keyring.sign_in(await keyring.key(await use_cases.create_account(), scopes=scopes))

    if isinstance(expected, tuple):
        token = await create_token(use_cases, parent, scopes=requested)
        assert (await keyring.sign_in(token.token)).scopes == frozenset(expected)
    else:
        with pytest.raises(expected):
            await create_token(use_cases, parent, scopes=requested)


@pytest.mark.parametrize("options", [{"ttl": 0}, {"ttl": 86_401}, {"ttl": -5}, {"max_credits": -1}])
async def test_options_out_of_range_are_rejected(use_cases: UseCaseHarness, options: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        await create_token(use_cases, await use_cases.create_account(), **options)


async def test_a_token_cannot_create_tokens(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    token = await keyring.sign_in(await keyring.token(await use_cases.create_account()))

    with pytest.raises(Forbidden):
        await create_token(use_cases, token)


async def test_a_token_for_one_generation_sees_only_that_one(use_cases: UseCaseHarness, keyring: Keyring) -> None:
    owner = await use_cases.create_account()
    mine, other = await use_cases.accept(owner), await use_cases.accept(owner)
    token = await restricted_principal(use_cases, keyring, owner, mine.id, Scope.READ, Scope.GENERATE)
    page = page_request(first=10, after=None, last=None, before=None)

    found = await get_visible(use_cases.services, token, mine.id)
    listed = await list_generations(use_cases.services, token, page, {})

    assert found is not None
    assert [generation.id for generation in listed.items] == [mine.id]
    assert await get_visible(use_cases.services, token, other.id) is None
    attempts: list[Callable[[], object]] = [
        lambda: cancel(use_cases.services, token, other.id),
        lambda: retry(use_cases.services, token, other.id),
        lambda: anext(follow(use_cases.services, token, other.id, after=None)),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt()  # type: ignore[misc]
    with pytest.raises(Forbidden, match="limited to gen_"):
        await use_cases.accept(token)
    with pytest.raises(Forbidden, match="limited to gen_"):
        await delete(use_cases.services, token, mine.id)
    with pytest.raises(Forbidden, match="limited to gen_"):
        estimate(use_cases.services, token, PICTURE)
    assert (await cancel(use_cases.services, token, mine.id)).status is Status.CANCELLED


async def test_another_account_gets_no_token_for_a_generation(use_cases: UseCaseHarness) -> None:
    foreign = await use_cases.accept(await use_cases.create_account())
    stranger = await use_cases.create_account()

    with pytest.raises(NotFound):
        await issue_client_token(
            use_cases.services, stranger, ttl=None, scopes=None, generation_id=foreign.id, max_credits=None
        )


async def test_an_expired_token_is_deleted_later_and_tokens_are_not_listed(
    use_cases: UseCaseHarness, keyring: Keyring
) -> None:
    owner = await use_cases.create_account()
    token = await keyring.token(owner)
    assert await keyring.listed(owner) == []

    use_cases.clock.move(3 * 86_400)
    assert await delete_expired(use_cases.services) == 1
    with pytest.raises(Unauthenticated, match="unknown"):
        await keyring.sign_in(token)


async def test_a_token_with_held_credits_is_kept_until_they_are_released(
    use_cases: UseCaseHarness, keyring: Keyring
) -> None:
    key = await keyring.sign_in(await keyring.key(await use_cases.create_account(), spend_cap=100))
    bearer = await keyring.sign_in(await keyring.token(key))
    accepted = await use_cases.accept(bearer)
    await use_cases.kill()

    use_cases.clock.move(3 * 86_400)
    assert await delete_expired(use_cases.services) == 0
    await use_cases.restart()
    await use_cases.wait_until_inactive(accepted.id)

    [kept] = await keyring.listed(key)
    assert kept.spent == 0
    assert await delete_expired(use_cases.services) == 1
