"""Spend caps: the maximum credits that a key may hold and spend."""

from accounts import repository
from accounts.principal import Principal
from database.transaction import Transaction
from kit.errors import SpendCapReached


def reserve_within_caps(transaction: Transaction, principal: Principal, *, amount: int) -> None:
    """Count `amount` towards every cap of the key. Raises `SpendCapReached`, which must roll the transaction back."""
    for key_id in sorted(principal.keys_with_spend_cap):  # keys are always locked in this order
        if repository.try_reserve_spending(transaction.connection, key_id, amount):
            continue
        cap, spent = repository.load_spending(transaction.connection, key_id)
        whose = "This key" if key_id == principal.key_id else "The key that this token was made with"
        raise SpendCapReached(
            f"This generation costs {amount} credits. {whose} may spend {cap} and has {cap - spent} left of them."
            " Use another key, or one with a larger cap.",
            creditsRequired=amount,
            spendCap=cap,
            spent=spent,
        )


def refund_cap(transaction: Transaction, key_id: str, *, amount: int) -> None:
    """Subtract `amount` from the spending of the key and its parent."""
    if amount:
        repository.refund_spending(transaction.connection, key_id, amount)
