"""The web's door: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.bodies import bodies_first
from config.checks import refuse_demo_users
from config.processes import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = bodies_first(get_wsgi_application())
refuse_demo_users()
get_resolver().url_patterns  # noqa: B018  loads every page and its forms
settle()
