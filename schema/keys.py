"""API keys and client tokens."""

from datetime import datetime
from typing import Self

import strawberry

from accounts.api_keys import ApiKey as KeyModel
from accounts.client_tokens import ClientToken as TokenModel
from schema.enums import Scope


@strawberry.type(description="An API key of the account. The secret itself is not stored and cannot be queried.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="The id of the key, for `revokeKey`.")
    name: str = strawberry.field(description="The name of the key.")
    hint: str = strawberry.field(description="The last 4 characters of the secret.")
    test_mode: bool = strawberry.field(
        description="Whether it is a test key (`sk_test_…`) rather than a live key (`sk_live_…`)."
    )
    scopes: list[Scope] = strawberry.field(description="The permissions of the key.")
    created_at: datetime = strawberry.field(description="When the key was created.")
    expires_at: datetime | None = strawberry.field(description="When the key expires; null if it does not expire.")
    revoked_at: datetime | None = strawberry.field(description="When the key was revoked; null if it was not.")
    last_used_at: datetime | None = strawberry.field(
        description="When the key was last used, to within about a minute; null if it was never used."
    )
    spend_cap: int | None = strawberry.field(
        description="The maximum number of credits that the key may hold and spend in total; null if there is no cap."
    )
    spent: int | None = strawberry.field(
        description="The credits that count towards `spendCap`: held or spent, but not released. Null if there is "
        "no cap."
    )

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


@strawberry.type(description="A new API key with its secret.")
class CreatedKey:
    key: ApiKey = strawberry.field(description="The key as it can be queried later.")
    secret: str = strawberry.field(
        description="The secret to send with requests. It is returned only once; the server stores a digest of it."
    )


@strawberry.input(description="The API key to create.")
class CreateKeyInput:
    name: str = strawberry.field(description="A name of 1 to 100 printable characters.")
    test_mode: bool = strawberry.field(
        default=False,
        description="Whether to create a test key. Required to be `true` when the request is made with a test key.",
    )
    scopes: list[Scope] | None = strawberry.field(
        default=None,
        description="The permissions, at most those of the key of the request. By default GENERATE, READ and "
        "WEBHOOKS, as far as that key has them.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="When the key expires; it must be in the future. By default, and at the latest, when the key "
        "of the request expires.",
    )
    spend_cap: int | None = strawberry.field(
        default=None,
        description="The maximum number of credits that the key may hold and spend in total, from 0 to "
        "1,000,000,000. No cap by default.",
    )


@strawberry.type(description="A short-lived token for a web page or an app, to use in place of an API key.")
class ClientToken:
    token: str = strawberry.field(
        description="The token to send with requests, `ct_live_…` or `ct_test_…`. It is returned only once."
    )
    expires_at: datetime = strawberry.field(description="When the token expires.")
    scopes: list[Scope] = strawberry.field(description="The permissions of the token.")

    @classmethod
    def from_model(cls, token: TokenModel) -> Self:
        return cls(token=token.token, expires_at=token.expires_at, scopes=list(token.scopes))


@strawberry.input(description="The client token to create. It has at most the permissions of the key of the request.")
class ClientTokenInput:
    ttl: int | None = strawberry.field(
        default=None,
        description="The lifetime in seconds, from 1 to 86400; 900 by default. The token never outlives the key "
        "of the request.",
    )
    scopes: list[Scope] | None = strawberry.field(
        default=None,
        description="GENERATE, READ or both. By default READ if `generationId` is given, else both as far as the "
        "key has them.",
    )
    generation_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Restricts the token to one generation: it can be queried, followed and, with the scope "
        "GENERATE, cancelled.",
    )
    max_credits: int | None = strawberry.field(
        default=None,
        description="The maximum number of credits that the token may hold and spend in total, 0 or more. They "
        "count towards the spend cap of the key too.",
    )
