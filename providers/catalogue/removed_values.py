"""Adapts the built-in routes and prices of a provider to the option values that the operator allows."""

from collections.abc import Iterable, Mapping
from typing import Any

from providers.catalogue.routes import value_key

Values = Mapping[str, list[Any]]
"""The values that are no longer allowed, by option name."""


def removed_values(base: Mapping[str, Any], own: Mapping[str, Any]) -> Values:
    """Return the built-in allowed values that the operator's options leave out."""
    removed = {}
    for name, option in own.items():
        allowed = option.get("allowed") if isinstance(option, dict) else None
        if isinstance(allowed, list):
            gone = [value for value in base.get(name, {}).get("allowed", ()) if value not in allowed]
            removed[name] = gone
    return {name: gone for name, gone in removed.items() if gone}


def route_without(route: Mapping[str, Any], removed: Values) -> dict[str, Any] | None:
    """Return the route without these values, or None if it serves nothing else."""
    narrowed = dict(route)
    when = {name: _without(rule, removed.get(name, ())) for name, rule in route.get("when", {}).items()}
    if any(rule == [] for rule in when.values()):
        return None
    if when:
        narrowed["when"] = when
    if "words" in route:
        narrowed["words"] = tables_without(route["words"], removed)
    return narrowed


def values_no_route_sends(routes: Iterable[Mapping[str, Any]], removed: Values) -> Values:
    """Return the removed values that no route uses in place of a requested one."""
    used = {(name, value) for route in routes for name, rule in route.get("supported", {}).items() for value in rule}
    return {name: [value for value in gone if (name, value) not in used] for name, gone in removed.items()}


def rate_without(rate: Mapping[str, Any], removed: Values) -> dict[str, Any]:
    """Return the price without the factors of these values."""
    if "multipliers" not in rate:
        return dict(rate)
    return {**rate, "multipliers": tables_without(rate["multipliers"], removed)}


def tables_without(tables: Mapping[str, Mapping[str, Any]], removed: Values) -> dict[str, Any]:
    """Return tables by option name, whose keys are option values, without these values."""
    narrowed = {}
    for name, table in tables.items():
        gone = {value_key(value) for value in removed.get(name, ())}
        narrowed[name] = {key: value for key, value in table.items() if key not in gone}
    return narrowed


def _without(rule: Any, gone: Any) -> Any:
    return [value for value in rule if value not in gone] if isinstance(rule, list) else rule
