"""Makes an API key for a partner and prints it, once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loyalty.lib.errors import DomainError
from partners.domain import api_key
from partners.models import Partner
from partners.models.api_key import Scope


class Command(BaseCommand):
    """api_key SLUG --name NAME [--scopes …] [--days N]."""

    help = "Make an API key for a partner. The key is printed once and stored nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Partner, name, scopes, life."""
        parser.add_argument("partner", metavar="SLUG")
        parser.add_argument("--name", default="till", help="what the key is for (default: till)")
        parser.add_argument("--scopes", default=",".join(Scope.values), help=f"comma-separated; default: all of {','.join(Scope.values)}")
        parser.add_argument("--days", type=int, help="the key expires after so many days")

    def handle(self, *, partner: str, name: str, scopes: str, days: int | None, **options: Any) -> None:
        """Make the key."""
        owner = Partner.objects.filter(slug=partner).first()
        if owner is None:
            raise CommandError(f"There is no partner “{partner}”.")
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("A key lives 1 to 3650 days.")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        try:
            _key, text = api_key.create(partner=owner, name=name, scopes=[scope.strip() for scope in scopes.split(",")], expires_at=expires_at)
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(text)
