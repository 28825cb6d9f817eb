"""System checks of what an operator may set wrongly. `manage.py check` and every start run them."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

_SHORTEST_SECRET = 32


@register("portal")
def secret_key_is_long(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) >= _SHORTEST_SECRET:
        return []
    return [
        Error(
            f"SECRET_KEY has {len(settings.SECRET_KEY)} characters; sessions and links could be forged.",
            hint=f"Set at least {_SHORTEST_SECRET} random characters, or leave it unset to have one made.",
            id="portal.E001",
        )
    ]


@register("portal")
def hosts_are_named(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "ALLOWED_HOSTS permits every host name, so that links in mails could lead anywhere.",
            hint="Name the hosts under which people reach the portal.",
            id="portal.E002",
        )
    ]


@register("portal")
def site_url_is_an_address(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return []
    return [
        Error(
            f"SITE_URL={settings.SITE_URL!r} is no web address; links in mails would be dead.",
            hint="Write it like https://archive.example.org.",
            id="portal.E003",
        )
    ]


@register("portal")
def outside_world_is_encrypted(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme == "https" or _is_local(parts.hostname or ""):
        return []
    return [
        Caution(
            f"People reach {settings.SITE_URL} without encryption.",
            hint="Put a proxy with a certificate in front, set SITE_URL to https://… and BEHIND_PROXY=yes.",
            id="portal.W001",
        )
    ]


@register("portal")
def folders_are_apart(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """The FTPS door serves the staging folder; nothing else may lie in it."""
    home, staging = settings.PORTAL_HOME, settings.STAGING_ROOT.resolve()
    if staging != home and staging not in home.parents:
        return []
    return [
        Error(
            f"STAGING_ROOT={staging} holds the data folder, whose secrets the FTPS door would serve.",
            hint="Set STAGING_ROOT to a folder of its own.",
            id="portal.E004",
        )
    ]


@register("portal")
def now_is_not_pinned(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    if settings.ARCHIVE_NOW is None:
        return []
    return [
        Caution(
            f"ARCHIVE_NOW pins the archive's clock to {settings.ARCHIVE_NOW:%Y-%m-%dT%H:%M:%SZ}; releases stand still.",
            hint="Unset it for an archive in service.",
            id="portal.W002",
        )
    ]


@register("portal")
def log_in_service_is_encrypted(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """What the service says of a person is trusted because the connection is."""
    parts = urlsplit(settings.OIDC_ISSUER)
    if not settings.OIDC_ISSUER or parts.scheme == "https" or _is_local(parts.hostname or ""):
        return []
    return [
        Error(
            f"OIDC_ISSUER={settings.OIDC_ISSUER!r} has no https; anybody on the way could log in as anybody.",
            hint="Write the issuer's https:// address, as its .well-known/openid-configuration names it.",
            id="portal.E005",
        )
    ]


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@register("portal")
def crds_is_an_address(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    parts = urlsplit(settings.CRDS_URL)
    if not settings.CRDS_URL or (parts.scheme in {"http", "https"} and parts.hostname and "{filename}" in parts.path):
        return []
    return [
        Error(
            f"CRDS_URL={settings.CRDS_URL!r} is no web address of a file.",
            hint="Write it like https://{mission}-crds.stsci.edu/unchecked_get/references/{mission}/{filename}.",
            id="portal.E006",
        )
    ]
