"""The calibration reference files of the sample: what headers name, and small files under those names.

The naming rule is CRDS's: ``jwst_<instrument>_<type>_<number>.fits``, and cards ``R_DARK = 'crds://…'``. The numbers
begin where CRDS has none, so that nobody takes a made file for a real one, and PEDIGREE says DUMMY.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from archive.fits import Card, image_hdu, primary_hdu
from archive.models import Held, Product
from archive.references import parse_reference
from archive.sample.rows import SampleRow
from archive.sample.spectra import SAMPLE
from archive.standins import record_stored, store_bytes
from archive.storage import Storage

FIRST_NUMBER = 9001
PIXELS = 24
#: A context of about the time of the sample's real programs.
CONTEXT = "jwst_1046.pmap"


class _Kind(NamedTuple):
    keyword: str
    name: str
    words: str
    middle: float
    spread: float
    unit: str


_KINDS = (
    _Kind("R_DARK", "dark", "Dark Frame", 0.02, 0.005, "DN"),
    _Kind("R_GAIN", "gain", "Gain", 1.9, 0.03, "electron/DN"),
    _Kind("R_MASK", "mask", "Bad Pixel Mask", 0.0, 0.0, ""),
    _Kind("R_READNO", "readnoise", "Read Noise", 11.0, 0.6, "DN"),
)
_DETECTORS = {
    "NIRCAM": ("nrca1", "nrca2", "nrca3", "nrca4", "nrcalong", "nrcb1", "nrcb2", "nrcb3", "nrcb4", "nrcblong"),
    "MIRI": ("mirimage", "mirifushort", "mirifulong"),
    "NIRISS": ("nis",),
    "NIRSPEC": ("nrs1", "nrs2"),
    "FGS": ("guider1", "guider2"),
}


class SampleReference(NamedTuple):
    """One reference file of a detector."""

    instrument: str
    detector: str
    kind: _Kind

    @property
    def filename(self) -> str:
        number = FIRST_NUMBER + _DETECTORS[self.instrument].index(self.detector)
        return f"jwst_{self.instrument.lower()}_{self.kind.name}_{number:04d}.fits"


def references_of(row: SampleRow) -> list[SampleReference]:
    """What the calibrated exposures of a row were calibrated with; nothing for raw, combined and HST's."""
    instrument, detector = row.instrument.partition("/")[0], row.obs_id.rpartition("_")[2]
    if row.visit.mission != "JWST" or row.level != 2 or detector not in _DETECTORS.get(instrument, ()):
        return []
    return [SampleReference(instrument, detector, kind) for kind in _KINDS]


def reference_cards(row: SampleRow) -> list[Card]:
    """The cards of a calibrated file's header that name its references."""
    named = references_of(row)
    cards = [Card(one.kind.keyword, f"crds://{one.filename}", f"{one.kind.words} reference file") for one in named]
    return [Card("CRDS_CTX", CONTEXT, "rules by which references were chosen"), *cards] if named else []


def table_lines(rows: Iterable[SampleRow]) -> Iterator[dict[str, object]]:
    """The types and the files, as `ingest references` takes them."""
    for kind in _KINDS:
        yield {
            "observatory": "jwst",
            "instrument": "all",
            "reftype": kind.name,
            "text_descr": kind.words,
            "reference": "",
        }
    for one in _named(rows):
        yield {
            "observatory": "jwst",
            "instrument": one.instrument.lower(),
            "reftype": one.kind.name,
            "text_descr": "",
            "reference": one.filename,
        }


def _named(rows: Iterable[SampleRow]) -> list[SampleReference]:
    return sorted({one for row in rows if row.visit.held for one in references_of(row)})


def store_references(rows: Iterable[SampleRow], storage: Storage) -> tuple[int, int]:
    """Make and store every reference of the sample that is not held yet; number of files and bytes."""
    wanted = {uri_of(one): one for one in _named(rows)}
    missing = Product.objects.filter(uri__in=wanted, held=Held.NOT_YET).select_related("observation").order_by("uri")
    stored = [store_bytes(product, reference_bytes(wanted[product.uri]), storage) for product in missing]
    record_stored(stored, stand_in=False)
    return len(stored), sum(file.size_bytes for file in stored)


def uri_of(one: SampleReference) -> str:
    """The address that `archive.references` gives it.

    Raises
    ------
    ValueError : the name is not one by the rules; then the sample made a wrong one.
    """
    parsed = parse_reference(one.filename)
    if parsed is None:
        raise ValueError(f"the sample made the name {one.filename}, which no rule of CRDS knows")
    return parsed.uri


def reference_bytes(one: SampleReference) -> bytes:
    """A small file with the header that CRDS asks of references, (PIXELS, PIXELS)."""
    cards = [
        Card("FILENAME", one.filename, "name of the file"),
        Card("ORIGIN", "SAMPLE", "made by the portal"),
        Card("TELESCOP", "JWST", "telescope"),
        Card("INSTRUME", one.instrument, "instrument"),
        Card("DETECTOR", one.detector.upper(), "detector"),
        Card("REFTYPE", one.kind.name.upper(), "type of reference"),
        Card("PEDIGREE", "DUMMY", "not measured"),
        Card("USEAFTER", "2022-01-01T00:00:00", "UTC"),
        Card("AUTHOR", "Archive Portal", "who made it"),
        Card("DESCRIP", f"{one.kind.words} of a made-up detector", "what it is"),
        Card("HISTORY", SAMPLE),
    ]
    if one.kind.name == "mask":
        return primary_hdu(cards) + image_hdu("DQ", np.zeros((PIXELS, PIXELS), "i2"))
    seed = int.from_bytes(hashlib.sha256(one.filename.encode()).digest()[:8])
    data = np.random.default_rng(seed).normal(one.kind.middle, one.kind.spread, (PIXELS, PIXELS)).astype("f4")
    return primary_hdu(cards) + image_hdu("SCI", data, [Card("BUNIT", one.kind.unit)])
