"""Rules of rows and of errors that concern every event."""

from tests.traces.mutants.mutant import Edit, mutant

_STORAGE = "activities/storage/"

STORAGE = (
    mutant(
        "storage: rows: a clock loses its rank",
        f"{_STORAGE}test_rows.py::test_an_operator_can_read_a_row",
        "AssertionError: assert ActivityRecor..., check=None)) == ActivityRecor..., check=None))",
        Edit("storage/rows.py", "Field(Clock(*clock), value)", "Field(Clock(clock[0], 0, *clock[2:]), value)"),
    ),
    mutant(
        "storage: rows: a count is stored as it is",
        f"{_STORAGE}test_rows.py::test_an_operator_can_read_a_row",
        "AssertionError: assert {'PartitionKe",
        Edit(
            "storage/rows.py",
            "_PLAIN = (str, str | None, float, bool, RequestKind, HeldStep)",
            "_PLAIN = (str, str | None, float, bool, int, RequestKind, HeldStep)",
        ),
    ),
    mutant(
        "storage: rows: an owner's names don't fit into a column",
        f"{_STORAGE}test_rows.py::test_the_names_of_an_owner_fit_into_a_column",
        "assert 245921 <= 32768",
        Edit("storage/rows.py", "also = also[1:]", "break"),
    ),
    mutant(
        "storage: rows: the newest name is dropped",
        f"{_STORAGE}test_rows.py::test_the_names_of_an_owner_fit_into_a_column",
        "AssertionError: assert (Reference(ki...x00\\x00\\x00')) == (Reference(ki...x00\\x00\\x00'))",
        Edit("storage/rows.py", "also = also[1:]", "also = also[:-1]"),
    ),
    mutant(
        "storage: rows: the external id is the enrolment's",
        f"{_STORAGE}test_rows.py::test_an_operator_can_read_a_row",
        "AssertionError: assert {'PartitionKe...': 'e 1', ...} == {'PartitionKe...': 'e 1', ...}",
        Edit(
            "storage/rows.py", '"external_id": external_id(record.enrollment_id)', '"external_id": record.enrollment_id'
        ),
    ),
    mutant(
        "storage: rows: a replace isn't stored",
        f"{_STORAGE}test_rows.py::test_an_operator_can_read_a_row",
        "AssertionError: assert ActivityRecor..., check=None)) == ActivityRecor..., check=None))",
        Edit("storage/rows.py", '        ("replacing", Replacing),\n', ""),
    ),
    mutant(
        "storage: faults: a 5xx isn't a fault",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[load]",
        "azure.core.exceptions.HttpResponseError: Operation returned an invalid status 'Internal Server Error'",
        Edit(
            "storage/faults.py",
            "status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR or ",
            "status is None or ",
        ),
    ),
    mutant(
        "storage: faults: a missing connection isn't a fault",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[load]",
        "AttributeError: 'ServiceRequestError' object has no attribute 'status_code'",
        Edit("storage/faults.py", "not isinstance(error, HttpResponseError) or ", ""),
    ),
    mutant(
        "storage: faults: half a response isn't a fault",
        f"{_STORAGE}test_faults.py::test_some_errors_concern_every_event",
        "azure.core.exceptions.DecodeError: Operation returned an invalid status 'None'",
        Edit("storage/faults.py", "ClientAuthenticationError | DecodeError)", "ClientAuthenticationError)"),
    ),
    mutant(
        "storage: faults: a missing identity isn't a fault",
        f"{_STORAGE}test_faults.py::test_some_errors_concern_every_event",
        "azure.core.exceptions.ClientAuthenticationError: Operation returned an invalid status 'None'",
        Edit("storage/faults.py", "ClientAuthenticationError | DecodeError)", "DecodeError)"),
    ),
    mutant(
        "storage: faults: an error without a status isn't a fault",
        f"{_STORAGE}test_faults.py::test_some_errors_concern_every_event",
        "azure.core.exceptions.HttpResponseError: ?",
        Edit("storage/faults.py", "status is None or status >=", "status is not None and status >="),
    ),
    mutant(
        "storage: faults: a 401 isn't a fault",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[load]",
        "azure.core.exceptions.HttpResponseError: Operation returned an invalid status 'Unauthorized'",
        Edit("storage/faults.py", "    HTTPStatus.UNAUTHORIZED,\n", ""),
    ),
    mutant(
        "storage: faults: a 403 isn't a fault",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[load]",
        "azure.core.exceptions.HttpResponseError: Operation returned an invalid status 'Forbidden'",
        Edit("storage/faults.py", "    HTTPStatus.FORBIDDEN,\n", ""),
    ),
    mutant(
        "storage: faults: a 404 without a known code isn't a fault",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[load]",
        "azure.core.exceptions.HttpResponseError: Operation returned an invalid status 'Not Found'",
        Edit(
            "storage/faults.py", "return code not in _MISSING", 'return code in ("TableNotFound", "ContainerNotFound")'
        ),
    ),
    mutant(
        "storage: faults: a missing table isn't a fault",
        f"{_STORAGE}test_faults.py::test_every_use_tells_a_missing_place[load]",
        "Failed: DID NOT RAISE StorageFault",
        Edit("storage/faults.py", "return code not in _MISSING", "return code is None"),
    ),
    mutant(
        "storage: faults: a table that's being deleted isn't a fault",
        f"{_STORAGE}test_faults.py::test_some_errors_concern_every_event",
        "azure.core.exceptions.ResourceExistsError: TableBeingDeleted",
        Edit("storage/faults.py", " or code in _BEING_DELETED", ""),
    ),
    mutant(
        "storage: faults: a missing row is a fault",
        f"{_STORAGE}test_ledger.py::test_an_unknown_enrolment_has_an_empty_record",
        "activities.domain.errors.StorageFault: ledger: 404 ResourceNotFound",
        Edit("storage/faults.py", '_MISSING = ("ResourceNotFound", ', "_MISSING = ("),
    ),
    mutant(
        "storage: faults: every error is a fault",
        f"{_STORAGE}test_faults.py::test_other_errors_pass",
        "activities.domain.errors.StorageFault: ledger: 404 ResourceNotFound",
        Edit("storage/faults.py", "if not _concerns_all(error):", "if not error:"),
    ),
    mutant(
        "storage: people: a reference isn't in canonical form",
        f"{_STORAGE}test_people.py::test_an_account_leads_to_a_reference",
        "AssertionError: assert Reference(kin...00000000000a') == Reference(kin...00000000000a')",
        Edit(
            "storage/people.py",
            "return Person.model_validate({kind: text}).reference",
            "return Reference(kind, text.strip().lower())",
        ),
    ),
    mutant(
        "storage: people: a fault while reading passes as it is",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[find a person]",
        "azure.core.exceptions.HttpResponseError: Operation returned an invalid status 'Internal Server Error'",
        Edit("storage/people.py", 'with concerning_all("people"):', "if True:"),
    ),
    mutant(
        "storage: ledger: a fault while storing passes as it is",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[store a new record]",
        "azure.core.exceptions.HttpResponseError: Operation returned an invalid status 'Internal Server Error'",
        Edit(
            "storage/ledger.py",
            "            with concerning_all(_PLACE):\n                if etag",
            "            if True:\n                if etag",
        ),
    ),
    mutant(
        "storage: ledger: a fault while loading passes as it is",
        f"{_STORAGE}test_faults.py::test_every_use_tells_an_ill_service[load]",
        "azure.core.exceptions.HttpResponseError: Operation returned an invalid status 'Internal Server Error'",
        Edit(
            "storage/ledger.py",
            "            with concerning_all(_PLACE):\n                return",
            "            if True:\n                return",
        ),
    ),
    mutant(
        "storage: a late first response leaves a clock ahead",
        f"{_STORAGE}test_clock.py::test_the_first_response_sets_a_clock_back_however_late_it_comes[20.0]",
        "assert 2000.0 == -20.0",
        Edit("storage/clock.py", "took < _TOLERANCE or not self._heard", "took < _TOLERANCE"),
    ),
    mutant(
        "storage: a late response sets the clock back",
        f"{_STORAGE}test_clock.py::test_a_late_response_does_not_set_the_clock_back",
        "assert -299",
        Edit("storage/clock.py", "took < _TOLERANCE or not self._heard", "True"),
    ),
)
