"""What a file's name tells, whatever the mission; `archive.jwst` and `archive.hst` hold the naming rules."""

import re
from dataclasses import dataclass

MEDIA_TYPES = {
    ".fits": "application/fits",
    ".fits.gz": "application/gzip",
    ".csv": "text/csv",
    ".ecsv": "text/plain",
    ".txt": "text/plain",
    ".json": "application/json",
    ".asdf": "application/x-asdf",
    ".xml": "application/xml",
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}


@dataclass(frozen=True)
class ProductFacts:
    """Facts about one file, in the words of the archive's product table."""

    own_obs_id: str  # the obs_id of the observation that the file belongs to
    product_type: str  # category: SCIENCE, INFO, AUXILIARY, PREVIEW, CATALOG
    product_group: str  # productSubGroupDescription: CAL, I2D, O001_CRF
    calib_level: int | None
    description: str
    #: A pipeline end product of its level; whether it is recommended depends on the list that it stands in.
    end_product: bool
    extension: str  # ".fits"
    dataproduct_type: str
    product_level: str = ""  # the archive's word: 1b, 2a, 2b, 2c, 3

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES.get(self.extension, "application/octet-stream")


_EXTENSION = re.compile(r"(?:\.[a-z0-9]{1,8})?\.[a-z0-9]{1,8}\Z", re.ASCII)


def split_extension(filename: str) -> tuple[str, str]:
    """A file name in lower case as (stem, extension); ``.gz`` keeps what it wraps, a name without a dot has ``""``."""
    filename = filename.lower()
    match = _EXTENSION.search(filename)
    if match is None:
        return filename, ""
    extension = match[0] if filename.endswith(".gz") else filename[filename.rindex(".") :]
    return filename[: len(filename) - len(extension)], extension
