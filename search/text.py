"""Text as people paste it: what is harmless is put right, what no database could hold is refused."""

import unicodedata

from search.messages import SearchError

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")


class TextError(SearchError):
    title = "The text cannot be searched"


def cleaned(raw: str, longest: int) -> str:
    """``raw`` in compatibility form with plain dashes and single blanks, without invisible characters.

    Invisible characters (byte order marks, zero-width blanks, marks of writing direction) come along with pasted text
    and are never meant.

    Raises
    ------
    TextError : control characters such as NUL, halves of characters, or more than ``longest`` characters.
    """
    if len(raw) > longest:
        raise TextError(f"{len(raw):,} characters are too many.", f"Give at most {longest:,} characters.")
    text = unicodedata.normalize("NFKC", raw.replace("º", "°").replace("˚", "°").replace("´", "′")).translate(_DASHES)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    text = " ".join(text.split())
    if any(unicodedata.category(character) in {"Cc", "Cs", "Cn", "Co"} for character in text):
        raise TextError("The text holds characters that cannot be typed.", "Type it anew instead of pasting it.")
    if len(text) > longest:
        raise TextError(f"{len(text):,} characters are too many.", f"Give at most {longest:,} characters.")
    return text


def checked(raw: str, longest: int) -> str:
    """``raw`` itself, for values that must match what is stored letter by letter.

    Raises
    ------
    TextError : NUL or half a character, which no stored text holds; more than ``longest`` characters.
    """
    if len(raw) > longest:
        raise TextError(f"{len(raw):,} characters are too many.", f"Give at most {longest:,} characters.")
    if any(character == "\0" or unicodedata.category(character) == "Cs" for character in raw):
        raise TextError("The text holds characters that cannot be typed.", "Type it anew instead of pasting it.")
    return raw.strip()
