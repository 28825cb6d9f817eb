"""Scripts and styles joined into a few files, so that a first visit asks for ten files where it would ask for sixty.

``static/bundles.json`` says what each joins. They are made when the static files are collected, by text alone: no build
tool is needed, and whoever changes a script finds it as it lies in ``static``.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

#: The text of a static file, by its name.
Reader = Callable[[str], str]
_IMPORT = re.compile(r'^import \{ ([^}]+) \} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
#: A line that only modules have, joinable or not.
_MODULE_LINE = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_STRANGE_STYLE = re.compile(r"@import\b.*|url\((?![\"']?data:)[^)]*\)")


class BundleError(CommandError):
    """Files that cannot be joined; the text ends the command and names the file, the line and what it may be."""


@cache
def parts() -> dict[str, list[str]]:
    """The names of the joined files and of what each joins, in order."""
    table = Path(settings.BASE_DIR) / "static" / "bundles.json"
    return {name: list(files) for name, files in json.loads(table.read_text(encoding="utf-8")).items()}


def joined(name: str, read: Reader) -> str:
    """The text of one bundle; ``read`` gives that of its parts."""
    files = parts()[name]
    if name.endswith(".css"):
        return "\n".join(_style(file, read(file)) for file in files)
    if _MODULE_LINE.search(read(files[0])):
        return _modules(files[0], read)
    return "\n;\n".join(read(file) for file in files)


def _style(file: str, text: str) -> str:
    strange = _STRANGE_STYLE.search(text)
    if strange:
        raise BundleError(f"{file}: {strange[0]} would look elsewhere from the joined file; write a data: address")
    return text


# Modules -------------------------------------------------------------------------------------------------------------
def _modules(entry: str, read: Reader) -> str:
    """A module and all that it imports: each a closure that gives what it exports, those first that others need."""
    folder = entry.rpartition("/")[0]
    done: dict[str, str] = {}

    def visit(file: str, above: tuple[str, ...]) -> None:
        if file in above:
            raise BundleError(f"{' imports '.join((*above, file))}: modules must not import each other in a circle")
        if file in done:
            return
        text = read(f"{folder}/{file}")
        for _, imported in _IMPORT.findall(text):
            visit(imported, (*above, file))
        done[file] = _closure(file, text)

    visit(entry.rpartition("/")[2], ())
    return "\n".join(done.values())


def _closure(file: str, text: str) -> str:
    exported = _EXPORT.findall(text)
    body = _EXPORT.sub("", _IMPORT.sub(lambda found: _taken(found[1], found[2]), text))
    strange = _MODULE_LINE.search(body)
    if strange:
        raise BundleError(
            f"{file}: {strange[0]} is not of the forms that are joined: "
            'import { a, b as c } from "./file.js"; on one line, export function, class or const'
        )
    return f"const {_variable(file)} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();"


def _taken(names: str, file: str) -> str:
    return f"const {{ {names.replace(' as ', ': ')} }} = {_variable(file)};\n"


def _variable(file: str) -> str:
    return "module_" + re.sub(r"\W", "_", file.removesuffix(".js"))
