"""The provider catalogue. The same data validates requests and is shown to clients."""

from providers.catalogue.errors import CatalogueError
from providers.catalogue.loading import load_catalogue
from providers.catalogue.model import Catalogue, ContentField, Model, Option, OptionType, Provider, Range, Rate, Route
from providers.catalogue.prices import PriceUnknown, estimate_seconds, price, typical_price, typical_request
from providers.catalogue.request_validation import ValidatedRequest, validate_request
from providers.catalogue.retirement import Retirement, retirements

__all__ = [
    "Catalogue",
    "CatalogueError",
    "ContentField",
    "Model",
    "Option",
    "OptionType",
    "PriceUnknown",
    "Provider",
    "Range",
    "Rate",
    "Retirement",
    "Route",
    "ValidatedRequest",
    "estimate_seconds",
    "load_catalogue",
    "price",
    "retirements",
    "typical_price",
    "typical_request",
    "validate_request",
]
