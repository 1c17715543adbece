"""Keys and client tokens, as their owner sees them."""

from datetime import datetime
from typing import Self

import strawberry

from accounts.api_keys import ApiKey as KeyModel
from accounts.client_tokens import ClientToken as TokenModel
from schema.enums import Scope


@strawberry.type(description="A key of the account: never the key itself, only its last characters.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="The id, for `revokeKey`.")
    name: str = strawberry.field(description="The name it was made with.")
    hint: str = strawberry.field(description="Its last characters.")
    test_mode: bool = strawberry.field(description="Whether it is a test key.")
    scopes: list[Scope] = strawberry.field(description="What it may be used for.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="From when on it is refused; null is never.")
    revoked_at: datetime | None = strawberry.field(description="When it was taken back.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, to about a minute.")
    spend_cap: int | None = strawberry.field(description="The most credits it may hold and spend; null is no cap.")
    spent: int | None = strawberry.field(description="The credits that count towards the cap; null without one.")

    @classmethod
    def from_model(cls, key: KeyModel) -> Self:
        return cls(
            id=strawberry.ID(key.id),
            name=key.name,
            hint=key.hint,
            test_mode=key.test_mode,
            scopes=list(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
            spend_cap=key.spend_cap,
            spent=key.spent,
        )


@strawberry.type(description="A key that was just made.")
class CreatedKey:
    key: ApiKey = strawberry.field(description="What is known of it from now on.")
    secret: str = strawberry.field(description="The key itself. It is shown this once: only a digest is kept.")


@strawberry.input(description="The key to make.")
class CreateKeyInput:
    name: str = strawberry.field(description="What you call it, at most 100 characters.")
    test_mode: bool = strawberry.field(default=False, description="Whether it is a test key.")
    scopes: list[Scope] | None = strawberry.field(
        default=None, description="What it may be used for; GENERATE, READ and WEBHOOKS where nothing is said."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="From when on it is refused.")
    spend_cap: int | None = strawberry.field(default=None, description="The most credits it may hold and spend.")


@strawberry.type(description="A short-lived key for one page or app.")
class ClientToken:
    token: str = strawberry.field(description="Use it as a key. It is shown this once.")
    expires_at: datetime = strawberry.field(description="From when on it is refused.")
    scopes: list[Scope] = strawberry.field(description="What it may be used for.")

    @classmethod
    def from_model(cls, made: TokenModel) -> Self:
        return cls(token=made.token, expires_at=made.expires_at, scopes=list(made.scopes))


@strawberry.input(description="The client token to make. It has no more rights than the key it is made with.")
class ClientTokenInput:
    ttl: int | None = strawberry.field(
        default=None, description="Seconds it is good for, at most 86400; 900 by default."
    )
    scopes: list[Scope] | None = strawberry.field(
        default=None,
        description="GENERATE, READ or both. READ by default where there is a `generationId`, else both.",
    )
    generation_id: strawberry.ID | None = strawberry.field(
        default=None, description="The one generation that it may see, follow and, with GENERATE, cancel."
    )
    max_credits: int | None = strawberry.field(default=None, description="The most credits it may hold and spend.")
