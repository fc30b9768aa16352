"""The rules of the intake about identity: enrolment ids, canonical forms, and what's refused at the door."""

from tests.traces.mutants.mutant import Edit, mutant

_FORMATS = "activities/intake/formats/"
_MIXED = "test_identity.py::test_what_is_written_differently_is_the_same_enrolment"

IDENTITY_AT_THE_DOOR = (
    mutant(
        "an enrolment id leaves out the learner",
        _FORMATS + "test_identity.py::test_one_id_of_an_lms_never_joins_two_learners[cmi5]",
        "AssertionError: assert 3 == 4",
        Edit("intake/formats/identity.py", "parts = [source, learner_key, course_key]", "parts = [source, course_key]"),
    ),
    mutant(
        "an enrolment id leaves out the course",
        _FORMATS + "test_identity.py::test_one_id_of_an_lms_never_joins_two_learners[WorkRamp]",
        "AssertionError: assert 3 == 4",
        Edit(
            "intake/formats/identity.py", "parts = [source, learner_key, course_key]", "parts = [source, learner_key]"
        ),
    ),
    mutant(
        "an enrolment id leaves out the source",
        _FORMATS + "test_identity.py::test_other_enrolments_have_other_ids",
        "AssertionError: assert 3 == 4",
        Edit(
            "intake/formats/identity.py",
            "parts = [source, learner_key, course_key]",
            "parts = [learner_key, course_key]",
        ),
    ),
    mutant(
        "an enrolment id leaves out the cycle",
        _FORMATS + "test_identity.py::test_one_id_of_an_lms_never_joins_two_learners[WorkRamp]",
        "AssertionError: assert 3 == 4",
        Edit("intake/formats/identity.py", "[] if cycle is None else [canonical_id(cycle)]", "[]"),
    ),
    mutant(
        "WorkRamp's learner is the address",
        _FORMATS + "test_identity.py::test_a_new_address_is_the_same_assignment",
        "AssertionError: assert '9ca9b550-013...-a36df06857f6' == 'd5",
        Edit("intake/formats/workramp.toml", 'learner = "user.id"', 'learner = "user.email"'),
    ),
    mutant(
        "a registration counts in every statement",
        _FORMATS + "test_xapi.py::test_a_learner_with_two_sessions_has_one_enrolment",
        "AssertionError: assert 3 == 1",
        Edit(
            "intake/formats/xapi.toml",
            "  ) && context.registration || null",
            "  ) && context.registration || context.registration",
        ),
    ),
    mutant(
        "a registration counts in no statement",
        _FORMATS + "test_xapi.py::test_another_registration_of_cmi5_is_another_enrolment",
        "AssertionError: assert 1 == 2",
        Edit("intake/formats/xapi.toml", "  ) && context.registration || null", "  ) && null"),
    ),
    mutant(
        "a registration counts by the type of the course",
        _FORMATS
        + "test_xapi.py::test_a_learner_with_two_sessions_has_one_enrolment[https://w3id.org/xapi/cmi5/activitytype/course]",
        "AssertionError: assert 3 == 1",
        Edit(
            "intake/formats/xapi.toml",
            "  context.contextActivities.category && (",
            "  (object.definition.type == 'https://w3id.org/xapi/cmi5/activitytype/course' ||",
        ),
    ),
    mutant(
        "any category makes a registration count",
        _FORMATS + "test_xapi.py::test_a_registration_outside_of_cmi5_says_nothing",
        "AssertionError: assert 2 == 1",
        Edit(
            "intake/formats/xapi.toml",
            "context.contextActivities.category[?id == 'https://w3id.org/xapi/cmi5/context/categories/cmi5']\n",
            "context.contextActivities.category[]\n",
        ),
    ),
    mutant(
        "a single category counts only in a list",
        _FORMATS + "test_xapi.py::test_a_category_may_be_written_in_several_ways",
        "AssertionError: assert {",
        Edit(
            "intake/formats/xapi.toml",
            "    || context.contextActivities.category.id == 'https://w3id.org/xapi/cmi5/context/categories/cmi5'\n",
            "",
        ),
    ),
    mutant(
        "a cycle is hashed as written",
        _FORMATS + "test_xapi.py::test_a_registration_is_the_same_in_upper_case",
        "AssertionError: assert 2 == 1",
        Edit("intake/formats/identity.py", "[canonical_id(cycle)]", "[cycle]"),
    ),
    mutant(
        "a learner's key is hashed as written",
        _FORMATS + _MIXED + "[keys of learners]",
        "AssertionError: assert 3 == 1",
        Edit("intake/formats/identity.py", 'if "@" in key else canonical_id(key)', 'if "@" in key else key'),
    ),
    mutant(
        "an address that's a key is hashed as written",
        _FORMATS + _MIXED + "[addresses as keys]",
        "AssertionError: assert 2 == 1",
        Edit("intake/formats/identity.py", 'canonical_address(key) if "@" in key', 'key if "@" in key'),
    ),
    mutant(
        "a course is hashed as written",
        _FORMATS + _MIXED + "[courses]",
        "AssertionError: assert 3 == 1",
        Edit(
            "intake/formats/identity.py", "{kind: canonical_id(str(value)) for kind, value in course.items()}", "course"
        ),
    ),
    mutant(
        "a learner is hashed as written",
        _FORMATS + _MIXED + "[addresses]",
        "AssertionError: assert 4 == 1",
        Edit("intake/formats/identity.py", "        value = canonical_value(kind, value)\n", ""),
    ),
    mutant(
        "a UUID keeps its upper case",
        "activities/domain/test_canonical.py::test_ids",
        "AssertionError: assert '3F8A1C52-6F0...-0C3B6D3F9E10' == '3f",
        Edit("domain/canonical.py", "found[1].lower()", "found[1]"),
    ),
    mutant(
        "a UUID keeps urn:uuid:",
        "activities/domain/test_canonical.py::test_ids",
        "AssertionError: assert 'urn:uuid:3f8...-0c3b6d3f9e10' == '3f",
        Edit("domain/canonical.py", "found[1].lower()", "text.strip().lower()"),
    ),
    mutant(
        "an address isn't percent-decoded",
        "activities/domain/test_canonical.py::test_addresses",
        "AssertionError: assert 'ann%40example.org' == 'ann@example.o",
        Edit("domain/canonical.py", "text = _decoded(text).strip().lower()", "text = text.strip().lower()"),
    ),
    mutant(
        "an address is percent-decoded once",
        "activities/domain/test_canonical.py::test_the_canonical_form_of_a_canonical_form_is_itself",
        "AssertionError: assert '\\x00' == '%00'",
        Edit("domain/canonical.py", "        text = decoded\n", "        return decoded\n"),
    ),
    mutant(
        "an address keeps mailto:",
        "activities/domain/test_canonical.py::test_addresses",
        "AssertionError: assert 'mailto:ann@example.org' == 'ann@exam",
        Edit("domain/canonical.py", "text if found is None else text[found.end() :]", "text"),
    ),
    mutant(
        "an address keeps its spaces",
        "activities/domain/test_canonical.py::test_addresses",
        "AssertionError: assert ' ann@example.org\\n' == 'ann@example.",
        Edit("domain/canonical.py", "text = _decoded(text).strip().lower()", "text = _decoded(text).lower()"),
    ),
    mutant(
        "an address keeps its upper case",
        "activities/domain/test_canonical.py::test_addresses",
        "AssertionError: assert 'Ann@Example.ORG' == 'ann@example.org",
        Edit("domain/canonical.py", "text = _decoded(text).strip().lower()", "text = _decoded(text).strip()"),
    ),
    mutant(
        "a native reference is compared as written",
        "activities/intake/test_native_events.py::test_references_have_one_form",
        "AssertionError: assert False",
        Edit(
            "domain/event_parts.py",
            "return BeforeValidator(lambda value: canonical(value) if isinstance(value, str) else value)",
            "return BeforeValidator(lambda value: value)",
        ),
    ),
    mutant(
        "a native enrolment id is changed",
        "activities/intake/test_native_events.py::test_the_id_of_an_enrolment_stays_as_it_is",
        "AssertionError: assert 'case-matters' == 'Case-Matters'",
        Edit(
            "domain/events.py",
            "    enrollment_id: Identifier\n",
            "    enrollment_id: Annotated[Identifier, BeforeValidator(lambda value: str(value).strip().lower())]\n",
        ),
    ),
    mutant(
        "a user principal name may hold anything",
        "activities/intake/test_native_events.py::test_a_name_that_would_change_a_request_is_refused",
        "AssertionError: assert False",
        Edit("domain/event_parts.py", "    if not re.fullmatch(_PRINCIPAL_NAME, value):", '    if "@" not in value:'),
    ),
    mutant(
        "a user principal name doesn't need an @",
        "activities/intake/test_native_events.py::test_an_invalid_event_is_refused[a name without an @]",
        "AssertionError: assert False",
        Edit(
            "domain/event_parts.py",
            "    if not re.fullmatch(_PRINCIPAL_NAME, value):",
            "    if not re.fullmatch(_NAME_PART, value.replace('@', '')):",
        ),
    ),
    mutant(
        "a control character goes into a URL",
        "activities/intake/test_native_events.py::test_an_invalid_event_is_refused[an employee with a line break]",
        "AssertionError: assert False",
        Edit("domain/event_parts.py", '    if re.search(f"[{_CONTROL}]", value):', "    if not value:"),
    ),
    mutant(
        "an assigner that a format can't read costs the event",
        _FORMATS + "test_translation.py::test_an_assigner_who_cannot_be_read_is_left_out",
        "AssertionError: assert False",
        Edit(
            "intake/formats/translation.py",
            '            self.reader.drop("assignment.assigner")\n            return {}',
            "            raise",
        ),
    ),
)
