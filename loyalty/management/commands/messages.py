"""`manage.py messages`: bring the catalogues up to date with the code, or check that they are complete."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from loyalty.lib import messages

FOLDERS = ("accounts", "loyalty", "partners", "quests", "templates")


class Command(BaseCommand):
    help = "Adds new texts to the catalogues in locale/ and compiles them; --check only names what is missing or wrong."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail naming every text without a right translation")

    def handle(self, *args: Any, **options: Any) -> None:
        root, locale = Path(settings.BASE_DIR), Path(settings.LOCALE_PATHS[0])
        found = messages.extract_messages(root, FOLDERS)
        faults = []
        for language, _name in settings.LANGUAGES:
            path = locale / language / "LC_MESSAGES" / "django.po"
            if not options["check"]:
                added = messages.update_catalogue(path, language, found)
                self.stdout.write(f"{language}: {added} new texts, {len(found)} in the code")
            faults += messages.problems(path, language, found)
        if options["check"] and faults:
            raise CommandError("\n".join([*faults, f"{len(faults)} texts without a right translation."]))
        if options["check"]:
            self.stdout.write(f"{len(found)} texts, complete in {', '.join(language for language, _name in settings.LANGUAGES)}.")
            return
        messages.compile_catalogues(settings.LOCALE_PATHS)
        for fault in faults:
            self.stdout.write(fault)
        self.stdout.write(f"{len(faults)} texts still to translate." if faults else "Complete.")
