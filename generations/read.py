"""Reading generations: one, a page of them, and as they change."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from accounts.keys import Principal, Scope, require_scope
from generations import repository
from generations.changes import account_topic
from generations.generation import Generation, Status
from generations.services import Services
from kit.errors import NotFound
from kit.ids import is_id
from kit.pagination import LARGEST_SIZE, Page, PageRequest, page_of


async def find(services: Services, principal: Principal, generation_id: str) -> Generation | None:
    """A generation of the caller's, in the mode of the key; anybody else's is not there."""
    require_scope(principal, Scope.READ)
    if not is_id(generation_id) or not principal.may_see(generation_id):
        return None
    return await services.database.read(
        lambda connection: repository.load_own(
            connection, generation_id, account_id=principal.account_id, test_mode=principal.test_mode
        )
    )


def is_own(generation: Generation, principal: Principal) -> bool:
    """Whether the caller may know of it: it is of the key's account and mode, the token's own, and was not deleted."""
    own = (generation.account_id, generation.test_mode) == (principal.account_id, principal.test_mode)
    return own and principal.may_see(generation.id) and generation.deleted_at is None


async def list_generations(
    services: Services, principal: Principal, page: PageRequest, filters: Mapping[str, Sequence[str]]
) -> Page[Generation]:
    """A page of the caller's generations, newest first."""
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


async def follow(
    services: Services, principal: Principal, generation_id: str, *, after: int | None
) -> AsyncGenerator[Generation, None]:
    """The present state, then every change, until the end. A version up to `after` is not sent. Raises `NotFound`."""
    seen = 0 if after is None else after
    with services.hub.follow(generation_id) as follower:
        current = await find(services, principal, generation_id)
        if current is None:
            raise NotFound(f"There is no generation {generation_id!r} of yours.")
        while True:
            if current.version > seen:
                seen = current.version
                yield current
            if current.is_over:
                return
            current = await follower.next()


async def follow_all(services: Services, principal: Principal) -> AsyncGenerator[Generation, None]:
    """What is running now, oldest first, then every change of any generation of the caller's; it never ends."""
    topic = account_topic(principal.account_id, test_mode=principal.test_mode)
    with services.hub.follow(topic) as follower:
        running = PageRequest(size=LARGEST_SIZE, after=None, before=None, backward=True)
        page = await list_generations(services, principal, running, {"status": [Status.PROCESSING]})
        seen = {generation.id: generation.version for generation in page.items}
        for generation in reversed(page.items):
            yield generation
        while True:
            changed = await follower.next()
            if not principal.may_see(changed.id):
                continue
            if changed.version > seen.get(changed.id, 0):
                seen[changed.id] = changed.version
                yield changed
            if changed.is_over:
                seen.pop(changed.id, None)
