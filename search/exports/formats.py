"""The formats of files, in the order of the dialog."""

from dataclasses import dataclass

from search.exports import as_csv, as_ecsv, as_fits, as_html, as_json, as_votable
from search.exports.interfaces import Writer


@dataclass(frozen=True)
class Format:
    """One format: its word in the address, its name for people, and what writes it."""

    slug: str
    label: str
    note: str
    extension: str
    content_type: str
    write: Writer


FORMATS: tuple[Format, ...] = (
    Format("csv", "CSV", "for spreadsheets and scripts", ".csv", "text/csv; charset=utf-8", as_csv.write),
    Format(
        "votable", "VOTable", "with units and UCDs, for TOPCAT, Aladin and pyvo", ".vot",
        "application/x-votable+xml; charset=utf-8", as_votable.write,
    ),
    Format("ecsv", "ECSV", "with types and units, for astropy", ".ecsv", "text/plain; charset=utf-8", as_ecsv.write),
    Format("json", "JSON", "columns and rows as objects", ".json", "application/json", as_json.write),
    Format("html", "HTML", "a page to read or to print", ".html", "text/html; charset=utf-8", as_html.write),
    Format("fits", "FITS", "a binary table; texts in ASCII", ".fits", "application/fits", as_fits.write),
)  # fmt: skip

FORMAT = {one.slug: one for one in FORMATS}
