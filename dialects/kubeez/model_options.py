"""The options of a model for a quality and a resolution in the words of Kubeez."""

from kit.errors import InvalidInput
from providers.backend import JSONObject
from providers.catalogue.model import Provider
from web.image_sizes import SIDES, tier_size

QUALITIES = {
    "fast": ("fast", "standard"),
    "turbo": ("turbo", "fast", "standard"),
    "basic": ("basic", "standard"),
    "pro": ("pro", "high"),
    "ultra": ("ultra", "master", "max", "high"),
    "high": ("high", "pro"),
}
"""The option values of models that stand for a quality, best first, if a model does not have the quality itself."""


def quality_option(provider: Provider, quality: str | None) -> JSONObject:
    """Return the option for a quality. Raises `InvalidInput` where the model has no such."""
    if quality is None:
        return {}
    wanted, all_values = (quality, *QUALITIES.get(quality, ())), []
    for name in ("quality", "mode"):
        option = provider.options.get(name)
        values = [str(value) for value in (option.allowed if option and option.allowed else ())]
        all_values += values
        chosen = next((value for value in wanted if value in values), None)
        if chosen is not None:
            return {name: chosen}
    if quality in ("standard", "fast", "basic"):
        return {}
    raise InvalidInput(
        f"{provider.id} has no quality {quality!r}.", field="quality", allowed=all_values or ["standard"]
    )


def resolution_options(provider: Provider, resolution: str | None, aspect_ratio: str | None) -> JSONObject:
    """Return width and height for 1K to 4K where a model has them, otherwise the resolution as it is.

    Raises `InvalidInput` for other values where a model has width and height alone.
    """
    if resolution is None:
        return {}
    size = tier_size(provider, resolution, aspect_ratio)
    if size is None and "width" in provider.options and "resolution" not in provider.options:
        raise InvalidInput(
            "`resolution` must be 1K, 2K, 3K or 4K.", field="resolution", allowed=list(SIDES), given=resolution
        )
    return size or {"resolution": resolution}
