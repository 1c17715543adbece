"""`doitong plan`."""

import asyncio
import sys
from pathlib import Path

from accounts.account_state import change_plan
from accounts.plans import PlanName
from cli.admin.database import settings_of_existing_database, transact


def run(*, account: str, plan: PlanName, data_dir: Path | None) -> int:
    """Change the plan of the account. Running servers apply it to new requests within five seconds."""
    settings = settings_of_existing_database(data_dir)
    previous = asyncio.run(transact(settings, lambda transaction, _: change_plan(transaction, account, plan)))
    sys.stdout.write(f"{account} is on the plan {plan.value.lower()}; it was on {previous.value.lower()}.\n")
    return 0
