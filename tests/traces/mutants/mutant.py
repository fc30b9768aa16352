"""What a mutant is: the product with one rule taken away, and the test that has to notice."""

from dataclasses import dataclass

# What the traces' assertions say when they fail.
DOUBLED = "AssertionError: wrong in Graph: ['doubled']"
ORPHAN = "AssertionError: wrong in Graph: ['unexpected']"
REGRESSED = "AssertionError: wrong in Graph: ['regressed']"
LOST = "AssertionError: lost: no message leads back to the record"
LEFT = "AssertionError: dead letters are left"
NO_LETTER = "AssertionError: dead letters are left: []"
DIFFERENT = "AssertionError: wrong in Graph: ['different']"
MISSING = "AssertionError: wrong in Graph: ['lost']"
HANGS = "AssertionError: it hangs"


@dataclass(frozen=True)
class Edit:
    """One replacement in a file of `activities/`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """The product without one rule. A test has to fail with an error that begins with `end`.

    The test's path starts at tests/ if it has a folder, and otherwise at tests/traces.
    """

    name: str
    test: str
    end: str
    edits: tuple[Edit, ...]

    @property
    def path(self) -> str:
        """The test's path for pytest."""
        file = self.test.partition("::")[0]
        return f"tests/{self.test}" if "/" in file else f"tests/traces/{self.test}"


def mutant(name: str, test: str, end: str, *edits: Edit) -> Mutant:
    """Return a mutant. Each edit replaces a text that occurs exactly once in its file."""
    return Mutant(name, test, end, edits)


def in_plan(old: str, new: str) -> Edit:
    """Replace a text in the plan."""
    return Edit("sync/plan.py", old, new)


def in_work(old: str, new: str) -> Edit:
    """Replace a text in an invocation's work on a record."""
    return Edit("sync/work.py", old, new)


def in_conclusion(old: str, new: str) -> Edit:
    """Replace a text in the conclusion of an invocation."""
    return Edit("sync/conclusion.py", old, new)


def in_requests(old: str, new: str) -> Edit:
    """Replace a text in the requests for a record."""
    return Edit("sync/requests.py", old, new)


def in_claimed(old: str, new: str) -> Edit:
    """Replace a text in the claimed record."""
    return Edit("sync/claimed.py", old, new)


def in_times(old: str, new: str) -> Edit:
    """Replace a text in the times."""
    return Edit("domain/times.py", old, new)
