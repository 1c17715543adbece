"""The account's webhook secret, which signs deliveries to a plain `webhookUrl`."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping

from accounts import repository
from database.transaction import Transaction
from kit.webhook_secrets import WebhookSecrets


def account_secrets(connection: Connection, account_id: str) -> WebhookSecrets:
    """Return the secrets of the account."""
    return _secrets(repository.load_account(connection, account_id), account_id)


def rotate_account_secret(
    transaction: Transaction, account_id: str, *, wanted: str | None, at: datetime
) -> WebhookSecrets:
    """Rotate the secret; the previous one signs too for 24 hours. Raises `InvalidInput`."""
    secrets = _secrets(repository.lock_account(transaction.connection, account_id), account_id)
    rotated = secrets.rotated(wanted, at=at)
    repository.save_webhook_secrets(
        transaction.connection, account_id, rotated.current, previous=rotated.previous, until=rotated.previous_until
    )
    return rotated


def _secrets(row: RowMapping | None, account_id: str) -> WebhookSecrets:
    if row is None:
        raise LookupError(f"{account_id} is gone from the database")
    return WebhookSecrets(row["webhook_secret"], row["previous_webhook_secret"], row["previous_webhook_secret_until"])
