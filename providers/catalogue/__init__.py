"""The provider catalogue. The same data validates requests and is shown to clients."""

from providers.catalogue.adjusting import Adjustment
from providers.catalogue.loading import load_catalogue
from providers.catalogue.model import Catalogue, ContentField, Model, Option, OptionType, Provider, Rate, Route
from providers.catalogue.prices import PriceUnknown, estimate_seconds, price, typical_price, typical_request
from providers.catalogue.resolve import Resolved, resolve

__all__ = [
    "Adjustment",
    "Catalogue",
    "ContentField",
    "Model",
    "Option",
    "OptionType",
    "PriceUnknown",
    "Provider",
    "Rate",
    "Resolved",
    "Route",
    "estimate_seconds",
    "load_catalogue",
    "price",
    "resolve",
    "typical_price",
    "typical_request",
]
