"""No exception from a lower layer decides what becomes of an event: the network, the identity, and URLs."""

from tests.traces.mutants.mutant import Edit, mutant

_GRAPH = "activities/graph/test_lower_layers.py::"
_CLIENT = "activities/graph/test_client.py::"
_APP = "end_to_end/test_lower_layers.py::"


_CORRELATE = "elif echoed or self.admission.echoes(None if response.status_code in _OF_GATEWAYS else answer):"


def _in_transport(old: str, new: str) -> Edit:
    return Edit("graph/transport.py", old, new)


def _in_responses(old: str, new: str) -> Edit:
    return Edit("graph/responses.py", old, new)


LOWER_LAYERS = (
    mutant(
        "lower layers: the SDK reads the challenge of a 401",
        f"{_GRAPH}test_a_401_is_everybodys_whatever_its_headers_say",
        "AssertionError: assert False",
        Edit("graph/sdk.py", '    response.headers.pop("WWW-Authenticate", None)\n', ""),
    ),
    mutant(
        "lower layers: an absurd time is an error",
        f"{_GRAPH}test_an_absurd_time_is_none",
        "OverflowError",
        _in_responses("except (ValueError, OverflowError):", "except ValueError:"),
    ),
    mutant(
        "lower layers: a response in pieces may take the whole deadline",
        f"{_GRAPH}test_a_response_in_pieces_ends_no_later_than_silence",
        "assert False",
        _in_transport("asyncio.timeout(RESPONSE * self._deadline)", "asyncio.timeout(self._deadline)"),
    ),
    mutant(
        "lower layers: a gateway's page is a success",
        f"{_GRAPH}test_a_page_of_a_gateway_is_no_answer[200]",
        "Failed: DID NOT RAISE Unclear",
        _in_responses("(HTTPStatus.OK, HTTPStatus.CREATED) and response.document is not None", "(HTTPStatus.OK, 201)"),
    ),
    mutant(
        "lower layers: any 2xx is a success",
        "activities/graph/test_any_response.py::test_only_what_graph_says_is_a_success[delete-202--False]",
        "assert (None is None) is False",
        _in_responses("if _is_success(operation, response):", "if True:"),
    ),
    mutant(
        "lower layers: an empty answer to a create is a success",
        "activities/graph/test_any_response.py::test_only_what_graph_says_is_a_success[create-204--False]",
        "assert (None is None) is False",
        _in_responses("return operation in _WITHOUT_CONTENT", "return True"),
    ),
    mutant(
        "lower layers: the inner error code doesn't count",
        "activities/graph/test_any_response.py::test_the_code_inside_counts_too",
        "assert <class 'activities.domain.errors.Refused'>",
        _in_responses("for one in (error, inner) if", "for one in (error,) if"),
    ),
    mutant(
        "lower layers: the response to another request is believed",
        f"{_GRAPH}test_the_response_of_another_request_is_none",
        "assert False",
        _in_transport(_CORRELATE, "elif not echoed and self.admission.echoes(answer):"),
    ),
    mutant(
        "lower layers: a response without the id of a request is believed",
        f"{_GRAPH}test_a_response_without_the_id_is_none_once_graph_echoes[201-Unclear]",
        "AssertionError: assert <class 'NoneType'>",
        _in_transport(_CORRELATE, "elif echoed:"),
    ),
    mutant(
        "lower layers: a gateway's throttling is ignored",
        f"{_GRAPH}test_a_gateway_that_throttles_is_heard",
        "activities.domain.errors.Unclear: find_content: the response to another",
        _in_transport("if error.named or error.response.status_code not in _OF_GATEWAYS:", "if True:"),
    ),
    mutant(
        "lower layers: a response without the id of a request says that it had no effect",
        f"{_GRAPH}test_a_response_without_the_id_may_be_another_requests[401]",
        "AssertionError: assert False",
        _in_transport('error.response.headers, b"", certain=False)', 'error.response.headers, b"")'),
    ),
    mutant(
        "lower layers: an unexpected storage error reaches the messages",
        "activities/graph/test_admission.py::test_whatever_storage_raises_stops_nobody",
        "BufferError",
        Edit("graph/exchange.py", "with suppress(Exception):", "with suppress(TimeoutError):"),
    ),
    mutant(
        "lower layers: a gateway's 404 is believed",
        f"{_GRAPH}test_a_page_of_a_gateway_is_no_answer[404]",
        "activities.domain.errors.ActivityNotFound: update: 404",
        _in_responses("return ActivityNotFound if text.strip() else Unclear", "return ActivityNotFound"),
    ),
    mutant(
        "lower layers: a body of a thousand brackets is an error",
        "activities/graph/test_any_response.py::test_a_body_of_brackets",
        "RecursionError",
        _in_responses("except (ValueError, RecursionError):", "except ValueError:"),
    ),
    mutant(
        "lower layers: a token is asked for once",
        f"{_GRAPH}test_a_hiccup_of_the_identity_is_no_fault",
        "AssertionError: assert EverybodysFault('identity: ",
        Edit("graph/credential.py", "if now() + pause >= end:", "if True:"),
    ),
    mutant(
        "lower layers: a token is asked for forever",
        "activities/graph/test_transport.py::test_without_a_token_nobody_is_ready",
        "AssertionError: Regex pattern did not match.",
        Edit("graph/credential.py", "if now() + pause >= end:", "if False:"),
    ),
    mutant(
        "lower layers: the connection of a time-out serves the next request",
        f"{_GRAPH}test_after_a_time_out_the_next_request_goes_over_another_connection",
        "assert [3] == [1, 1, 1]",
        _in_transport("limits=httpx.Limits(", "http1=False, http2=True, limits=httpx.Limits("),
    ),
    mutant(
        "slashes: only one encoding is tried",
        f"{_CLIENT}test_a_course_with_a_slash_is_found[encoded_twice-3]",
        "activities.domain.errors.",
        Edit("graph/client.py", '_slashes = ("/", "%2F")', '_slashes = ("/", "/")'),
    ),
    mutant(
        "slashes: the encoding that works isn't remembered",
        f"{_CLIENT}test_a_course_with_a_slash_is_found[encoded_twice-3]",
        "assert 4 == 3",
        Edit("graph/client.py", "            self._slashes = (second, first)\n", ""),
    ),
    mutant(
        "slashes: a course that no URL can reach is everybody's fault",
        f"{_CLIENT}test_a_course_that_no_url_reaches",
        "activities.domain.errors.UriRefused",
        Edit("graph/client.py", "Refused if self.successes(_FIND_CONTENT) else UriRefused", "UriRefused"),
    ),
    mutant(
        "slashes: if Graph can't read any URL, the course is blamed",
        f"{_CLIENT}test_a_graph_that_reads_no_url",
        "activities.domain.errors.Refused",
        Edit("graph/client.py", "Refused if self.successes(_FIND_CONTENT) else UriRefused", "Refused"),
    ),
    mutant(
        "slashes: if Graph reads a path as several segments, the course counts as missing",
        "activities/graph/test_responses.py::test_other_errors[a path that Graph reads as several]",
        "AssertionError: assert <class 'activities.domain.errors.ActivityNotFound'>",
        _in_responses("    if _URI.search(text):\n        return UriRefused\n", ""),
    ),
    mutant(
        "holds: a probe every few seconds forever",
        "activities/graph/test_probes.py::test_probes_become_rarer",
        "assert (5.0, 5.0) == (300, 300)",
        Edit("graph/holds.py", "_OLDER = 0.25", "_OLDER = 0.0"),
    ),
    mutant(
        "holds: a long pause after a short fault",
        "activities/graph/test_probes.py::test_probes_become_rarer",
        "assert ",
        Edit("graph/holds.py", "_OLDER = 0.25", "_OLDER = 1.0"),
    ),
    mutant(
        "holds: what's held waits for HOLD_SECONDS",
        "activities/graph/test_probes.py::test_what_is_held_waits_for_the_next_probe",
        "assert [300, 300, 300] == [5, 5, 51]",
        Edit("graph/holds.py", "wait=self._pause(hold, now)", "wait=self._hold"),
    ),
    mutant(
        "over the function app: a hiccup of the identity holds everybody",
        f"{_APP}test_a_hiccup_of_the_identity_holds_nothing",
        "AssertionError: assert {'retry-",
        Edit("graph/credential.py", "if now() + pause >= end:", "if True:"),
    ),
    mutant(
        "over the function app: a damaged challenge is poison",
        f"{_APP}test_a_401_with_a_damaged_challenge_is_no_poison",
        "TimeoutError",
        Edit("graph/sdk.py", '    response.headers.pop("WWW-Authenticate", None)\n', ""),
        Edit("guard.py", "            return await self._try_again(message, error)\n", "            raise\n"),
        _in_transport("        except Exception as error:", "        except (TimeoutError, httpx.HTTPError) as error:"),
    ),
    mutant(
        "over the function app: a slash is written in one way",
        f"{_APP}test_a_course_with_a_slash[query_syntax]",
        "TimeoutError",
        Edit("graph/client.py", '_slashes = ("/", "%2F")', '_slashes = ("/", "/")'),
    ),
    mutant(
        "lower layers: each process finds out anew that Graph echoes",
        "activities/graph/test_admission.py::test_that_graph_echoes_is_known_to_all",
        "assert (False, False, False) == (True, True, False)",
        Edit("domain/shared_state.py", "            self.echoes | other.echoes,\n", ""),
    ),
    mutant(
        "lower layers: discarding a token waits for those who are waiting for one",
        f"{_GRAPH}test_a_token_is_forgotten_at_once",
        "TimeoutError",
        Edit(
            "graph/credential.py",
            "        former, self._identity = self._identity, self._fresh()\n",
            "        async with self._lock:\n            former, self._identity = self._identity, self._fresh()\n",
        ),
    ),
    mutant(
        "lower layers: a body that can't be deleted puts its message back",
        "activities/storage/test_delivery.py::test_a_body_that_cannot_be_deleted_puts_nothing_back",
        "BufferError",
        Edit("storage/delivery.py", "with suppress(Exception):", "with suppress(ArithmeticError):"),
    ),
)
