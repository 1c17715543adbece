"""Making keys and client tokens, and taking keys back."""

from accounts.api_keys import issue_key, revoke_own_key
from generations.requests.client_tokens import make_client_token
from resolvers.context import Info
from schema.keys import ApiKey, ClientToken, ClientTokenInput, CreatedKey, CreateKeyInput


async def create_key(info: Info, wanted: CreateKeyInput) -> CreatedKey:
    services, principal = info.context.services, info.context.principal
    key, secret = await services.database.transact(
        lambda transaction: issue_key(
            transaction,
            principal,
            name=wanted.name,
            test_mode=wanted.test_mode,
            secret=services.secret,
            at=services.clock.now(),
            scopes=wanted.scopes,
            expires_at=wanted.expires_at,
            spend_cap=wanted.spend_cap,
        )
    )
    return CreatedKey(key=ApiKey.from_model(key), secret=secret)


async def revoke_key(info: Info, key_id: str) -> bool:
    services, principal = info.context.services, info.context.principal
    await services.database.transact(
        lambda transaction: revoke_own_key(transaction, principal, key_id, at=services.clock.now())
    )
    info.context.forget_key(key_id)
    return True


async def create_client_token(info: Info, wanted: ClientTokenInput) -> ClientToken:
    made = await make_client_token(
        info.context.services,
        info.context.principal,
        ttl=wanted.ttl,
        scopes=wanted.scopes,
        generation_id=wanted.generation_id,
        max_credits=wanted.max_credits,
    )
    return ClientToken.from_model(made)
