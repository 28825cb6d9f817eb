"""The README's table names every variable that the settings read, and none that nothing reads."""

import ast
import re

from django.conf import settings

READERS = {"text", "integer", "port", "flag", "words", "instant", "port_range", "mail_address"}


def variables_read() -> set[str]:
    """The first argument of each call of a reader of `mastportal.environment`."""
    tree = ast.parse((settings.BASE_DIR / "mastportal" / "settings.py").read_text(encoding="utf-8"))
    return {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in READERS
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def variables_described() -> set[str]:
    readme = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Configuration")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\|([^|]*)\|", table, flags=re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`([A-Z0-9_]+)`", cell)}


def test_every_variable_is_described() -> None:
    assert variables_read() == variables_described()
