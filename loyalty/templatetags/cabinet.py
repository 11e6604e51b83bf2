"""What every page of the cabinet writes: {% load cabinet %} gives numbers, dates and symbols. A feature's own tags stand beside it."""

from django import template

from loyalty.templatetags import dates, numbers, symbols

register = template.Library()
for _part in (numbers, dates, symbols):
    register.filters.update(_part.register.filters)
    register.tags.update(_part.register.tags)
