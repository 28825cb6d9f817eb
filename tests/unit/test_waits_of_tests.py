"""No test waits without an end: a run that hangs says less than one that fails."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

#: Methods that wait for ever when nothing says how long; with an argument `join` is that of texts, or has its end.
PATIENT = {"join", "wait", "communicate", "acquire", "result"}
#: Functions that need ``timeout`` to end.
TIMED = {
    "run",
    "call",
    "check_call",
    "check_output",
    "urlopen",
    "create_connection",
    "HTTPConnection",
    "FTP",
    "FTP_TLS",
}
MODULES = {"subprocess", "request", "socket", "client", "ftplib"}


def endless(source: str) -> Iterator[int]:
    """The lines that wait without an end."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, node.func.value
        is_of_module = getattr(owner, "attr", getattr(owner, "id", "")) in MODULES
        has_end = any(keyword.arg in {"timeout", None} for keyword in node.keywords)
        if (name in PATIENT and not node.args and not node.keywords) or (
            name in TIMED and is_of_module and not has_end
        ):
            yield node.lineno


def test_the_rule_finds_what_has_no_end() -> None:
    source = (
        "child.wait()\nsubprocess.run(['ls'])\nchild.wait(timeout=3)\n', '.join(names)\nsubprocess.run([], timeout=1)"
    )
    assert list(endless(source)) == [1, 2]


def test_every_wait_has_an_end() -> None:
    tests = Path(settings.BASE_DIR) / "tests"
    found = [
        f"{place.relative_to(tests)}:{line}"
        for place in sorted(tests.rglob("*.py"))
        for line in endless(place.read_text(encoding="utf-8"))
    ]
    assert found == []
