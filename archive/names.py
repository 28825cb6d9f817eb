"""How names of targets are compared, at ingest and in the resolver alike."""

import re
import unicodedata

_CATALOGUE_NUMBER = re.compile(r"([^\W\d_]+)0+(\d+)")


def name_key(name: str) -> str:
    """The form in which two spellings of one name are equal.

    Case and blanks do not count, nor do leading zeros of a catalogue number: ``M 31``, ``m31`` and ``M 031`` have one
    key, as have ``NGC 0224`` and ``ngc224``. Signs do count (``TN J1338-1942``). A name of blanks has the key ``""``.
    """
    folded = "".join(unicodedata.normalize("NFKC", name).split()).upper()
    catalogue = _CATALOGUE_NUMBER.fullmatch(folded)
    return catalogue[1] + catalogue[2] if catalogue else folded
