"""The files of the sample's observations, and in whose lists they stand."""

from collections.abc import Iterator

from archive import hst, jwst
from archive.facts import ProductFacts
from archive.sample.rows import SampleRow

#: Typical sizes of files by suffix, bytes; files that the sample makes itself have no listed size.
_SIZES = {
    "UNCAL": 58_800_960, "RATE": 83_963_520, "RATEINTS": 83_969_280, "CAL": 117_573_120, "CALINTS": 125_830_080,
    "CRF": 117_573_120, "I2D": 412_490_880, "S2D": 4_210_560, "S3D": 29_721_600, "X1D": 1_728_000, "C1D": 1_002_240,
    "X1DINTS": 37_866_240, "CAT": 1_210_000, "SEGM": 88_600_320, "ASN": 4_700, "POOL": 12_100, "WHTLT": 420_000,
    "PSFSUB": 9_213_120, "PSFSTACK": 30_415_680, "CRFINTS": 125_830_080, "GS-ID": 16_800_000, "GS-ACQ1": 1_900_800,
    "GS-ACQ2": 161_280, "GS-TRACK": 5_639_040, "GS-FG": 14_300_000, "THUMB": 9_000,
    "RAW": 67_291_200, "FLT": 168_462_720, "FLC": 168_462_720, "DRZ": 214_286_400, "DRC": 214_286_400,
    "IMA": 120_000_960, "D0M": 5_178_240, "C0M": 10_298_880, "C1M": 5_178_240, "SHM": 60_480, "SPT": 207_360,
    "TRL": 92_160,
    "RAWTAG_A": 48_600_000, "RAWTAG_B": 36_400_000, "CORRTAG_A": 140_200_000, "CORRTAG_B": 110_100_000,
    "X1DSUM": 1_820_160,
}  # fmt: skip
_PREVIEW_BYTES = 640_000
#: What the sample makes of a visit that is to be held.
_MADE = frozenset({
    "CAL", "I2D", "CAT", "ASN", "S3D", "X1D", "S2D", "X1DINTS", "WHTLT", "THUMB",
    "C1D", "FLT", "FLC", "DRZ", "DRC", "C0M", "X1DSUM", "CORRTAG_A", "CORRTAG_B",
})  # fmt: skip


def facts_of(filename: str) -> ProductFacts:
    """What the name of a sample file says.

    Raises
    ------
    ValueError : the naming rules do not know it; then the sample made a wrong name.
    """
    facts = jwst.product_facts(filename) or hst.product_facts(filename)
    if facts is None:
        raise ValueError(f"the sample made the name {filename}, which no naming rule knows")
    return facts


def is_made(row: SampleRow, filename: str) -> bool:
    """Whether the sample itself makes the bytes of one of the row's own files."""
    facts = facts_of(filename)
    return row.visit.held and (facts.product_group in _MADE or facts.product_type == "PREVIEW")


def listings(row: SampleRow) -> Iterator[dict[str, object]]:
    """The list of one observation, in the column names of the archive's product record; a line a file."""
    parts = [(owner, filename) for owner in (row, *row.members) for filename in owner.files]
    for owner, filename in [*parts, *row.shared]:
        yield _line(row, owner, filename)


def _line(parent: SampleRow, owner: SampleRow, filename: str) -> dict[str, object]:
    facts = facts_of(filename)
    made = filename in owner.files and is_made(owner, filename)
    return {
        "obsID": owner.obsid,
        "parent_obsid": parent.obsid,
        "obs_collection": owner.visit.mission,
        "obs_id": owner.obs_id,
        "dataproduct_type": facts.dataproduct_type,
        "description": facts.description,
        "type": "D" if facts.calib_level == 3 else "S",
        "dataURI": owner.uri(filename),
        "productType": facts.product_type,
        "productSubGroupDescription": facts.product_group,
        "project": "CALJWST" if owner.visit.mission == "JWST" else f"CAL{owner.instrument.partition('/')[0]}",
        "prvversion": "1.20.2" if owner.visit.mission == "JWST" else "",
        "proposal_id": owner.visit.program,
        "productFilename": filename,
        "size": "" if made else listed_size(facts),
        "calib_level": "" if facts.calib_level is None else facts.calib_level,
        "filters": owner.filters,
    }


def listed_size(facts: ProductFacts) -> int:
    if facts.product_type == "PREVIEW" and facts.product_group != "THUMB":
        return _PREVIEW_BYTES
    group = (
        facts.product_group.rpartition("_")[2] if facts.product_group.startswith(("O", "C1")) else facts.product_group
    )
    return _SIZES[group]
