"""Reading generations: one, a page, and their changes."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from accounts.principal import Principal, Scope, require_scope
from generations import repository
from generations.generation import Generation, Status
from generations.services import Services
from generations.transitions import account_topic
from kit.change_feed import Feed
from kit.errors import NotFound
from kit.ids import is_id
from kit.pagination import Page, PageRequest, page_of
from kit.text import truncate

MAX_RUNNING = 1_000  # sent first to a subscriber of all changes


async def get_visible(services: Services, principal: Principal, generation_id: str) -> Generation | None:
    """Return a generation of the caller's account and mode, or None."""
    require_scope(principal, Scope.READ)
    if not is_id(generation_id) or not principal.may_see(generation_id):
        return None
    cached = services.generation_cache.get(generation_id)
    if cached is not None:
        return cached if is_visible_to(cached, principal) else None
    return await services.database.read(
        lambda connection: repository.load_own(
            connection, generation_id, account_id=principal.account_id, test_mode=principal.test_mode
        )
    )


def is_visible_to(generation: Generation, principal: Principal) -> bool:
    """Whether the caller may see it: same account and mode, in the scope of the token, not deleted."""
    own = (generation.account_id, generation.test_mode) == (principal.account_id, principal.test_mode)
    return own and principal.may_see(generation.id) and generation.deleted_at is None


async def list_generations(
    services: Services, principal: Principal, page: PageRequest, filters: Mapping[str, Sequence[str]]
) -> Page[Generation]:
    """Return a page of the caller's generations, newest first."""
    require_scope(principal, Scope.READ)
    rows = await services.database.read(
        lambda connection: repository.page_of_generations(
            connection,
            account_id=principal.account_id,
            test_mode=principal.test_mode,
            page=page,
            filters=filters if principal.generation_id is None else {**filters, "id": [principal.generation_id]},
        )
    )
    return page_of(rows, page)


def change_feed(services: Services, principal: Principal, generation_id: str, *, after: int | None) -> Feed[Generation]:
    """Return the feed of one generation, which ends with it. Reading the current state raises `NotFound`."""

    async def load_current() -> Sequence[Generation]:
        current = await get_visible(services, principal, generation_id)
        if current is None:
            raise NotFound(f"There is no generation {truncate(generation_id)} of yours.")
        return [current]

    return Feed(services.hub, generation_id, load_current, after=after or 0, ends=True)


def account_change_feed(services: Services, principal: Principal) -> Feed[Generation]:
    """Return the feed of all generations of the caller: first those running, oldest first. It does not end."""
    running = PageRequest(size=MAX_RUNNING, after=None, before=None, backward=False)

    async def load_current() -> Sequence[Generation]:
        page = await list_generations(services, principal, running, {"status": [Status.PROCESSING]})
        return page.items[::-1]

    # A token for one generation receives the changes of that one alone.
    topic = principal.generation_id or account_topic(principal.account_id, test_mode=principal.test_mode)
    return Feed(services.hub, topic, load_current)


def follow(
    services: Services, principal: Principal, generation_id: str, *, after: int | None
) -> AsyncGenerator[Generation, None]:
    """Yield the current state after version `after`, then every change until the end. Raises `NotFound`."""
    return change_feed(services, principal, generation_id, after=after).states()


def follow_all(services: Services, principal: Principal) -> AsyncGenerator[Generation, None]:
    """Yield the running generations, oldest first, then every change. Does not end."""
    return account_change_feed(services, principal).states()
