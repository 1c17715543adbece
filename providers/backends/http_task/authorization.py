"""The authorization headers of the schemes that specs name, and their settings."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta

import orjson

from kit.clock import Clock
from providers.backends.http_task.spec import Scheme, Spec
from providers.http import Authorize
from providers.settings import BackendSetting, api_key

KLING_LIFETIME = timedelta(minutes=30)
CLOCK_SKEW = timedelta(seconds=5)


def key_settings(spec: Spec) -> list[BackendSetting]:
    """Return the settings of the credentials."""
    prefix = spec.name.upper()
    others = [
        api_key(f"{prefix}_{host.upper()}", f"The API key of {url}, if it is another one.", is_required=False)
        for host, url in spec.hosts.items()
    ]
    if spec.authorization.scheme is not Scheme.KLING_JWT:
        return [api_key(prefix, f"The API key of {spec.title}."), *others]
    return [
        api_key(prefix, f"The API key of {spec.title}.", is_required=False),
        _secret(f"DOITONG_{prefix}_ACCESS_KEY", "The access key, for accounts with a pair of keys and no API key."),
        _secret(f"DOITONG_{prefix}_SECRET_KEY", "The secret key of the access key."),
        *others,
    ]


def missing_keys(spec: Spec, settings: Mapping[str, str]) -> str | None:
    """Return `NAME is not set` if there are no complete credentials, or None."""
    prefix = f"DOITONG_{spec.name.upper()}"
    if settings.get(f"{prefix}_API_KEY"):
        return None
    if spec.authorization.scheme is Scheme.KLING_JWT and settings.get(f"{prefix}_ACCESS_KEY"):
        return None if settings.get(f"{prefix}_SECRET_KEY") else f"{prefix}_SECRET_KEY is not set"
    return f"{prefix}_API_KEY is not set"


def secrets_of(spec: Spec, settings: Mapping[str, str]) -> Sequence[str]:
    """Return the values that must not appear in logs and errors."""
    return [settings[setting.name] for setting in key_settings(spec) if settings.get(setting.name)]


def authorize(spec: Spec, settings: Mapping[str, str], clock: Clock, *, host: str | None = None) -> Authorize:
    """Return the function that makes the headers of a request to a host."""
    prefix = f"DOITONG_{spec.name.upper()}"
    key = (host and settings.get(f"{prefix}_{host.upper()}_API_KEY")) or settings.get(f"{prefix}_API_KEY", "")
    match spec.authorization.scheme:
        case Scheme.HEADER:
            return lambda: {spec.authorization.header: key}
        case Scheme.KLING_JWT if not key:
            access, secret = settings.get(f"{prefix}_ACCESS_KEY", ""), settings.get(f"{prefix}_SECRET_KEY", "")
            return lambda: {"Authorization": f"Bearer {kling_token(access, secret, clock)}"}
    return lambda: {"Authorization": f"Bearer {key}"}


def kling_token(access_key: str, secret_key: str, clock: Clock) -> str:
    """Return a JSON web token (HS256) that authorizes requests for half an hour."""
    now = clock.now()
    claims = {
        "iss": access_key,
        "exp": int((now + KLING_LIFETIME).timestamp()),
        "nbf": int((now - CLOCK_SKEW).timestamp()),
    }
    signed = f"{_base64url(orjson.dumps({'alg': 'HS256', 'typ': 'JWT'}))}.{_base64url(orjson.dumps(claims))}"
    signature = hmac.digest(secret_key.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{_base64url(signature)}"


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _secret(name: str, description: str) -> BackendSetting:
    return BackendSetting(name, description, is_secret=True)
