"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check.

    Attributes:
        check: what was checked.
        fix: what to do. If nothing has to be done, a remark or empty.
    """

    check: str
    ok: bool
    fix: str = ""


def good(check: str, remark: str = "") -> Finding:
    """Return the finding that all is well."""
    return Finding(check, ok=True, fix=remark)


def bad(check: str, fix: str) -> Finding:
    """Return the finding that something has to be done."""
    return Finding(check, ok=False, fix=fix)
