"""Regular expressions as people know them, in the subset that a database answers safely.

Taken: letters, ``.``, classes ``[a-f]``, ``\\d \\w \\s \\b`` and their opposites, groups, ``|``, ``^``, ``$``, and the
repeats ``* + ? {n,m}``. Refused, each with its reason: references back, look-around, repeats of repeats, anything long.
The pattern is read completely and written anew, so that nothing of another dialect reaches the database.
"""

import re
from dataclasses import dataclass

from search.operators import ConstraintError

LONGEST = 200
MOST_REPEATS = 50

#: One value a line: nothing but a line break stands between them.
_CLASSES = {
    "d": "[0-9]",
    "D": "[^0-9\n]",
    "w": "[A-Za-z0-9_]",
    "W": "[^A-Za-z0-9_\n]",
    "s": "[ \t]",
    "S": "[^ \t\n]",
    "b": r"\y",
    "B": r"\Y",
}
_IN_BRACKETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \t"}
_COUNTED = re.compile(r"\{(\d{1,4})(?:(,)(\d{1,4})?)?\}")


def translated(pattern: str) -> str:
    """``pattern`` in the words of PostgreSQL, to be used with ``~*``.

    Raises
    ------
    ConstraintError : what is not taken, with the reason and what to write instead.
    """
    if len(pattern) > LONGEST:
        raise _refused(f"The pattern has {len(pattern)} characters.", f"Give at most {LONGEST}.")
    reader = _Reader(pattern)
    written = reader.alternatives()
    if reader.position < len(pattern):
        raise _refused("A group is closed that was never opened.", r"Write \) for a closing bracket itself.")
    return f"(?n)(?:{written.text})"


@dataclass(frozen=True)
class _Written:
    text: str
    repeats: bool = False  # something in it is repeated
    empty_width: bool = False  # it stands between letters, as ^ does


class _Reader:
    """Reads from ``position`` on; each method reads one rule of the grammar."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0

    def alternatives(self) -> _Written:
        branches = [self._branch()]
        while self._next_is("|"):
            self.position += 1
            branches.append(self._branch())
        return _Written("|".join(branch.text for branch in branches), any(branch.repeats for branch in branches))

    def _branch(self) -> _Written:
        pieces = []
        while self.position < len(self.pattern) and self.pattern[self.position] not in "|)":
            pieces.append(self._piece())
        return _Written("".join(piece.text for piece in pieces), any(piece.repeats for piece in pieces))

    def _piece(self) -> _Written:
        atom = self._atom()
        repeat = self._repeat()
        if not repeat:
            return atom
        if atom.repeats:
            raise _refused("A repeat is repeated.", "Write a single repeat, (ab)* instead of (a*b)*.")
        if atom.empty_width:
            raise _refused("A place such as ^ is repeated.", "Take the repeat away.")
        return _Written(atom.text + repeat, repeats=True)

    def _repeat(self) -> str:
        """``*``, ``+``, ``?`` or ``{n,m}``; a question mark after it changes nothing of what is found."""
        if not self._next_is("*", "+", "?", "{"):
            return ""
        sign = self.pattern[self.position]
        counted = _COUNTED.match(self.pattern, self.position)
        if sign == "{" and not counted:
            raise _refused("A curly bracket has no number.", r"Write {2} or {1,3}, or \{ for the bracket itself.")
        repeat = _checked_counts(counted) if sign == "{" and counted else sign
        self.position += len(counted[0]) if sign == "{" and counted else 1
        if self._next_is("?"):
            self.position += 1
        if self._next_is("*", "+", "?", "{"):
            raise _refused("A repeat is repeated.", "Write a single repeat.")
        return repeat

    def _atom(self) -> _Written:
        letter = self.pattern[self.position]
        self.position += 1
        if letter == "(":
            return self._group()
        if letter == "[":
            return _Written(self._bracket())
        if letter == "\\":
            return self._escape()
        if letter in "*+?{":
            raise _refused(f"“{letter}” repeats nothing.", f"Write \\{letter} for the character itself.")
        if letter in "^$":
            return _Written(letter, empty_width=True)
        return _Written("." if letter == "." else _itself(letter))

    def _group(self) -> _Written:
        if self._next_is("?"):
            if not self.pattern.startswith("?:", self.position):
                raise _refused("Look-around and named groups are not taken.", "Write a plain group, (a|b).")
            self.position += 2
        inner = self.alternatives()
        if not self._next_is(")"):
            raise _refused("A group is not closed.", r"Add the closing bracket, or write \( for the bracket itself.")
        self.position += 1
        return _Written(f"(?:{inner.text})", inner.repeats)

    def _escape(self) -> _Written:
        letter = self._letter_after_backslash()
        if letter in _CLASSES:
            return _Written(_CLASSES[letter], empty_width=letter in "bB")
        if letter.isdigit():
            raise _refused("References back to a group are not taken.", "Write the text again.")
        return _Written(_escaped_itself(letter))

    def _letter_after_backslash(self) -> str:
        if self.position >= len(self.pattern):
            raise _refused("The pattern ends with a backslash.", r"Write \\ for the backslash itself.")
        self.position += 1
        return self.pattern[self.position - 1]

    def _bracket(self) -> str:
        """A class such as ``[a-f0-9]`` or ``[^/]``."""
        opening = "["
        if self._next_is("^"):
            self.position += 1
            opening = "[^\n"
        members: list[str] = []
        while not self._next_is("]"):
            if self.position >= len(self.pattern):
                raise _refused("A class is not closed.", r"Add “]”, or write \[ for the bracket itself.")
            members.append(self._member())
        self.position += 1
        if not members:
            raise _refused("A class is empty.", "Put characters between the brackets.")
        return f"{opening}{''.join(members)}]"

    def _member(self) -> str:
        first = self._class_letter()
        if len(first) > 1 or not self._next_is("-") or self.pattern.startswith("-]", self.position):
            return first if len(first) > 1 else _in_bracket(first)
        self.position += 1
        if self.position >= len(self.pattern):
            raise _refused("A class is not closed.", r"Add “]”, or write \[ for the bracket itself.")
        last = self._class_letter()
        if len(last) > 1 or last < first:
            raise _refused("A range of a class runs backwards.", "Write the lower end first: [0-9].")
        return f"{_in_bracket(first)}-{_in_bracket(last)}"

    def _class_letter(self) -> str:
        """One character of a class, or the ranges that ``\\d`` and its like stand for."""
        letter = self.pattern[self.position]
        self.position += 1
        if letter != "\\":
            return letter
        letter = self._letter_after_backslash()
        if letter in _IN_BRACKETS:
            return _IN_BRACKETS[letter]
        if letter.isalnum():
            raise _refused(f"“\\{letter}” is not taken in a class.", "Write the characters themselves.")
        return letter

    def _next_is(self, *letters: str) -> bool:
        return self.pattern.startswith(letters, self.position)


def _checked_counts(counted: re.Match[str]) -> str:
    least = int(counted[1])
    most = int(counted[3]) if counted[3] else least
    if most < least or most > MOST_REPEATS:
        raise _refused(
            f"“{counted[0]}” repeats too often or backwards.", f"Give numbers up to {MOST_REPEATS}, the lower first."
        )
    return f"{{{least}{',' if counted[2] else ''}{most if counted[3] else ''}}}"


def _itself(letter: str) -> str:
    """A character without any meaning of its own."""
    return letter if letter.isalnum() or not letter.isascii() or letter in " _-/:;,<>=!\"'#&@~`\t" else f"\\{letter}"


def _escaped_itself(letter: str) -> str:
    if letter == "t":
        return "\t"
    if letter.isalpha() and letter.isascii():
        raise _refused(f"“\\{letter}” is not taken.", r"Write the character itself, or \d, \w, \s, \b.")
    return _itself(letter)


def _in_bracket(letter: str) -> str:
    return f"\\{letter}" if letter in "\\]^-[" else letter


def _refused(text: str, remedy: str) -> ConstraintError:
    return ConstraintError(f"Keyword/Text Filter: {text}", remedy)
