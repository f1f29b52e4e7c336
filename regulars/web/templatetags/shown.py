"""Template tags and filters of every template (a builtin library: no ``{% load %}``)."""

from django import template

register = template.Library()
