"""`manage.py refresh_search`: the words by which partners are found, worked out again."""

from typing import Any

from django.core.management.base import BaseCommand

from partners.domain import search


class Command(BaseCommand):
    help = "Works out again by which words partners are found. Only needed when somebody wrote past the product; an hourly job does it too."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{search.refresh()} partners changed.")
