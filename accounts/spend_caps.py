"""Spend caps: the most credits that a key may hold and spend, counted where credits are held and given back."""

from accounts import repository
from accounts.keys import Principal
from database.transaction import Transaction
from kit.errors import SpendCapReached


def reserve_within_caps(transaction: Transaction, principal: Principal, *, amount: int) -> None:
    """Count `amount` towards every cap of the key. Raises `SpendCapReached`; then the transaction must not be kept."""
    for key_id in sorted(principal.capped_keys):  # all who lock keys lock them in this order
        if repository.count_spending(transaction.connection, key_id, amount):
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
    """Take `amount` off what counts towards the caps of the key and of its parent, as far as they have one."""
    if amount:
        repository.give_back_spending(transaction.connection, key_id, amount)
