"""The account and test key of a development server."""

from datetime import datetime

from accounts.creation import create_account, insert_key, is_known
from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, TEST_PREFIX, Scope
from credits.ledger import LedgerAccount, issue_credits, open_ledger_account
from database.advisory_lock import DEVELOPMENT_ACCOUNT, lock_until_commit
from database.transaction import Transaction
from kit.tokens import derived_token

NAME = "development"
CREDITS = 1_000_000


def ensure_development_key(transaction: Transaction, *, secret: bytes, at: datetime) -> str:
    """Return the test key, creating its account once. The key is derived from the secret, so it never changes."""
    key = derived_token(TEST_PREFIX, secret, NAME)
    lock_until_commit(transaction.connection, DEVELOPMENT_ACCOUNT)  # servers may start at the same time
    if not is_known(transaction.connection, key, secret):
        account_id = create_account(transaction, name=NAME, plan=PlanName.ENTERPRISE, at=at)
        scopes = (*DEFAULT_SCOPES, Scope.KEYS)
        insert_key(transaction, account_id, name=NAME, test_mode=True, secret=secret, at=at, scopes=scopes, token=key)
        ledger_account = LedgerAccount(account_id, test_mode=True)
        open_ledger_account(transaction, ledger_account)
        issue_credits(transaction, ledger_account, amount=CREDITS, at=at)
    return key
