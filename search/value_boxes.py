"""The boxes of an enumerated facet as HTML.

A panel has hundreds of them: as in `search.rows`, format strings are filled in, and whatever comes from the archive
goes through `escape`.
"""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString

from archive.models import ObservationState
from archive.templatetags.portal import icon, mission_class
from search.columns import Column
from search.facets import EnumValue
from search.facets.enumerated import NOT_GIVEN

_BOX = (
    '<label{none}><input class="tick" type="checkbox" id="f-{name}-{value}" name="f.{name}" value="{text}"'
    ' data-count="{count}"{checked}>\n{words}\n<span class="count">{count:,}</span></label>'
)


def value_boxes(values: Iterable[EnumValue], column: Column) -> SafeString:
    """Each value with its tick box and its count; a value without rows is dimmed."""
    return SafeString(
        "".join(
            _BOX.format(
                none="" if value.count else ' class="none"',
                name=escape(column.name),
                value=escape(value.value),
                text=escape(value.text),
                count=value.count,
                checked=" checked" if value.checked else "",
                words=_words(value, column),
            )
            for value in values
        )
    )


def _words(value: EnumValue, column: Column) -> str:
    label = escape(value.label)
    if column.name == "state":
        return f'{_state_icon(value.value)}<span class="cut">{label}</span>'
    if column.name == "obs_collection":
        return f'<span class="cut mission {mission_class(value.value)}">{label}</span>'
    return f'<span class="cut" title="{label}">{label or NOT_GIVEN}</span>'


def _state_icon(state: str) -> str:
    names = {ObservationState.EXCLUSIVE: "lock-fill", ObservationState.PLANNED: "clock"}
    name = names.get(ObservationState(state))
    return icon(name, f"icon-{state}") if name else icon("circle", "blank")
