"""All planted faults, by group."""

from tests.mutants import Mutant, earning, ledger, notifications, permissions, quests, returns

GROUPS: dict[str, list[Mutant]] = {
    "ledger": ledger.MUTANTS,
    "earning": earning.MUTANTS,
    "returns": returns.MUTANTS,
    "quests": quests.MUTANTS,
    "permissions": permissions.MUTANTS,
    "notifications": notifications.MUTANTS,
}
