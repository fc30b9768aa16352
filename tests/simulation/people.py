"""Learners and courses: what they're called, and what Graph knows about them."""

from dataclasses import dataclass
from random import Random

from activities.storage.keys import keys
from tests.simulation.memory.table import Table
from tests.simulation.memory.tenant import Tenant, User

ACCOUNTS = "lms"
NAMES = ("entraObjectId", "userPrincipalName", "email", "employeeId", "lmsAccount")
_ROWS = NAMES[:-1]

type Reference = dict[str, object]


@dataclass(eq=False, slots=True)
class Person:
    """A learner. All names are made from `number`. The object id is Graph's."""

    number: int

    @property
    def id(self) -> str:
        """The object id."""
        return f"{self.number:08x}-0000-4000-8000-000000000000"

    def name(self, kind: str) -> Reference:
        """Return a reference to the person, as an event has it."""
        return {kind: {"source": ACCOUNTS, "id": self.value(kind)} if kind == "lmsAccount" else self.value(kind)}

    def value(self, kind: str) -> str:
        """Return the value of a reference."""
        return {
            "entraObjectId": self.id,
            "userPrincipalName": f"u{self.number}@example.org",
            "email": f"mail{self.number}@example.org",
            "employeeId": f"staff-{self.number}",
            "lmsAccount": f"account-{self.number}",
        }[kind]

    def user(self) -> User:
        """Return the person as a user in the directory."""
        return User(self.id, self.value("userPrincipalName"), self.value("email"), self.value("employeeId"))

    def enters(self, tenant: Tenant) -> None:
        """Add the person to the directory."""
        if all(user.id != self.id for user in tenant.users):
            tenant.users.append(self.user())

    def has_account(self, table: Table, random: Random, who: "Person | None" = None) -> None:
        """Let the table `people` say that this person's account is `who`'s, or this person's own."""
        kind = random.choice(_ROWS)
        partition, row = self._row
        table.upsert({"PartitionKey": partition, "RowKey": row, kind: (who or self).value(kind)})

    def has_no_account(self, table: Table) -> None:
        """Remove this person's account from the table `people`."""
        table.rows.pop(self._row, None)

    @property
    def _row(self) -> tuple[str, str]:
        return keys(f"{ACCOUNTS}\n{self.value('lmsAccount')}")


@dataclass(eq=False, slots=True)
class Course:
    """A course of the catalogue."""

    number: int

    @property
    def id(self) -> str:
        """Graph's id."""
        return f"content-{self.number}"

    @property
    def external_id(self) -> str:
        """The id in the provider's catalogue."""
        return f"course-{self.number}"

    def name(self, kind: str) -> Reference:
        """Return a reference to the course, as an event has it."""
        return {kind: self.id if kind == "learningContentId" else self.external_id}

    def enters(self, tenant: Tenant) -> None:
        """Add the course to the catalogue."""
        tenant.courses[self.external_id] = self.id
