"""API keys and client tokens of accounts, and their authentication."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from accounts.api_keys import ApiKey, list_keys, revoke_key
from accounts.authentication import Authenticator
from accounts.client_tokens import create_client_token
from accounts.creation import insert_key
from accounts.principal import DEFAULT_SCOPES, Principal, Scope
from tests.support.services import SECRET
from tests.support.use_case_harness import UseCaseHarness


@dataclass
class Keyring:
    """Creates keys and tokens, and authenticates with them."""

    use_cases: UseCaseHarness
    authenticator: Authenticator

    async def key(
        self,
        owner: Principal,
        *,
        scopes: tuple[Scope, ...] = DEFAULT_SCOPES,
        expires_at: datetime | None = None,
        spend_cap: int | None = None,
    ) -> str:
        return await self.use_cases.database.transact(
            lambda transaction: insert_key(
                transaction,
                owner.account_id,
                name="a key",
                test_mode=owner.test_mode,
                secret=SECRET,
                at=self.use_cases.clock.now(),
                scopes=scopes,
                expires_at=expires_at,
                spend_cap=spend_cap,
            )
        )

    async def token(self, owner: Principal, *, ttl: int | None = None, max_credits: int | None = None) -> str:
        made = await self.use_cases.database.transact(
            lambda transaction: create_client_token(
                transaction, owner, secret=SECRET, at=self.use_cases.clock.now(), ttl=ttl, max_credits=max_credits
            )
        )
        return made.token

    async def sign_in(self, token: str) -> Principal:
        return await self.authenticator.authenticate(token)

    async def revoke(self, key_id: str) -> None:
        await self.use_cases.database.transact(lambda t: revoke_key(t, key_id, at=self.use_cases.clock.now()))

    async def listed(self, owner: Principal) -> list[ApiKey]:
        return await self.use_cases.database.read(lambda connection: list_keys(connection, owner.account_id))


@pytest.fixture
def keyring(use_cases: UseCaseHarness) -> Keyring:
    return Keyring(use_cases, Authenticator(use_cases.database, secret=SECRET, clock=use_cases.clock))
