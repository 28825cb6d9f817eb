"""MANIFEST.HTML, manifest.csv and SHA256SUMS: the same in every rendering, and the same bytes each time."""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from django.db.models import Count, QuerySet, Sum

from archive.csv_cells import csv_lines, text_cell
from basket.models import Delivery, DeliveryItem, DeliveryKind, ItemState, ItemVerdict

MANIFEST_NAME = "MANIFEST.HTML"
CSV_NAME = "manifest.csv"
SUMS_NAME = "SHA256SUMS"
#: What no file of a delivery may be called.
DOCUMENT_NAMES = (MANIFEST_NAME, CSV_NAME, SUMS_NAME)
#: The five of the original first, then what a delivered file can be checked by, and why another was not delivered.
COLUMNS = ("URI", "File", "Access", "Status", "Logged In User", "Size", "SHA-256", "Reason")

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
    return str(getattr(item, path_column(delivery)))


def path_column(delivery: Delivery) -> str:
    """Which of an item's names counts in this delivery."""
    return "flat_name" if delivery.flat or delivery.kind == DeliveryKind.STAGING else "path"


def status_of(verdict: str, state: str, reason: str) -> str:
    """OK, Not Authorized, or why the file is not there."""
    if verdict == ItemVerdict.MISSING:
        return reason or ItemVerdict.MISSING.label
    if verdict == ItemVerdict.DENIED or state == ItemState.REFUSED:
        return ItemVerdict.DENIED.label
    if state == ItemState.FAILED:
        return f"ERROR: {reason}" if reason else "ERROR"
    return ItemVerdict.INCLUDED.label


def person_name(delivery: Delivery) -> str:
    return str(delivery.owner) if delivery.owner else "anonymous"


class ManifestRow(NamedTuple):
    """One line of a manifest, in the order of `COLUMNS`; empty where nothing is to be told."""

    uri: str
    file: str
    access: str
    status: str
    person: str
    size_bytes: int | None
    sha256: str
    reason: str

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple("" if cell is None else str(cell) for cell in self)


def manifest_rows(delivery: Delivery) -> Iterator[ManifestRow]:
    """Every file asked for, delivered or not, and its duplicates. Of a refused file nothing but its name is told."""
    person = person_name(delivery)
    columns = ("uri", path_column(delivery), "access", "verdict", "state", "reason", "size_bytes", "sha256")
    rows = delivery.items.order_by("ordinal").values_list(*columns, "also_under")
    for uri, path, access, verdict, state, reason, size_bytes, sha256, also_under in rows.iterator(10_000):
        arrived = _arrived(verdict, state)
        size, digest = (size_bytes, sha256) if arrived else (None, "")
        yield ManifestRow(uri, path, access, status_of(verdict, state, reason), person, size, digest, reason)
        for obs_id in also_under if arrived else ():
            status = f"Duplicate: {path} has it, also listed under {obs_id}"
            yield ManifestRow(uri, path, access, status, person, None, "", "")


def manifest_csv(delivery: Delivery) -> bytes:
    """The rows of MANIFEST.HTML for programs and spreadsheets."""
    rows = ([text_cell(text) for text in row.texts] for row in manifest_rows(delivery))
    return csv_lines([COLUMNS, *rows])


def manifest_html(delivery: Delivery) -> bytes:
    """The page that lists every file asked for, delivered or not."""
    return "".join(_lines(delivery)).encode()


def _lines(delivery: Delivery) -> Iterator[str]:
    name = escape(delivery.name)
    yield f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{name}</title>\n'
    yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n"
    yield f"<p>Total Files: {delivery.files_requested}</p>\n<table>\n<thead>\n<tr>"
    yield "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    yield "</tr>\n</thead>\n<tbody>\n"
    for row in manifest_rows(delivery):
        yield f"<tr><td>{'</td><td>'.join(escape(text) for text in row.texts)}</td></tr>\n"
    yield "</tbody>\n</table>\n<h2>Summary</h2>\n<ul>\n"
    yield from (f"<li>{escape(line)}</li>\n" for line in summary_lines(delivery))
    yield "</ul>\n</body>\n</html>\n"


def summary_lines(delivery: Delivery) -> list[str]:
    """What arrived and what did not, with each reason, in plain words."""
    groups = list(
        delivery.items.values_list("verdict", "state", "reason").annotate(Count("id")).order_by("verdict", "reason")
    )
    delivered = sum(n for verdict, state, _, n in groups if _arrived(verdict, state))
    size_bytes = delivered_items(delivery).aggregate(size=Sum("size_bytes"))["size"] or 0
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
    if delivery.files_duplicate:
        lines.append(f"Duplicates: {delivery.files_duplicate} more listings of files that are delivered once")
    return lines


def sha256sums(delivery: Delivery) -> bytes:
    """The delivered files in the form that ``sha256sum --check`` reads."""
    items = delivered_items(delivery).values_list("sha256", path_column(delivery)).iterator(10_000)
    return "".join(f"{sha256}  {path}\n" for sha256, path in items).encode()


def _arrived(verdict: str, state: str) -> bool:
    return verdict == ItemVerdict.INCLUDED and state not in {ItemState.FAILED, ItemState.REFUSED}


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
