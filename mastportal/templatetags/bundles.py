"""The scripts and styles of a page, joined where the static files have been collected."""

from typing import cast

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mastportal.static import PortalStaticFilesStorage

register = template.Library()


def _addresses(bundle: str) -> list[tuple[str]]:
    storage = cast("PortalStaticFilesStorage", staticfiles_storage)
    return [(address,) for address in storage.addresses_of(bundle)]


@register.simple_tag
def styles(bundle: str) -> SafeString:
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', _addresses(bundle))


@register.simple_tag
def head_scripts(bundle: str) -> SafeString:
    """Run at once: the page is read on when they have run."""
    return format_html_join("\n", '<script src="{}"></script>', _addresses(bundle))


@register.simple_tag
def scripts(bundle: str) -> SafeString:
    """Run in their order once the page has been read."""
    return format_html_join("\n", '<script src="{}" defer></script>', _addresses(bundle))


@register.simple_tag
def module(bundle: str) -> SafeString:
    """Run once the page has been read and before it is painted: one layout and one frame hold what it draws, too."""
    ((address,),) = _addresses(bundle)
    return format_html('<script src="{}" type="module" blocking="render"></script>', address)
