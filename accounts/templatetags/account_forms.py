"""Fields of forms in the portal's own dress."""

from django import forms, template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget with our class; an error is tied to it by `aria-describedby`, which Django writes."""
    widget = field.field.widget
    attrs: dict[str, str | bool] = {"class": "tick" if isinstance(widget, forms.CheckboxInput) else "form-control"}
    if isinstance(widget, forms.Select):
        attrs["class"] = "form-select"
    widget.attrs.pop("placeholder", None)
    if field.errors:
        attrs["class"] = f"{attrs['class']} is-invalid"
    return field.as_widget(attrs=attrs)


@register.filter
def is_box(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)
