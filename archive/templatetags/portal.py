"""Filters that all rooms' templates share."""

from django import template

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
