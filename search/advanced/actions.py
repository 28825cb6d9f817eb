"""What the buttons of the page do to its state; each is a submit button, so that no typed box is lost."""

from collections.abc import Callable
from dataclasses import replace

from search.advanced.fields import FIELD
from search.advanced.state import State
from search.criteria import CriteriaError

SEARCH = "search"
UPLOAD_MOC = "moc"
#: Those that lead to another page, with what the form holds.
LEAVING = (SEARCH, UPLOAD_MOC)


def after(state: State, action: str) -> State:
    """The page after a click on a button whose value is ``clear``, or ``toggle:filters`` with a field.

    Raises
    ------
    CriteriaError : no button has this value.
    """
    verb, _, name = action.partition(":")
    if name in FIELD and verb in _ON_FIELD:
        return _ON_FIELD[verb](state, name)
    if not name and verb in _ON_PAGE:
        return _ON_PAGE[verb](state)
    raise CriteriaError(f"“{action[:40]}” is nothing that Advanced Search can do.", "Open Advanced Search anew.")


_ON_FIELD: dict[str, Callable[[State, str], State]] = {
    "toggle": State.with_dialog_toggled,
    "fold": State.with_dialog_folded,
    "remove": State.without,
}
_ON_PAGE: dict[str, Callable[[State], State]] = {
    "": lambda state: state,
    SEARCH: lambda state: state,
    UPLOAD_MOC: lambda state: state,
    "clear": State.cleared,
    "defaults": lambda state: replace(state, dialogs=None),
    "hide": lambda state: replace(state, dialogs=()),
}
