"""Rules of keeping letters, of what envelopes carry, and of the places where both are stored."""

from tests.traces.mutants.mutant import Edit, mutant

_STORAGE = "activities/storage/"

STORAGE_LETTERS = (
    mutant(
        "storage: keep: the record's letters share one id",
        f"{_STORAGE}test_letters.py::test_letters_are_kept_one_by_one",
        "AssertionError: assert 1 == 2",
        Edit(
            "storage/letters.py",
            'own = {"id": _hash(record, letter.body() or b""), "number": None}',
            'own = {"id": _hash(record, b""), "number": None}',
        ),
    ),
    mutant(
        "storage: keep: the kept letter keeps its number",
        f"{_STORAGE}test_letters.py::test_a_letter_that_is_kept_is_a_letter_of_its_own",
        "AssertionError: assert Envelope(enve...1', blob=None) == Envelope(enve...1', blob=None)",
        Edit("storage/letters.py", 'b""), "number": None}', 'b"")}'),
    ),
    mutant(
        "storage: keep: the former letter isn't deleted",
        f"{_STORAGE}test_letters.py::test_a_letter_that_is_kept_is_a_letter_of_its_own",
        "ValueError: too many values to unpack (expected 1)",
        Edit(
            "storage/letters.py",
            "            await self.delete(record, etag)",
            '            await self.delete(record, "0")',
        ),
    ),
    mutant(
        "storage: keep: a letter that was replaced meanwhile is deleted",
        f"{_STORAGE}test_letters.py::test_a_letter_that_was_replaced_meanwhile_stays",
        "AssertionError: assert 1 == 2",
        Edit(
            "storage/letters.py",
            "            await self.delete(record, etag)",
            "            await self._container.delete_blob(_name(record))",
        ),
    ),
    mutant(
        "storage: keep: the former letter is deleted first",
        f"{_STORAGE}test_letters.py::test_a_letter_that_is_kept_is_never_lost",
        "AssertionError: assert 1 == 2",
        Edit(
            "storage/letters.py",
            "        await self._put(letter.model_copy(update=own), record)\n"
            "        with concerning_all(_PLACE):\n"
            "            await self.delete(record, etag)",
            "        with concerning_all(_PLACE):\n"
            "            await self.delete(record, etag)\n"
            "        await self._put(letter.model_copy(update=own), record)",
        ),
    ),
    mutant(
        "storage: keep: a blob that isn't a letter is an error",
        f"{_STORAGE}test_letters.py::test_what_is_not_a_letter_is_not_kept",
        "activities.storage.letters.NotALetter",
        Edit("storage/letters.py", "except (ResourceNotFoundError, NotALetter):", "except ResourceNotFoundError:"),
    ),
    mutant(
        "storage: a retry doesn't carry its failures",
        f"{_STORAGE}test_delivery.py::test_failures_travel_with_a_retry",
        "AssertionError: assert {False: None, True: None} == {False: Faili...), True: None}",
        Edit("storage/delivery.py", "            failing=message.failing,\n", ""),
    ),
    mutant(
        "storage: a retry's failures aren't read",
        f"{_STORAGE}test_delivery.py::test_failures_travel_with_a_retry",
        "AssertionError: assert {False: None, True: None} == {False: Faili...), True: None}",
        Edit("storage/delivery.py", "            failing=envelope.failing,\n", ""),
    ),
    mutant(
        "storage: a redrive carries failures",
        f"{_STORAGE}test_delivery.py::test_failures_travel_with_a_retry",
        "AssertionError: assert {False: Faili..., absent=0.5)} == {False: Faili...), True: None}",
        Edit(
            "storage/envelope.py",
            '"from_operator": message.from_operator or None}',
            '"from_operator": message.from_operator or None, "failing": message.failing}',
        ),
    ),
    mutant(
        "storage: a retry forgets when its message was first received",
        f"{_STORAGE}test_delivery.py::test_the_time_of_the_first_receipt_stays",
        "assert datetime.datetime(",
        Edit("storage/envelope.py", "message.first_seen or now", "now"),
    ),
    mutant(
        "storage: a redrive forgets when its message was first received",
        f"{_STORAGE}test_delivery.py::test_the_time_of_the_first_receipt_stays",
        "assert datetime.datetime(",
        Edit(
            "storage/delivery.py",
            '"redriven": True, "attempt": letter.attempt + 1}',
            '"redriven": True, "attempt": letter.attempt + 1, "first_seen": letter.last_seen}',
        ),
    ),
    mutant(
        "storage: bodies: a fault while uploading passes as it is",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[retry what is large]",
        "azure.core.exceptions.HttpResponseError: Internal Server Error",
        Edit(
            "storage/delivery.py",
            "        with concerning_all(_PLACE):\n            text = await",
            "        if True:\n            text = await",
        ),
    ),
    mutant(
        "storage: bodies: a fault while downloading passes as it is",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[open what is large]",
        "azure.core.exceptions.HttpResponseError: Internal Server Error",
        Edit(
            "storage/delivery.py",
            "            with concerning_all(_PLACE):\n                return",
            "            if True:\n                return",
        ),
    ),
    mutant(
        "storage: a queue's error becomes a fault",
        f"{_STORAGE}test_faults.py::test_a_queue_that_cannot_be_written_is_raised_as_it_is[retry]",
        "activities.domain.errors.StorageFault: queue: 503 HttpResponseError",
        Edit(
            "storage/delivery.py",
            "        await self._send(text, retry.after)",
            '        with concerning_all("queue"):\n            await self._send(text, retry.after)',
        ),
    ),
    mutant(
        "storage: a redrive's error becomes a fault",
        "tools/operate/dead_letters/test_rights.py::test_a_body_that_may_not_be_uploaded_is_explained_too",
        "activities.domain.errors.StorageFault: event-bodies: 403 AuthorizationPermissionMismatch",
        Edit(
            "storage/delivery.py",
            "        await self._send(await self._text(letter.model_copy(update=again), nonce), 0.0)",
            "        with concerning_all(_PLACE):\n"
            "            await self._send(await self._text(letter.model_copy(update=again),"
            " nonce), 0.0)",
        ),
    ),
    mutant(
        "storage: letters: a fault while writing passes as it is",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[write a letter]",
        "azure.core.exceptions.HttpResponseError: Internal Server Error",
        Edit(
            "storage/letters.py",
            "        with concerning_all(_PLACE):\n            await self._container.upload",
            "        if True:\n            await self._container.upload",
        ),
    ),
    mutant(
        "storage: letters: a fault while finding passes as it is",
        f"{_STORAGE}test_faults.py::test_every_use_tells_a_missing_place[keep a letter]",
        "Failed: DID NOT RAISE StorageFault",
        Edit(
            "storage/letters.py",
            "            with concerning_all(_PLACE):\n                blob",
            "            if True:\n                blob",
        ),
    ),
    mutant(
        "storage: letters: a fault while deleting in keep passes as it is",
        f"{_STORAGE}test_letters.py::test_a_letter_that_is_kept_is_never_lost",
        "azure.core.exceptions.ServiceRequestError: [Errno 104] Connection reset by peer",
        Edit(
            "storage/letters.py",
            "        with concerning_all(_PLACE):\n            await self.delete",
            "        if True:\n            await self.delete",
        ),
    ),
    mutant(
        "storage: letters: a fault while sweeping passes as it is",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[sweep a letter]",
        "azure.core.exceptions.HttpResponseError: Internal Server Error",
        Edit(
            "storage/letters.py",
            "            with concerning_all(_PLACE):\n                found",
            "            if True:\n                found",
        ),
    ),
)
