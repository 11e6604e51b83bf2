"""The product's settings with the floors' addresses."""

from loyalty.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.web.urls"
