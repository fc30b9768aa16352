"""Rules of the webhook door: what it says, and what it puts on the queue."""

from tests.traces.mutants.mutant import Edit, mutant

WEBHOOKS = (
    mutant(
        "webhooks: door: the size is checked after the proof",
        "activities/webhooks/test_door.py::test_size_is_the_only_thing_that_is_said_before",
        "assert {'Answer(stat... headers={})'} == {'Answe",
        Edit(
            "webhooks/door.py",
            "if len(request.body) > content.LARGEST:",
            "if sender and len(request.body) > content.LARGEST:",
        ),
    ),
    mutant(
        "webhooks: door: large bodies are taken",
        "activities/webhooks/test_door.py::test_size_is_the_only_thing_that_is_said_before",
        "assert {'Answer(stat... headers={})'} == {'Answe",
        Edit(
            "webhooks/door.py", "if len(request.body) > content.LARGEST:", "if len(request.body) > 9 * content.LARGEST:"
        ),
    ),
    mutant(
        "webhooks: door: a sender of any format may send statements",
        "activities/webhooks/test_door.py::test_whoever_proves_nothing_gets_one_answer",
        "AssertionError: assert {'Answer(stat... headers=",
        Edit("webhooks/door.py", ' or (request.route == "statements" and sender.format != XAPI)', ""),
    ),
    mutant(
        "webhooks: door: no proof is needed",
        "activities/webhooks/test_door.py::test_whoever_proves_nothing_gets_one_answer",
        "assert {\"Answer(stat...': '1.0.3'})\"} == {'Answe",
        Edit(
            "webhooks/door.py",
            "        if proven is None:\n            return _UNKNOWN\n",
            "        proven = proven or request.body\n",
        ),
    ),
    mutant(
        "webhooks: door: an unknown name gets another answer",
        "activities/webhooks/test_door.py::test_whoever_proves_nothing_gets_one_answer",
        "AssertionError: assert {'Answer(stat... headers=",
        Edit(
            "webhooks/door.py",
            "        if sender is None or",
            "        if sender is None:\n            return Answer(HTTPStatus.NOT_FOUND)\n        if",
        ),
    ),
    mutant(
        "webhooks: door: the answer doesn't wait for storage",
        "activities/webhooks/test_door.py::test_nothing_is_acknowledged_that_storage_has_not_taken",
        "assert <HTTPStatus.OK: 200> == <HTTPStatus.SERVI",
        Edit(
            "webhooks/door.py",
            "await self._take(content.queue_message(sender.name, own_id,",
            '_ = asyncio.ensure_future(self._take(""))\n            (content.queue_message(sender.name, own_id,',
        ),
    ),
    mutant(
        "webhooks: door: storage may take its time",
        "activities/webhooks/test_door.py::test_nothing_is_acknowledged_that_storage_has_not_taken[hangs]",
        "assert (",
        Edit("webhooks/door.py", "_SECONDS = 3.8", "_SECONDS = 20.0"),
    ),
    mutant(
        "webhooks: door: a 503 doesn't say when to try again",
        "activities/webhooks/test_door.py::test_nothing_is_acknowledged_that_storage_has_not_taken[fails]",
        "KeyError: 'Retry-After'",
        Edit(
            "webhooks/door.py",
            '_UNAVAILABLE = Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "unavailable"}, _WAIT)',
            '_UNAVAILABLE = Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "unavailable"})',
        ),
    ),
    mutant(
        "webhooks: door: the body is inflated before the proof",
        "activities/webhooks/test_door.py::test_a_proof_covers_the_bytes_as_sent",
        "AssertionError: assert <HTTPStatus.UNAUTHORIZED:",
        Edit(
            "webhooks/door.py",
            "proven(request.headers, request.body)",
            'proven(request.headers, content.inflated(request.body, "gzip"))',
        ),
    ),
    mutant(
        "webhooks: door: an empty list is queued as a message",
        "activities/webhooks/test_statements.py::test_nothing_to_store_is_answered_with_no_ids",
        'assert (<HTTPStatus....,"data":[]}\']) == (<HTTPS',
        Edit("webhooks/door.py", "        if statements.value:\n", "        if True:\n"),
    ),
    mutant(
        "webhooks: door: faults aren't logged",
        "activities/webhooks/test_door.py::test_each_fault_is_logged_once",
        "AssertionError: assert [] == ['one', 'two']",
        Edit("webhooks/door.py", "            telemetry.closed(name, fault)", "            pass"),
    ),
    mutant(
        "webhooks: door: the text of an error is logged",
        "activities/webhooks/test_door.py::test_logs_hold_no_secret_no_body_and_no_unknown_name",
        "assert 'secret' not in \"{'name': 'a..._not_taken",
        Edit(
            "telemetry.py",
            'log(Event.WEBHOOK_NOT_TAKEN, {"detail": place(error)}',
            'log(Event.WEBHOOK_NOT_TAKEN, {"detail": str(error)}',
        ),
    ),
    mutant(
        "webhooks: door: half a character is an outage",
        "activities/webhooks/test_door.py::test_half_a_character_in_a_header_proves_nothing",
        "AssertionError: assert <HTTPStatus.SERVICE_UNAVAILABLE",
        Edit(
            "webhooks/door.py", "    except ValueError:\n        # A header", "    except KeyError:\n        # A header"
        ),
    ),
    mutant(
        "webhooks: statements: ids are minted for the answer only",
        "activities/webhooks/test_statements.py::test_statements_get_ids_in_order",
        "AssertionError: assert ['",
        Edit(
            "webhooks/statements.py",
            'value | {"id": named or str(uuid.uuid4())}',
            '{"id": named or str(uuid.uuid4())} | {k: v for k, v in value.items() if k == "id"}',
        ),
    ),
    mutant(
        "webhooks: statements: ids of version 1",
        "activities/webhooks/test_statements.py::test_statements_get_ids_in_order",
        "assert [1, 4, 1] == [4, 4, 4]",
        Edit("webhooks/statements.py", "uuid.uuid4()", "uuid.uuid1()"),
    ),
    mutant(
        "webhooks: statements: the id in the query is ignored",
        "activities/webhooks/test_statements.py::test_put_stores_one_statement",
        "assert (<HTTPStatus....atement_id\"}') == (<HTTPS",
        Edit("webhooks/statements.py", "named or str(uuid.uuid4())", "str(uuid.uuid4())"),
    ),
    mutant(
        "webhooks: statements: the id in the query may contradict the statement's",
        "activities/webhooks/test_statements.py::test_contradictions_are_refused",
        "AssertionError: assert <HTTPStatus.NO_CONTENT: 2",
        Edit(
            "webhooks/statements.py",
            'if named is not None and str(statement["id"])',
            'if named is None and str(statement["id"])',
        ),
    ),
    mutant(
        "webhooks: statements: the case of ids counts",
        "activities/webhooks/test_statements.py::test_put_stores_one_statement",
        "assert (<HTTPStatus....atement_id\"}') == (<HTTPS",
        Edit("webhooks/statements.py", ".lower() != named.lower()", " != named"),
    ),
    mutant(
        "webhooks: statements: anything is a statement",
        "activities/webhooks/test_statements.py::test_what_holds_no_statements_is_refused",
        "AssertionError: assert (<HTTPStatus....",
        Edit(
            "webhooks/statements.py",
            "if not isinstance(value, dict) or not _PROPERTIES & value.keys():",
            "if not isinstance(value, dict):",
        ),
    ),
    mutant(
        "webhooks: statements: the alternate syntax is stored",
        "activities/webhooks/test_statements.py::test_contradictions_are_refused",
        "AssertionError: assert <HTTPStatus.OK: 200> == <",
        Edit("webhooks/statements.py", 'if "method" in request.query:', 'if "methods" in request.query:'),
    ),
    mutant(
        "webhooks: statements: PUT is answered like POST",
        "activities/webhooks/test_statements.py::test_put_stores_one_statement",
        "assert (<HTTPStatus....0000000001\"]') == (<HTTPS",
        Edit(
            "webhooks/statements.py",
            "        return Answer(HTTPStatus.NO_CONTENT)",
            "        return Answer(HTTPStatus.OK, statements.ids)",
        ),
    ),
    mutant(
        "webhooks: statements: any version is echoed",
        "activities/webhooks/test_statements.py::test_the_version_of_xapi_is_echoed",
        "AssertionError: assert 'é' == None",
        Edit("webhooks/statements.py", " if version.isascii() and version.isprintable() else {}", ""),
    ),
    mutant(
        "webhooks: statements: a missing version gets another answer",
        "activities/webhooks/test_statements.py::test_the_version_of_xapi_is_echoed",
        "AssertionError: assert '2.0.0' == '1.0.3'",
        Edit("webhooks/statements.py", '_LATEST = "1.0.3"', '_LATEST = "2.0.0"'),
    ),
    mutant(
        "webhooks: content: a bomb is inflated",
        "activities/webhooks/test_content.py::test_what_cannot_be_inflated_is_refused",
        "Failed: DID NOT RAISE Refusal",
        Edit(
            "webhooks/content.py",
            "member.decompress(rest, LARGEST + 1 - len(content))",
            "member.decompress(rest)[: LARGEST]",
        ),
    ),
    mutant(
        "webhooks: content: each gzip member may have the full size",
        "activities/webhooks/test_content.py::test_what_cannot_be_inflated_is_refused[too large in two]",
        "Failed: DID NOT RAISE Refusal",
        Edit(
            "webhooks/content.py",
            "content += member.decompress(rest, LARGEST + 1 - len(content))",
            "content = member.decompress(rest, LARGEST + 1)",
        ),
    ),
    mutant(
        "webhooks: content: half a gzip is enough",
        "activities/webhooks/test_content.py::test_what_cannot_be_inflated_is_refused[cut off]",
        "Failed: DID NOT RAISE Refusal",
        Edit("webhooks/content.py", "        if not member.eof:", "        if False:"),
    ),
    mutant(
        "webhooks: content: another encoding counts as none",
        "activities/webhooks/test_content.py::test_what_cannot_be_inflated_is_refused[another encoding]",
        "Failed: DID NOT RAISE Refusal",
        Edit("webhooks/content.py", 'case "" | "identity":', 'case "" | "identity" | "br":'),
    ),
    mutant(
        "webhooks: content: an empty body is accepted",
        "activities/webhooks/test_content.py::test_what_cannot_be_inflated_is_refused[empty]",
        "Failed: DID NOT RAISE Refusal",
        Edit("webhooks/content.py", "    if not content:\n", "    if content is None:\n"),
    ),
    mutant(
        "webhooks: content: characters aren't escaped",
        "activities/webhooks/test_content.py::test_json_goes_on_as_it_is",
        "assert False",
        Edit(
            "webhooks/content.py",
            'json.dumps(event | {"data": value}, separators',
            'json.dumps(event | {"data": value}, ensure_ascii=False, separators',
        ),
    ),
    mutant(
        "webhooks: content: the hash in the id leaves out the sender",
        "activities/webhooks/test_content.py::test_the_id_is_that_of_the_delivery_or_a_hash",
        "AssertionError: assert '",
        Edit("webhooks/content.py", 'f"{sender}\\n".encode() + content', "content"),
    ),
    mutant(
        "webhooks: content: any delivery id is taken",
        "activities/webhooks/test_content.py::test_the_id_is_that_of_the_delivery_or_a_hash",
        "AssertionError: assert '",
        Edit("webhooks/content.py", " and delivery_id.isprintable() else None", " else None"),
    ),
    mutant(
        "webhooks: content: a body may have very many parts",
        "activities/webhooks/test_content.py::test_what_cannot_be_inflated_is_refused[very many parts]",
        "AssertionError: assert ",
        Edit("webhooks/content.py", "_MOST_MEMBERS = 100", "_MOST_MEMBERS = 100_000"),
    ),
    mutant(
        "webhooks: statements: a batch may be too large to split",
        "activities/webhooks/test_statements.py::test_a_batch_that_nobody_would_take_apart_is_refused",
        "AssertionError: assert (<HTTPStatus....",
        Edit("webhooks/statements.py", "if len(value) > MAX_ITEMS:", "if len(value) > 2 * MAX_ITEMS:"),
    ),
)
