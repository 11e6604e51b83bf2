"""Steps of migrations: many tables at once; room on the pages of a table."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from loyalty.lib.rows import can_leave_room


class CreateModels(Operation):
    """Many CreateModel in one: Django puts all related models together again after each, which grows with the square of their number."""

    category = OperationCategory.ADDITION

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Put together when they are first asked for, all at once."""
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState) -> None:
        """In the order given."""
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState) -> None:
        """In the opposite order: what refers to others goes first."""
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """As Django prints it."""
        return f"Create {len(self.models)} models"


class LeaveRoom(Operation):
    """So many percent of each page of a table are filled (PostgreSQL): a row is then changed in place, without a new line in every index."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model: str, *, percent: int) -> None:
        self.model, self.percent = model, percent

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The model stays as it is."""

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState) -> None:
        """For pages to come; there are none yet."""
        self._alter(app_label, schema_editor, f"SET (fillfactor = {self.percent})")

    def database_backwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState) -> None:
        """Full pages again."""
        self._alter(app_label, schema_editor, "RESET (fillfactor)")

    def describe(self) -> str:
        """As Django prints it."""
        return f"Fill {self.percent} % of the pages of {self.model}"

    def _alter(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, what: str) -> None:
        if can_leave_room(schema_editor.connection):
            schema_editor.execute(f"ALTER TABLE {app_label}_{self.model} {what}")
