"""Figures in templates, worded as everywhere else."""

from django import template

from reporting.domain.telling import percent, span

register = template.Library()
register.filter("percent", percent)
register.filter("span", span)
