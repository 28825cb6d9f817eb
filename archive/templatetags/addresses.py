"""The address tag of every template: an address without arguments is looked up once.

A page has some fifty of them, and they are the same on every page of the process.
"""

from functools import cache

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as parsed
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape

register = template.Library()


class FixedURLNode(URLNode):
    """As Django's own for a name that is written in the template, without arguments."""

    def __init__(self, view_name: FilterExpression, name: str, asvar: str | None) -> None:
        super().__init__(view_name, [], {}, asvar)
        self.name = name

    def render(self, context: Context) -> str:
        address = _address(self.name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
        if not address:
            return str(super().render(context))  # says what is wrong
        if self.asvar:
            context[self.asvar] = address
            return ""
        return str(conditional_escape(address)) if context.autoescape else address


@register.tag
def url(parser: Parser, token: Token) -> URLNode:
    """``{% url %}`` of Django, in its whole grammar."""
    node = parsed(parser, token)
    name = node.view_name.var
    # several applications may share a name of the admin: which is meant, the request says
    if node.args or node.kwargs or not isinstance(name, str) or name.startswith("admin:"):
        return node
    return FixedURLNode(node.view_name, name, node.asvar)


@cache
def _address(name: str, urlconf: str, script_prefix: str) -> str:
    try:
        return reverse(name, urlconf=urlconf)
    except NoReverseMatch:
        return ""
