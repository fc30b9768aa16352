"""What a check has found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check.

    Attributes:
        check: what was looked at.
        fix: what to do; empty if all is well. If nothing has to be done, a remark.
    """

    check: str
    ok: bool
    fix: str = ""


def good(check: str, remark: str = "") -> Finding:
    """All is well."""
    return Finding(check, ok=True, fix=remark)


def bad(check: str, fix: str) -> Finding:
    """Something has to be done."""
    return Finding(check, ok=False, fix=fix)
