"""Tags and filters that all rooms' templates share."""

from functools import cache

from django import template
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def file_size(size_bytes: int | None) -> str:
    """Bytes as people read them: ``12 B``, ``3.67 GB`` (decimal units)."""
    if size_bytes is None:
        return ""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.3g} {unit}" if size < 100 else f"{size:.0f} {unit}"


@register.simple_tag
@cache  # a page has hundreds, of a few dozen kinds
def icon(name: str, css_class: str = "") -> SafeString:
    """A character of the icon font, silent for screen readers: a word beside it says what it means.

    The font holds the icons that ``static/icons.txt`` names.
    """
    classes = f"bi bi-{name} {css_class}".rstrip()
    return format_html('<i class="{}" aria-hidden="true"></i>', classes)


@register.simple_tag
def help_desk() -> str:
    """The address of the help desk, as the operator set it; empty without one."""
    address: str = settings.HELP_DESK
    return address


@register.simple_tag
def program_address(mission: str, number: str) -> str:
    """Where a program's page is; empty for a row without a program, or with one that no address can name."""
    try:
        return reverse("search:program", args=[mission, number])
    except NoReverseMatch:
        return ""


@register.filter
def mission_class(mission: str) -> str:
    """The CSS class that carries a mission's colour; the ones without their own share one."""
    known = {"JWST": "m-jwst", "HST": "m-hst", "HLA": "m-hla", "TESS": "m-tess", "K2": "m-k2"}
    return known.get(mission, "m-other")
