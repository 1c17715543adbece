"""The provider catalogue with the changes of the operator, from `DOITONG_CATALOGUE`."""

from providers.catalogue import Catalogue, load_catalogue
from providers.catalogue.errors import CatalogueError
from server.given_settings import BadSetting
from server.settings import Settings


def configured_catalogue(settings: Settings) -> Catalogue:
    """Return the catalogue. Raises `BadSetting` with file, line, rule and an example."""
    try:
        return load_catalogue(settings.catalogue)
    except CatalogueError as error:
        raise BadSetting(f"DOITONG_CATALOGUE: {error}") from error
