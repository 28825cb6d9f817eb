"""HTML: one page that stands by itself, to read or to print; everything in it is escaped."""

from collections.abc import Iterator
from html import escape

from archive.columns import Column
from search.exports.interfaces import Export, Row, Value, is_text

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 13px/1.35 system-ui, sans-serif; margin: 1.5em; color: #1d2326; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #c5ced2; padding: 2px 6px; text-align: left; vertical-align: top; }}
td {{ max-width: 32em; overflow-wrap: anywhere; white-space: pre-wrap; }}
thead {{ background: #e3eef1; display: table-header-group; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.unit {{ display: block; font-weight: normal; color: #56646b; }}
@media print {{ @page {{ size: landscape; }} body {{ font-size: 7pt; margin: 0; }} tr {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>Rights as of {moment:%Y-%m-%d %H:%M} UTC. {address}</p>
<table>
<thead><tr>"""
_TAIL = "</tbody>\n</table>\n</body>\n</html>\n"


def write(export: Export) -> Iterator[bytes]:
    head = _HEAD.format(title=escape(export.title), moment=export.moment, address=_link(export.address))
    yield (head + "".join(map(_heading, export.columns)) + "</tr></thead>\n<tbody>\n").encode()
    starts = ["<td>" if is_text(column) else '<td class="n">' for column in export.columns]
    for batch in export.rows.batches():
        yield "".join(_row(row, starts) for row in batch).encode()
    yield _TAIL.encode()


def _link(address: str) -> str:
    return f'<a href="{escape(address)}">The search in the portal</a>' if address else ""


def _heading(column: Column) -> str:
    unit = f'<span class="unit">{escape(column.unit)}</span>' if column.unit else ""
    return f'<th scope="col" title="{escape(column.description)}">{escape(column.name)}{unit}</th>'


def _row(row: Row, starts: list[str]) -> str:
    return (
        "<tr>" + "".join(start + _text(value) + "</td>" for start, value in zip(starts, row, strict=True)) + "</tr>\n"
    )


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))
