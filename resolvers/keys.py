"""Resolvers of API keys and client tokens."""

from accounts.api_keys import issue_key, revoke_own_key
from generations.requests.client_tokens import issue_client_token
from resolvers.context import Info
from schema.keys import ApiKey, ClientToken, ClientTokenInput, CreatedKey, CreateKeyInput


async def create_key(info: Info, input: CreateKeyInput) -> CreatedKey:
    context, services = info.context, info.context.services
    key, secret = await context.transact(
        issue_key,
        context.principal,
        name=input.name,
        test_mode=input.test_mode,
        secret=services.secret,
        at=services.clock.now(),
        scopes=input.scopes,
        expires_at=input.expires_at,
        spend_cap=input.spend_cap,
    )
    return CreatedKey(key=ApiKey.from_model(key), secret=secret)


async def revoke_key(info: Info, key_id: str) -> bool:
    context = info.context
    await context.transact(revoke_own_key, context.principal, key_id, at=context.services.clock.now())
    context.evict_key(key_id)
    return True


async def create_client_token(info: Info, input: ClientTokenInput) -> ClientToken:
    token = await issue_client_token(
        info.context.services,
        info.context.principal,
        ttl=input.ttl,
        scopes=input.scopes,
        generation_id=input.generation_id,
        max_credits=input.max_credits,
    )
    return ClientToken.from_model(token)
