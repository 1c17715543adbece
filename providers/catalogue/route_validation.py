"""Checks that the routes of a provider use its options, content fields and modes as they are."""

from collections.abc import Iterable

from providers.catalogue.errors import EntryError, Place
from providers.catalogue.model import Option, OptionType, Provider, Range, Route, Value
from providers.catalogue.routes import DERIVED, MEDIA, PLACEHOLDER, value_key

LOCAL = "local"
VALUE_MAP = "words"  # the table of `Route.value_map` in the file
TABLES_BY_OPTION = ("when", "supported", "default_settings")


def validate_routes(provider: Provider) -> None:
    """Raise `EntryError` for a route that names what the provider does not have, and for what no route serves."""
    for index, route in enumerate(provider.routes):
        _check_route(provider, route, ("routes", index))
    served = {mode for route in provider.routes for mode in (route.modes or provider.modes)}
    for mode in provider.modes:
        if mode not in served:
            raise EntryError(f"no route serves the mode {mode!r}", ("modes",))
    for name in ("model", "version"):
        option = provider.options.get(name)
        for value in (option.allowed or ()) if option else ():
            rules = [route.when.get(name) for route in provider.routes]
            if not any(rule is None or (isinstance(rule, tuple) and value in rule) for rule in rules):
                raise EntryError(f"no route serves the {name} {value!r}", ("options", name))


def _check_route(provider: Provider, route: Route, place: Place) -> None:
    if not route.backend.strip():
        raise EntryError("the backend has no name", (*place, "backend"))
    for mode in route.modes:
        if mode not in provider.modes:
            raise EntryError(f"{mode!r} is not a mode of {provider.id}: {_listed(provider.modes)}", (*place, "modes"))
    inputs = {*provider.options, *provider.content, *DERIVED}
    tables = {"fields": route.fields, VALUE_MAP: route.value_map, "prompt_suffixes": route.prompt_suffixes}
    for table, entries in tables.items():
        for name in entries:
            _check_name(name, inputs, (*place, table, name))
    for table in TABLES_BY_OPTION:
        for name in getattr(route, table):
            _check_name(name, set(provider.options), (*place, table, name))
    for table in ("when", "supported"):
        for name, rule in getattr(route, table).items():
            _check_rule(provider.options[name], rule, is_condition=table == "when", place=(*place, table, name))
    _check_value_map(provider, route, place)
    _check_texts(route, inputs, place)
    _check_empty_paths(provider, route, place)
    if route.max_ratio is not None and route.max_ratio < 1:
        raise EntryError("the longer side is at least as long as the shorter one: 1 or more", (*place, "max_ratio"))
    for key in ("pixels", "max_ratio", "keeps_input_shape"):
        if getattr(route, key) and not {"width", "height"} <= provider.options.keys():
            raise EntryError(f"{key} needs the options width and height", (*place, key))


def _check_name(name: str, known: Iterable[str], place: Place) -> None:
    if name not in known:
        raise EntryError(f"{name!r} is not an option or a content field of the provider: {_listed(known)}", place)


def _check_rule(option: Option, rule: tuple[Value, ...] | Range, *, is_condition: bool, place: Place) -> None:
    is_number = option.type in (OptionType.INTEGER, OptionType.FLOAT)
    if isinstance(rule, Range):
        if not is_number:
            raise EntryError(f"a range is for numbers, and {option.name} is a {option.type}", place)
        return
    if not rule:
        raise EntryError("this must be a list with at least one value", place)
    for value in rule:
        if is_condition and option.allowed is not None and value not in option.allowed:
            raise EntryError(f"{value!r} is not a value of {option.name}: {_listed(option.allowed)}", place)
        is_same_type = isinstance(value, bool) == (option.type is OptionType.BOOLEAN) and (
            isinstance(value, str) == (option.type is OptionType.STRING)
        )
        if not is_same_type:
            raise EntryError(f"{value!r} is not of the type {option.type}", place)


def _check_value_map(provider: Provider, route: Route, place: Place) -> None:
    """Check that the value map has allowed values alone, or values that the upstream has instead of them."""
    for name, mapped in route.value_map.items():
        option = provider.options.get(name)
        if option is None or (option.allowed is None and option.type is not OptionType.BOOLEAN):
            continue
        instead = route.supported.get(name, ())
        known = [*(option.allowed or (True, False)), *(instead if isinstance(instead, tuple) else ())]
        keys = [value_key(value) for value in known]
        for value in mapped:
            if value not in keys:
                raise EntryError(f"{value!r} is not a value of {name}: {_listed(keys)}", (*place, VALUE_MAP, name))


def _check_texts(route: Route, inputs: set[str], place: Place) -> None:
    for path, template in route.templates.items():
        names = PLACEHOLDER.findall(template)
        if not names:
            raise EntryError(f"{template!r} names no option such as {{width}}", (*place, "templates", path))
        for name in names:
            _check_name(name, inputs, (*place, "templates", path))
    for name, suffix in route.prompt_suffixes.items():
        if PLACEHOLDER.findall(suffix) != [name]:
            raise EntryError(f"the text must contain {{{name}}} once", (*place, "prompt_suffixes", name))
    paths = [("fields", name, path) for name, path in route.fields.items()]
    paths += [("constants", path, path) for path in route.constants]
    paths += [("templates", path, path) for path in route.templates]
    for table, key, path in paths:
        if path and not all(path.split(".")):
            raise EntryError(f"{path!r} is not a path such as `a.b`", (*place, table, key))


def _check_empty_paths(provider: Provider, route: Route, place: Place) -> None:
    """Check options with an empty path: `supported` must list their values. The local backend reads options itself."""
    if route.backend == LOCAL:
        return
    for name, path in route.fields.items():
        option = provider.options.get(name)
        is_limited = option is not None and (option.allowed is not None or option.type is OptionType.BOOLEAN)
        if not path and is_limited and name not in {*route.supported, *route.when, *route.prompt_suffixes}:
            rule = f"an empty path means that {name} needs no parameter: say for which values, in `supported`"
            raise EntryError(rule, (*place, "fields", name))
        if not path and name in MEDIA:
            raise EntryError(f"{name} needs the path of a parameter", (*place, "fields", name))


def _listed(values: Iterable[object]) -> str:
    return ", ".join(sorted(str(value) for value in values))
