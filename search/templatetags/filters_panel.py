"""What the templates of the filters panel ask for."""

from django import template

from search.facets import EnumFacet, EnumValue
from search.histogram import handles, histogram
from search.value_boxes import value_boxes

register = template.Library()
register.filter(handles)
register.filter(histogram)
register.filter(value_boxes)

#: Boxes that a facet shows before "Show all".
FIRST = 8


@register.filter
def first_values(facet: EnumFacet) -> tuple[EnumValue, ...]:
    """The most frequent values, and every ticked one."""
    first = facet.values[:FIRST]
    return first + tuple(value for value in facet.values[FIRST:] if value.checked)


@register.filter
def other_values(facet: EnumFacet) -> tuple[EnumValue, ...]:
    return tuple(value for value in facet.values[FIRST:] if not value.checked)
