"""Rules of storage: rows, faults that concern every event, letters that are kept, failures that travel."""

from tests.traces.mutants.mutant import Edit, mutant

STORAGE = (
    mutant(
        "storage: rows: clocks keep all four parts / values",
        "activities/storage/test_rows.py::test_an_operator_can_read_a_row",
        "",
        Edit("storage/rows.py", "Field(Clock(*clock), value)", "Field(Clock(clock[0], 0, *clock[2:]), value)"),
    ),
    mutant(
        "storage: rows: a large count",
        "activities/storage/test_rows.py::test_an_operator_can_read_a_row",
        "",
        Edit(
            "storage/rows.py",
            "_PLAIN = (str, str | None, float, bool, RequestKind)",
            "_PLAIN = (str, str | None, float, bool, int, RequestKind)",
        ),
    ),
    mutant(
        "storage: rows: owner's names too long",
        "activities/storage/test_rows.py::test_the_names_of_an_owner_fit_into_a_column",
        "",
        Edit("storage/rows.py", "also = also[1:]", "break"),
    ),
    mutant(
        "storage: rows: newest dropped",
        "activities/storage/test_rows.py::test_the_names_of_an_owner_fit_into_a_column",
        "",
        Edit("storage/rows.py", "also = also[1:]", "also = also[:-1]"),
    ),
    mutant(
        "storage: rows: external id",
        "activities/storage/test_rows.py::test_an_operator_can_read_a_row",
        "",
        Edit(
            "storage/rows.py", '"external_id": external_id(record.enrollment_id)', '"external_id": record.enrollment_id'
        ),
    ),
    mutant(
        "storage: rows: replacing is not stored",
        "activities/storage/test_rows.py::test_an_operator_can_read_a_row",
        "",
        Edit("storage/rows.py", '        ("replacing", Replacing),\n', ""),
    ),
    mutant(
        "storage: faults: 5xx",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[load]",
        "",
        Edit(
            "storage/faults.py",
            "status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR or ",
            "status is None or ",
        ),
    ),
    mutant(
        "storage: faults: connection",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[load]",
        "",
        Edit("storage/faults.py", "not isinstance(error, HttpResponseError) or ", ""),
    ),
    mutant(
        "storage: faults: half a response",
        "activities/storage/test_faults.py::test_some_errors_concern_every_event",
        "",
        Edit("storage/faults.py", "ClientAuthenticationError | DecodeError)", "ClientAuthenticationError)"),
    ),
    mutant(
        "storage: faults: no identity",
        "activities/storage/test_faults.py::test_some_errors_concern_every_event",
        "",
        Edit("storage/faults.py", "ClientAuthenticationError | DecodeError)", "DecodeError)"),
    ),
    mutant(
        "storage: faults: no status",
        "activities/storage/test_faults.py::test_some_errors_concern_every_event",
        "",
        Edit("storage/faults.py", "status is None or status >=", "status is not None and status >="),
    ),
    mutant(
        "storage: faults: 401",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[load]",
        "",
        Edit("storage/faults.py", "    HTTPStatus.UNAUTHORIZED,\n", ""),
    ),
    mutant(
        "storage: faults: 403",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[load]",
        "",
        Edit("storage/faults.py", "    HTTPStatus.FORBIDDEN,\n", ""),
    ),
    mutant(
        "storage: faults: 404 without known code",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[load]",
        "",
        Edit(
            "storage/faults.py", "return code not in _MISSING", 'return code in ("TableNotFound", "ContainerNotFound")'
        ),
    ),
    mutant(
        "storage: faults: missing table",
        "activities/storage/test_faults.py::test_every_use_tells_a_missing_place[load]",
        "",
        Edit("storage/faults.py", "return code not in _MISSING", "return code is None"),
    ),
    mutant(
        "storage: faults: being deleted",
        "activities/storage/test_faults.py::test_some_errors_concern_every_event",
        "",
        Edit("storage/faults.py", " or code in _BEING_DELETED", ""),
    ),
    mutant(
        "storage: faults: row missing is everybody's",
        "activities/storage/test_ledger.py::test_an_unknown_enrolment_has_an_empty_record",
        "",
        Edit("storage/faults.py", '_MISSING = ("ResourceNotFound", ', "_MISSING = ("),
    ),
    mutant(
        "storage: faults: all",
        "activities/storage/test_faults.py::test_other_errors_pass",
        "",
        Edit("storage/faults.py", "if not _concerns_all(error):", "if not error:"),
    ),
    mutant(
        "storage: people canonical",
        "activities/storage/test_people.py::test_an_account_leads_to_a_reference",
        "",
        Edit("storage/people.py", "canonical_value(kind, str(row[kind]))", "str(row[kind]).strip().lower()"),
    ),
    mutant(
        "storage: people fault",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[find a person]",
        "",
        Edit("storage/people.py", 'with concerning_all("people"):', "if True:"),
    ),
    mutant(
        "storage: keep: own id",
        "activities/storage/test_letters.py::test_letters_are_kept_one_by_one",
        "",
        Edit(
            "storage/letters.py",
            'own = {"id": _hash(record, letter.body() or b""), "number": None}',
            'own = {"id": _hash(record, b""), "number": None}',
        ),
    ),
    mutant(
        "storage: keep: number",
        "activities/storage/test_letters.py::test_a_letter_that_is_kept_is_a_letter_of_its_own",
        "",
        Edit("storage/letters.py", 'b""), "number": None}', 'b"")}'),
    ),
    mutant(
        "storage: keep: former not deleted",
        "activities/storage/test_letters.py::test_a_letter_that_is_kept_is_a_letter_of_its_own",
        "",
        Edit(
            "storage/letters.py",
            "            await self.delete(record, etag)",
            '            await self.delete(record, "0")',
        ),
    ),
    mutant(
        "storage: keep: deleted though replaced",
        "activities/storage/test_letters.py::test_a_letter_that_was_replaced_meanwhile_stays",
        "",
        Edit(
            "storage/letters.py",
            "            await self.delete(record, etag)",
            "            await self._container.delete_blob(_name(record))",
        ),
    ),
    mutant(
        "storage: keep: deleted first",
        "activities/storage/test_letters.py::test_a_letter_that_is_kept_is_never_lost",
        "",
        Edit(
            "storage/letters.py",
            "        await self._put(letter.model_copy(update=own), record)\n        with concerning_all(_PLACE):\n            await self.delete(record, etag)",
            "        with concerning_all(_PLACE):\n            await self.delete(record, etag)\n        await self._put(letter.model_copy(update=own), record)",
        ),
    ),
    mutant(
        "storage: keep: foreign",
        "activities/storage/test_letters.py::test_what_is_not_a_letter_is_not_kept",
        "",
        Edit("storage/letters.py", "except (ResourceNotFoundError, NotALetter):", "except ResourceNotFoundError:"),
    ),
    mutant(
        "storage: failing does not travel",
        "activities/storage/test_delivery.py::test_failures_travel_with_a_retry",
        "",
        Edit("storage/delivery.py", "            failing=message.failing,\n", ""),
    ),
    mutant(
        "storage: failing not read",
        "activities/storage/test_delivery.py::test_failures_travel_with_a_retry",
        "",
        Edit("storage/delivery.py", "            failing=envelope.failing,\n", ""),
    ),
    mutant(
        "storage: failing in redrives",
        "activities/storage/test_delivery.py::test_failures_travel_with_a_retry",
        "",
        Edit(
            "storage/envelope.py",
            '"from_operator": message.from_operator or None}',
            '"from_operator": message.from_operator or None, "failing": message.failing}',
        ),
    ),
    mutant(
        "storage: first seen",
        "activities/storage/test_delivery.py::test_the_time_of_the_first_receipt_stays",
        "",
        Edit("storage/envelope.py", "message.first_seen or now", "now"),
    ),
    mutant(
        "storage: first seen in redrive",
        "activities/storage/test_delivery.py::test_the_time_of_the_first_receipt_stays",
        "",
        Edit(
            "storage/delivery.py",
            '"redriven": True, "attempt": letter.attempt + 1}',
            '"redriven": True, "attempt": letter.attempt + 1, "first_seen": letter.last_seen}',
        ),
    ),
    mutant(
        "storage: bodies upload",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[retry what is large]",
        "",
        Edit(
            "storage/delivery.py",
            "        with concerning_all(_PLACE):\n            text = await",
            "        if True:\n            text = await",
        ),
    ),
    mutant(
        "storage: bodies download",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[open what is large]",
        "",
        Edit(
            "storage/delivery.py",
            "            with concerning_all(_PLACE):\n                return",
            "            if True:\n                return",
        ),
    ),
    mutant(
        "storage: queue raises",
        "activities/storage/test_faults.py::test_a_queue_that_cannot_be_written_is_raised_as_it_is[retry]",
        "",
        Edit(
            "storage/delivery.py",
            "        await self._send(text, retry.after)",
            '        with concerning_all("queue"):\n            await self._send(text, retry.after)',
        ),
    ),
    mutant(
        "storage: redrive raw",
        "tools/operate/deadletters/test_rights.py::test_a_body_that_may_not_be_uploaded_is_explained_too",
        "",
        Edit(
            "storage/delivery.py",
            "        await self._send(await self._text(letter.model_copy(update=again), nonce), 0.0)",
            "        with concerning_all(_PLACE):\n            await self._send(await self._text(letter.model_copy(update=again), nonce), 0.0)",
        ),
    ),
    mutant(
        "storage: ledger store",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[store a new record]",
        "",
        Edit(
            "storage/ledger.py",
            "            with concerning_all(_PLACE):\n                if etag",
            "            if True:\n                if etag",
        ),
    ),
    mutant(
        "storage: ledger load",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[load]",
        "",
        Edit(
            "storage/ledger.py",
            "            with concerning_all(_PLACE):\n                return",
            "            if True:\n                return",
        ),
    ),
    mutant(
        "storage: letters put",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[write a letter]",
        "",
        Edit(
            "storage/letters.py",
            "        with concerning_all(_PLACE):\n            await self._container.upload",
            "        if True:\n            await self._container.upload",
        ),
    ),
    mutant(
        "storage: letters find",
        "activities/storage/test_faults.py::test_every_use_tells_a_missing_place[keep a letter]",
        "",
        Edit(
            "storage/letters.py",
            "            with concerning_all(_PLACE):\n                blob",
            "            if True:\n                blob",
        ),
    ),
    mutant(
        "storage: letters delete in keep",
        "activities/storage/test_letters.py::test_a_letter_that_is_kept_is_never_lost",
        "",
        Edit(
            "storage/letters.py",
            "        with concerning_all(_PLACE):\n            await self.delete",
            "        if True:\n            await self.delete",
        ),
    ),
    mutant(
        "storage: letters sweep",
        "activities/storage/test_faults.py::test_every_use_tells_an_ill_service[sweep a letter]",
        "",
        Edit(
            "storage/letters.py",
            "            with concerning_all(_PLACE):\n                found",
            "            if True:\n                found",
        ),
    ),
)
