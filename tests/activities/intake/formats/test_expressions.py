"""JMESPath expressions of format files."""

from collections.abc import Iterator

import jmespath
import pytest
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel

from activities.intake.formats import Format, load_formats
from activities.intake.formats.expressions import Expression, Functions
from tests.activities.intake.cases import CASES, read

DOCUMENT = {"a": {"b": {"c": 1}, "list": [1, "x", None]}, "zero": 0, "no": False, "empty": "", "name": "Adele"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b.c", 1),
        ("a", DOCUMENT["a"]),
        ("a.b.c.d", None),
        ("name.first", None),
        ('a."b".c', 1),
        ("a.list[0]", 1),
        ("missing || name", "Adele"),
        ("length(name)", 5),
    ],
)
def test_values(text: str, expected: object) -> None:
    """An expression has its value, or null."""
    assert Expression(text)(DOCUMENT) == expected


@pytest.mark.parametrize(
    "text",
    [
        "length(zero)",
        "starts_with(missing, 'a')",
        "sort(a.list)",
        "join(',', a.list)",
        "a.list[::0]",
        "max_by(a.list, &b)",
        "to_number(name)",
        "abs(name)",
        "length(`1`)",
        "ceil(`1e999`)",
    ],
)
@pytest.mark.parametrize("document", [DOCUMENT, [], "text", None, 7, True])
def test_an_expression_that_cannot_be_evaluated_is_null(text: str, document: object) -> None:
    """Events can be any JSON, so evaluation never raises."""
    assert Expression(text)(document) in (None, [])


@pytest.mark.parametrize(
    ("text", "expected"), [("a", True), ("zero", True), ("no", False), ("empty", False), ("x", False)]
)
def test_truth(text: str, expected: bool) -> None:  # noqa: FBT001  # a row of the table
    """As in JMESPath, anything empty is false, and zero is true."""
    assert Expression(text).matches(DOCUMENT) is expected


@pytest.mark.parametrize(
    ("identifier", "root", "expected"),
    [
        ("31070000000000345", "31070000000000001", "345"),
        (31070000000000345, 31070000000000001, "345"),
        ("345", "1", "345"),
        ("99990000000000345", "31070000000000001", "99990000000000345"),
        ("345", "31070000000000001", "345"),
        ("31070000000000345", None, "31070000000000345"),
        ("self", "31070000000000001", "self"),
        (None, "31070000000000001", None),
        (1.5, "1", 1.5),
    ],
)
def test_local_ids_of_canvas(identifier: object, root: object, expected: object) -> None:
    """A global id of the account's own database becomes the local one. Other ids stay."""
    assert Expression("canvas_local_id(i, r)")({"i": identifier, "r": root}) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("Course", "course"), ("", ""), (7, 7), (None, None), (["A"], ["A"]), ({"A": 1}, {"A": 1})]
)
def test_lower_case(value: object, expected: object) -> None:
    """Text is put in lower case. Anything else stays as it is, and isn't an error."""
    assert Expression("lower(v)")({"v": value}) == expected


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("https://lms.example/course/course-v1:Contoso+FS+1", "https://lms.example/course/course-v1:Contoso+FS+1"),
        ("https://lms.example/courses/course-v1:Contoso+FS+1", "https://lms.example/course/course-v1:Contoso+FS+1"),
        ("https://lms.example/courses/course-v1:Contoso+FS+1/", "https://lms.example/course/course-v1:Contoso+FS+1"),
        (
            "https://lms.example/xblock/block-v1:Contoso+FS+1+type@course+block@course",
            "https://lms.example/course/course-v1:Contoso+FS+1",
        ),
        (
            "https://lms.example/xblock/block-v1:Contoso+FS+1+type@vertical+block@7f",
            "https://lms.example/xblock/block-v1:Contoso+FS+1+type@vertical+block@7f",
        ),
        ("https://lms.example/courses/course-v1:Contoso+FS+1/about", None),
        ("https://lms.example/courses/fire-safety", None),
        ("course-v1:Contoso+FS+1", None),
        (7, None),
        ({"id": "x"}, None),
    ],
)
def test_addresses_of_a_course_of_openedx(identifier: object, expected: object) -> None:
    """All of a course's addresses become one. Those of its blocks, and of other systems, stay (None here)."""
    assert Expression("openedx_course(i)")({"i": identifier}) == (identifier if expected is None else expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("learning_program:7_9", "learningProgram:7_9"),
        ("course:7", "course:7"),
        ("", ""),
        (None, None),
        (7, 7),
        ([], []),
    ],
)
def test_a_name_that_is_spelt_in_two_ways(value: object, expected: object) -> None:
    """A text gets one spelling. Anything that isn't text stays as it is."""
    assert Expression("replace(v, 'learning_program', 'learningProgram')")({"v": value}) == expected
    assert Expression("replace(v, '', 'x')")({"v": value}) == value


def expressions_in(value: object) -> Iterator[Expression]:
    """Yield all expressions in a declaration."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, BaseModel):
        yield from expressions_in([getattr(value, name) for name in type(value).model_fields])
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from expressions_in(one)


@pytest.mark.parametrize("known", load_formats().formats, ids=lambda known: known.name)
def test_values_are_those_of_jmespath(known: Format) -> None:
    """Shortcuts past JMESPath's interpreter give the same value: each expression of a format, on all events."""
    options = jmespath.Options(custom_functions=Functions())
    texts = {expression.text for expression in expressions_in(known.declaration)}
    assert len(texts) > 5
    for document in [read(case)["event"] for case in CASES]:
        for text in texts:
            try:
                expected = jmespath.search(text, document, options)
            except (JMESPathError, AttributeError, TypeError):
                expected = None
            assert Expression(text)(document) == expected
