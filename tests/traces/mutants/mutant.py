"""What a mutant is: the product with one rule taken away, and the trace that must notice."""

from dataclasses import dataclass

# How the assertion of a trace ends.
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
    """A rule taken away. Without it, a test has to fail with an error that begins with `end`.

    The test is one of tests/traces, unless it names another folder of tests/.
    """

    name: str
    test: str
    end: str
    edits: tuple[Edit, ...]

    @property
    def path(self) -> str:
        """The test, as pytest is given it."""
        file = self.test.partition("::")[0]
        return f"tests/{self.test}" if "/" in file else f"tests/traces/{self.test}"


def mutant(name: str, test: str, end: str, *edits: Edit) -> Mutant:
    """Return a mutant. Each edit must replace a text that its file has exactly once."""
    return Mutant(name, test, end, edits)


def in_plan(old: str, new: str) -> Edit:
    """Replace a text in the plan."""
    return Edit("sync/plan.py", old, new)


def in_work(old: str, new: str) -> Edit:
    """Replace a text in the work on a record."""
    return Edit("sync/work.py", old, new)


def in_conclusion(old: str, new: str) -> Edit:
    """Replace a text in how an invocation ends."""
    return Edit("sync/conclusion.py", old, new)


def in_requests(old: str, new: str) -> Edit:
    """Replace a text in the requests."""
    return Edit("sync/requests.py", old, new)


def in_claimed(old: str, new: str) -> Edit:
    """Replace a text in the claimed record."""
    return Edit("sync/claimed.py", old, new)


def in_times(old: str, new: str) -> Edit:
    """Replace a text in the times."""
    return Edit("domain/times.py", old, new)
