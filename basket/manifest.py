"""MANIFEST.HTML and SHA256SUMS of a delivery: the same in every rendering, and the same bytes each time."""

from collections.abc import Iterator

from django.db.models import Count, QuerySet
from django.utils.html import escape

from basket.models import Delivery, DeliveryItem, DeliveryKind, ItemState, ItemVerdict

MANIFEST_NAME = "MANIFEST.HTML"
SUMS_NAME = "SHA256SUMS"
COLUMNS = ("URI", "File", "Access", "Status", "Logged In User")

_STYLE = (
    "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
    "th,td{border:1px solid #999;padding:.2em .6em;text-align:left}"
)


def delivered_items(delivery: Delivery) -> QuerySet[DeliveryItem]:
    """The items that the person gets: included when the list was frozen, and not lost since."""
    failed = (ItemState.FAILED, ItemState.REFUSED)
    return delivery.items.filter(verdict=ItemVerdict.INCLUDED).exclude(state__in=failed).order_by("ordinal")


def delivered_path(delivery: Delivery, item: DeliveryItem) -> str:
    """Where the file lies in the delivery: staged folders are flat, bundles are nested."""
    return item.flat_name if delivery.kind == DeliveryKind.STAGING else item.path


def status_of(item: DeliveryItem) -> str:
    """OK, Not Authorized, or why the file is not there."""
    if item.verdict == ItemVerdict.MISSING:
        return item.reason or ItemVerdict.MISSING.label
    if item.verdict == ItemVerdict.DENIED or item.state == ItemState.REFUSED:
        return ItemVerdict.DENIED.label
    if item.state == ItemState.FAILED:
        return f"ERROR: {item.reason}" if item.reason else "ERROR"
    return ItemVerdict.INCLUDED.label


def person_name(delivery: Delivery) -> str:
    return str(delivery.owner) if delivery.owner else "anonymous"


def manifest_html(delivery: Delivery) -> bytes:
    """The page that lists every file asked for, delivered or not. Nothing of a refused file but its name is told."""
    return "".join(_lines(delivery)).encode()


def _lines(delivery: Delivery) -> Iterator[str]:
    name, person = escape(delivery.name), escape(person_name(delivery))
    yield f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{name}</title>\n'
    yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n"
    yield f"<p>Total Files: {delivery.files_requested}</p>\n<table>\n<thead>\n<tr>"
    yield "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    yield "</tr>\n</thead>\n<tbody>\n"
    for item in delivery.items.order_by("ordinal").iterator(10_000):
        cells = (item.uri, delivered_path(delivery, item), item.access, status_of(item))
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + f"<td>{person}</td></tr>\n"
    yield "</tbody>\n</table>\n<h2>Summary</h2>\n<ul>\n"
    yield from (f"<li>{escape(line)}</li>\n" for line in summary_lines(delivery))
    yield "</ul>\n</body>\n</html>\n"


def summary_lines(delivery: Delivery) -> list[str]:
    """What arrived and what did not, with each reason, in plain words."""
    groups = list(
        delivery.items.values_list("verdict", "state", "reason").annotate(Count("id")).order_by("verdict", "reason")
    )
    delivered = sum(n for verdict, state, _, n in groups if _arrived(verdict, state))
    size_bytes = sum(delivered_items(delivery).values_list("size_bytes", flat=True).iterator(10_000))
    lines = [
        f"List fixed: {delivery.created_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Delivered: {_files(delivered)}, {size_bytes} bytes",
    ]
    for verdict, state, reason, count in groups:
        if _arrived(verdict, state):
            lines += [f"{_files(count)} delivered as {reason}"] if reason else []
        elif verdict == ItemVerdict.MISSING:
            lines.append(f"{reason or ItemVerdict.MISSING.label}: {_files(count)}")
        else:
            label = "Failed" if state == ItemState.FAILED else ItemVerdict.DENIED.label
            lines.append(f"{label}: {_files(count)}" + (f" ({reason})" if reason else ""))
    return lines


def sha256sums(delivery: Delivery) -> bytes:
    """The delivered files in the form that ``sha256sum --check`` reads."""
    items = delivered_items(delivery).iterator(10_000)
    return "".join(f"{item.sha256}  {delivered_path(delivery, item)}\n" for item in items).encode()


def _arrived(verdict: str, state: str) -> bool:
    return verdict == ItemVerdict.INCLUDED and state not in {ItemState.FAILED, ItemState.REFUSED}


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
