"""The plan of an account."""

from dataclasses import dataclass
from enum import StrEnum


class PlanName(StrEnum):
    """The plans an account can be on."""

    FREE = "FREE"
    STARTER = "STARTER"
    PRO = "PRO"
    ENTERPRISE = "ENTERPRISE"


@dataclass(frozen=True, slots=True)
class Plan:
    """The limits of a plan; None means no limit. `retention_days` applies to outputs."""

    name: PlanName
    per_minute: int | None
    concurrent: int | None
    per_day: int | None
    reads_per_minute: int | None
    retention_days: int
    upload_bytes: int | None
    """Bytes of uploads that have not expired."""


GIGABYTE = 1_000_000_000  # bytes
FREE = Plan(
    PlanName.FREE,
    per_minute=10,
    concurrent=1,
    per_day=100,
    reads_per_minute=120,
    retention_days=15,
    upload_bytes=GIGABYTE,
)
STARTER = Plan(
    PlanName.STARTER,
    per_minute=30,
    concurrent=3,
    per_day=1_000,
    reads_per_minute=600,
    retention_days=30,
    upload_bytes=5 * GIGABYTE,
)
PRO = Plan(
    PlanName.PRO,
    per_minute=60,
    concurrent=10,
    per_day=10_000,
    reads_per_minute=3_000,
    retention_days=90,
    upload_bytes=20 * GIGABYTE,
)
ENTERPRISE = Plan(
    PlanName.ENTERPRISE,
    per_minute=None,
    concurrent=None,
    per_day=None,
    reads_per_minute=None,
    retention_days=365,
    upload_bytes=None,
)
PLANS: dict[PlanName, Plan] = {plan.name: plan for plan in (FREE, STARTER, PRO, ENTERPRISE)}
