"""What the sky view asks for: its engine and its local picture, each of which may be missing."""

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse

from search.synthetic import hips
from search.synthetic.place import is_complete

register = template.Library()

ENGINE = "vendor/aladin.js"


@register.simple_tag
def sky_engine() -> str:
    """The address of Aladin Lite; empty when it was not fetched, and the view does without."""
    try:
        address = static(ENGINE)
    except ValueError:  # not among the collected files
        return ""
    return address if _is_collected(address) or finders.find(ENGINE) else ""


def _is_collected(address: str) -> bool:
    return not address.endswith(ENGINE)


@register.simple_tag
def local_sky() -> str:
    """The address of the local sky; empty as long as it has not been made."""
    return reverse("search:sky-properties").rpartition("/")[0] if is_complete() else ""


@register.simple_tag
def drawing_sky() -> str:
    """The address that tells how far the local sky is, while it is being drawn; else empty."""
    return reverse("search:sky-progress") if hips.is_under_way() else ""


@register.simple_tag
def most_radius_deg() -> float:
    """The largest circle that can be searched, degrees."""
    return float(settings.MAX_CONE_RADIUS_DEG)
