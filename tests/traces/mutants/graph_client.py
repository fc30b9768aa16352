"""What the requests say, and what's read from a response."""

from tests.traces.mutants.mutant import Edit, mutant

_TESTS = "activities/graph/"

CLIENT = (
    mutant(
        "an error of find_users doesn't name its kind",
        _TESTS + "test_client.py::test_every_error_names_the_kind_of_request",
        "AssertionError: assert ['create/assi...ind_user', ''] == ['create/assi",
        Edit("graph/client.py", 'with about("find_users"):', 'with about(""):'),
    ),
    mutant(
        "a missing role isn't noticed",
        _TESTS + "test_client.py::test_a_missing_permission_is_noticed_before_a_create",
        "Failed: DID NOT RAISE EverybodysFault",
        Edit("graph/client.py", "if roles and _ROLES[kind] not in roles:", "if False:"),
    ),
    mutant(
        "a token with a missing role is kept",
        _TESTS + "test_client.py::test_a_missing_permission_is_noticed_before_a_create",
        "activities.domain.errors.EverybodysFault: create: the token lacks Lear",
        Edit("graph/client.py", "            await self._transport.forget_token()\n", ""),
    ),
    mutant(
        "a token without roles counts as lacking a permission",
        _TESTS + "test_client.py::test_without_roles_nothing_is_certainly_missing",
        "activities.domain.errors.EverybodysFault: create: the token lacks Lear",
        Edit("graph/client.py", "if roles and _ROLES[kind] not in roles:", "if _ROLES[kind] not in (roles or []):"),
    ),
    mutant(
        "creates are counted as updates",
        _TESTS + "test_client.py::test_successes_are_counted_by_kind",
        "AssertionError: assert {'create/assi...ment': 1, ...} == {'create/assi",
        Edit("graph/client.py", 'request_kind("create", desired.kind), request)', '"update/assignment", request)'),
    ),
    mutant(
        "find_users is counted as find_user",
        _TESTS + "test_client.py::test_successes_are_counted_by_kind",
        "AssertionError: assert {'create/assi...ment': 1, ...} == {'create/assi",
        Edit("graph/client.py", '"find_users", "find_users", request', '"find_users", "find_user", request'),
    ),
    mutant(
        "object ids keep their upper case",
        _TESTS + "test_client.py::test_object_ids_have_no_upper_case",
        "AssertionError: assert '7BA2228A-E02...-0242AC120002' == '7ba2228a-e02",
        Edit(
            "graph/client.py",
            '(await self._id_from("find_user", "find_user", request)).lower()',
            'await self._id_from("find_user", "find_user", request)',
        ),
    ),
    mutant(
        "ids that are found keep their upper case",
        _TESTS + "test_bodies.py::test_an_activity_says_whose_it_is",
        "AssertionError: assert ('id', OwnerI... due_at=None)) == ('id', OwnerI",
        Edit("graph/bodies.py", "OwnerIds(learner.lower(), content)", "OwnerIds(learner, content)"),
    ),
    mutant(
        "a missing course id isn't noticed",
        _TESTS + "test_bodies.py::test_an_activity_says_whose_it_is",
        "AssertionError: assert ('id', OwnerI... due_at=None)) == ('id', None,",
        Edit("graph/bodies.py", "if learner and content else None", "if learner else None"),
    ),
    mutant(
        "the type that Graph gives is ignored",
        _TESTS + "test_bodies.py::test_an_activity_says_its_type",
        "AssertionError: assert ActivityType(...ent_type=None) == ActivityType(",
        Edit(
            "graph/bodies.py", 'kinds.get(body.get("@odata.type"), "assignment" if assignment_type else kind)', "kind"
        ),
    ),
    mutant(
        "an update has no nulls",
        _TESTS + "test_bodies.py::test_an_update_takes_values_away",
        "AssertionError: assert {'@odata.type... 'inProgress'} == {'@odata.type",
        Edit("graph/bodies.py", "{properties[name]: None for name in desired.cleared if name in properties}", "{}"),
    ),
    mutant(
        "an update has nulls of another kind",
        _TESTS + "test_bodies.py::test_an_update_takes_values_away",
        "AssertionError: assert {'@odata.type...e': None, ...} == {'@odata.type",
        Edit(
            "graph/bodies.py",
            "    return _body(desired, {properties[name]: None for name in desired.cleared if name in properties})",
            "    return _body(desired, {one[name]: None for name in desired.cleared "
            "for one in _PROPERTIES.values() if name in one})",
        ),
    ),
    mutant(
        "a create has nulls",
        _TESTS + "test_bodies.py::test_an_update_takes_values_away",
        "AssertionError: assert None not in dict_values(['#microsoft.graph.lear",
        Edit("graph/bodies.py", "    body = _body(desired, {})\n", "    body = update_body(desired)\n"),
    ),
    mutant(
        "Graph is sent the LMS's id of an enrolment",
        _TESTS + "test_bodies.py::test_graph_is_sent_its_own_id_of_an_enrolment",
        "AssertionError: assert 'enrolment/1' == '005a9fb2-ba3...-7f9a87cb66dc'",
        Edit("graph/bodies.py", "desired.external_id", "desired.enrollment_id"),
    ),
    mutant(
        "the assigner isn't sent",
        _TESTS + "test_bodies.py::test_an_assigner_is_set_if_there_is_one",
        "KeyError: 'assignerUserId'",
        Edit("graph/bodies.py", "        if ids.assigner_user_id is not None:\n", "        if False:\n"),
    ),
    mutant(
        "simultaneous requests share their parameters",
        _TESTS + "test_client.py::test_lookups_at_the_same_time_ask_for_different_things",
        "AssertionError: assert ['content of ...",
        Edit("graph/client.py", "    request.path_parameters = dict(request.path_parameters)\n", ""),
    ),
)
