"""Whose fault a response is, and what it means if there's none."""

from tests.traces.mutants.mutant import Edit, mutant

_TESTS = "activities/graph/"

RESPONSES = (
    mutant(
        "a 400 that names a field isn't the record's fault",
        _TESTS + "test_responses.py::test_documented_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", "    if field is not None:\n        return Reason.REJECTED_BY_GRAPH\n", ""),
    ),
    mutant(
        "the detail doesn't name the field",
        _TESTS + "test_responses.py::test_the_detail_names_the_field",
        "AssertionError: assert 'create: 400 badRequest' == 'create: 400 ...ion",
        Edit(
            "graph/responses.py",
            '": ".join(filter(None, (detail, field, _IN_WORDS',
            '": ".join(filter(None, (detail, _IN_WORDS',
        ),
    ),
    mutant(
        "a field that isn't on the allow-list is named",
        _TESTS + "test_responses.py::test_the_detail_names_the_field",
        "AssertionError: assert 'create: 400 ...ionpercentage' == 'create: 400",
        Edit("graph/responses.py", 'next((one for one in _FIELDS if one.lower() == name), "")', "name"),
    ),
    mutant(
        "plain words count as field names",
        _TESTS + "test_responses.py::test_other_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", 'before = _AFTER if name in _PLAIN_WORDS else ""', 'before = ""'),
    ),
    mutant(
        "a 400 that names the provider is the record's fault",
        _TESTS + "test_responses.py::test_other_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", 'return None if name == "learningproviderid" else next(', "return next("),
    ),
    mutant(
        "names of fields in a URI count",
        _TESTS + "test_responses.py::test_other_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", "    if _URI.search(text):\n        # The", "    if False:\n        # The"),
    ),
    mutant(
        "a 400 about the URI isn't everybody's fault",
        _TESTS + "test_responses.py::test_other_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", "if _URI.search(text) or _EVERYBODYS.search(text):", "if _EVERYBODYS.search(text):"),
    ),
    mutant(
        "words about the tenant, scope or plan aren't everybody's fault",
        _TESTS + "test_responses.py::test_documented_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", "if _URI.search(text) or _EVERYBODYS.search(text):", "if _URI.search(text):"),
    ),
    mutant(
        "a missing licence isn't the record's fault",
        _TESTS + "test_responses.py::test_documented_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", "return Reason.LEARNER_UNLICENSED", "return Refused"),
    ),
    mutant(
        "another provider's course isn't the record's fault",
        _TESTS + "test_responses.py::test_documented_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", "return Reason.CONTENT_NOT_OWNED", "return Refused"),
    ),
    mutant(
        "a 400 about an unknown user isn't understood",
        _TESTS + "test_responses.py::test_other_errors",
        "AssertionError: assert",
        Edit("graph/responses.py", 'if field in (None, "learnerUserId") and _NO_SUCH_USER.search(text):', "if False:"),
    ),
    mutant(
        "unknown words are everybody's fault",
        _TESTS + "test_responses.py::test_other_errors",
        "AssertionError: assert",
        Edit(
            "graph/responses.py",
            "            return Reason.CONTENT_NOT_OWNED\n    return Refused",
            "            return Reason.CONTENT_NOT_OWNED\n    return EverybodysFault",
        ),
    ),
    mutant(
        "a 503 without a time is throttling",
        _TESTS + "test_responses.py::test_without_a_time",
        "AssertionError: assert (",
        Edit(
            "graph/responses.py",
            "(status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None)",
            "status == HTTPStatus.SERVICE_UNAVAILABLE",
        ),
    ),
    mutant(
        "a 503 with a time isn't throttling",
        _TESTS + "test_responses.py::test_how_long_to_wait",
        "AssertionError: assert False",
        Edit("graph/responses.py", "(status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None)", "False"),
    ),
    mutant(
        "a missing connection isn't everybody's fault",
        _TESTS + "test_transport.py::test_without_a_connection_nothing_was_sent",
        "AssertionError: assert False",
        Edit(
            "graph/transport.py",
            "_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)",
            "_NO_CONNECTION = (httpx.PoolTimeout,)",
        ),
    ),
    mutant(
        "a lost answer counts as a missing connection",
        _TESTS + "test_transport.py::test_a_lost_answer_is_unclear",
        "AssertionError: assert False",
        Edit(
            "graph/transport.py",
            "_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)",
            "_NO_CONNECTION = (httpx.HTTPError,)",
        ),
    ),
    mutant(
        "an error doesn't name its kind of request",
        _TESTS + "test_client.py::test_every_error_names_the_kind_of_request",
        "AssertionError: assert ['', '', '', '', '', '', ...] == ['create/assi.",
        Edit("graph/transport.py", "        error.kind = error.kind or kind\n", ""),
    ),
    mutant(
        "401 and 403 keep the token",
        _TESTS + "test_transport.py::test_a_token_that_graph_refuses_is_forgotten",
        "assert 1 == 2",
        Edit(
            "graph/transport.py",
            "                if error.status in _FORGETS_TOKEN:\n                    await self._credential.forget()",
            "                pass",
        ),
    ),
    mutant(
        "every error discards the token",
        _TESTS + "test_transport.py::test_a_token_that_graph_refuses_is_forgotten",
        "assert 2 == 1",
        Edit("graph/transport.py", "if error.status in _FORGETS_TOKEN:", "if error.status:"),
    ),
    mutant(
        "a 404 to a read isn't an answer",
        _TESTS + "test_transport.py::test_what_is_not_there_was_answered",
        "assert (0, 0) == (1, 0)",
        Edit(
            "graph/transport.py",
            "            case ActivityNotFound() if reads:",
            "            case ActivityNotFound() if False:",
        ),
    ),
    mutant(
        "a 404 to an update counts as an answer",
        _TESTS + "test_transport.py::test_what_is_not_there_was_answered",
        "assert (1, 1) == (1, 0)",
        Edit(
            "graph/transport.py",
            "            case ActivityNotFound() if reads:",
            "            case ActivityNotFound():",
        ),
    ),
    mutant(
        "any response lifts a hold",
        _TESTS + "test_transport.py::test_only_a_success_lifts_a_hold",
        "AssertionError: assert False",
        Edit(
            "graph/transport.py",
            "                self.admission.unthrottled()",
            "                self.admission.succeeded(kind)",
        ),
    ),
    mutant(
        "a lease doesn't outlast the wait for a token",
        "simulation/test_seeds.py::test_nothing_is_lost_doubled_reset_or_shown_as_somebody_elses[746]",
        "AssertionError: python -m tests.simulation --seed 746",
        Edit(
            "graph/transport.py",
            "            async with asyncio.timeout(RESPONSE * self._deadline):\n"
            '                request.headers.add("Authorization", f"Bearer {(await self._token()).token}")\n',
            '            request.headers.add("Authorization", f"Bearer {(await self._token()).token}")\n'
            "            async with asyncio.timeout(RESPONSE * self._deadline):\n",
        ),
    ),
    mutant(
        "a request is ready without a token",
        _TESTS + "test_transport.py::test_without_a_token_nobody_is_ready",
        "Failed: DID NOT RAISE EverybodysFault",
        Edit(
            "graph/transport.py",
            "            await self._token()\n            await self.admission.admit(*kinds, completes=completes)",
            "            await self.admission.admit(*kinds, completes=completes)",
        ),
    ),
)
