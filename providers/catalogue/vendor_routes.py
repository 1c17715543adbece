"""The upstreams that are the own API of a provider's vendor. All others resell it, or are servers of the operator."""

from collections.abc import Mapping

from providers.catalogue.model import Provider, Route

VENDORS: Mapping[str, frozenset[str]] = {
    "ark": frozenset({"ByteDance"}),
    "bfl": frozenset({"Black Forest Labs"}),
    "dashscope": frozenset({"Alibaba Cloud", "Wan Technology"}),
    "elevenlabs": frozenset({"ElevenLabs"}),
    "google": frozenset({"Google", "Google AI", "Google DeepMind"}),
    "heygen": frozenset({"HeyGen"}),
    "kling": frozenset({"Kuaishou Technology"}),
    "luma": frozenset({"Luma AI"}),
    "luma_agents": frozenset({"Luma AI"}),
    "minimax": frozenset({"Minimax Technology"}),
    "minimax_v1": frozenset({"Minimax Technology"}),
    "minimax_v2": frozenset({"Minimax Technology"}),
    "openai": frozenset({"OpenAI"}),
    "runway": frozenset({"Runway ML"}),
}
"""The vendors whose models a backend serves as their own, as `vendor` of a provider names them."""


def is_official(provider: Provider, route: Route) -> bool:
    """Whether the route goes to the vendor itself."""
    return provider.vendor in VENDORS.get(route.backend, frozenset())
