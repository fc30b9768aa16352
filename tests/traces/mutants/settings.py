"""The rules by which wrong settings are found while the app loads."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_LOADING = "end_to_end/test_settings.py::test_messages_stay_while_a_setting_is_wrong"
_REFUSED = "activities/test_settings.py::test_a_setting_that_cannot_work_is_refused_at_start"
_RULES = "activities/test_setting_rules.py::"
# The host runs, because the setting isn't refused.
_RUNS = "TimeoutError"
_ACCEPTED = "Failed: DID NOT RAISE"


def _in_rules(old: str, new: str) -> Edit:
    return Edit("setting_rules.py", old, new)


def _in_settings(old: str, new: str) -> Edit:
    return Edit("settings.py", old, new)


SETTINGS: tuple[Mutant, ...] = (
    mutant(
        "a name in capital letters is noticed only when messages arrive",
        f"{_LOADING}[a container in capital letters]",
        _RUNS,
        _in_rules("[a-z0-9]+(-[a-z0-9]+)*", "[A-Za-z0-9]+(-[A-Za-z0-9]+)*"),
    ),
    mutant(
        "a queue may have capital letters",
        f"{_LOADING}[a queue in capital letters]",
        _RUNS,
        _in_rules("if name != name.lower():", "if not name:"),
        _in_rules("[a-z0-9]+(-[a-z0-9]+)*", "[A-Za-z0-9]+(-[A-Za-z0-9]+)*"),
    ),
    mutant(
        "a name leaves no room for its poison queue",
        f"{_LOADING}[no room for the poison queue]",
        _RUNS,
        _in_rules("if len(name) + len(POISON) > _LONGEST:", "if len(name) > _LONGEST:"),
    ),
    mutant(
        "a queue may be another one's poison queue",
        f"{_RULES}test_a_queue_may_have_no_other_name[lms-events-poison]",
        _ACCEPTED,
        _in_rules("if name.endswith(POISON):", "if name == POISON:"),
    ),
    mutant(
        "a table may have any name",
        f"{_LOADING}[a table that cannot be]",
        _RUNS,
        _in_rules("if not _TABLE.fullmatch(name):", "if not name:"),
    ),
    mutant(
        "a reserved name may be used",
        f"{_RULES}test_a_container_may_have_no_other_name[azure-webjobs-hosts]",
        _ACCEPTED,
        _in_rules(".startswith(_OF_THE_HOST)", ".startswith(POISON)"),
    ),
    mutant(
        "tables whose names differ only in case count as two",
        f"{_LOADING}[one table for two]",
        _RUNS,
        _in_settings("getattr(self, one).lower() == getattr(self, other).lower()", "getattr(self, one) == self.lease"),
    ),
    mutant(
        "an unresolved reference counts as a value",
        f"{_LOADING}[an unresolved reference]",
        _RUNS,
        _in_settings("else setting_rules.resolved(value)", "else value"),
    ),
    mutant(
        "the storage clients are made at the first message",
        "end_to_end/test_settings.py::test_messages_stay_if_the_account_has_no_tables",
        _RUNS,
        Edit("loading.py", "    check_account(settings)\n", ""),
    ),
    mutant(
        "a key that isn't base64 is noticed only at the first request",
        f"{_LOADING}[a key that was cut]",
        _RUNS,
        _in_rules('base64.b64decode(parts.get("accountkey", ""), validate=True)', "pass"),
    ),
    mutant(
        "an error about a connection string is the library's own",
        f"{_RULES}test_a_wrong_connection_string_is_refused_while_loading[an address that is none]",
        "AssertionError: Regex pattern did not match",
        Edit(
            "storage/account.py",
            "    with suppress(ValueError, TypeError, LookupError, AttributeError):\n",
            "    if 1:\n",
        ),
    ),
    mutant(
        "the short form of the emulator goes to the libraries as it is",
        "end_to_end/test_settings.py::test_the_app_loads_with_the_short_form_of_the_emulator",
        "tools.develop.host.process.HostError",
        _in_rules("        return _emulator(parts)\n", "        return text\n"),
    ),
    mutant(
        "the proxy of the emulator is ignored",
        f"{_RULES}test_every_way_to_name_the_emulator_works[with a proxy]",
        "AssertionError: assert ['http://127",
        _in_rules('parts.get("developmentstorageproxyuri", ', 'parts.get("", '),
    ),
    mutant(
        "a request may outlast its lease",
        f"{_LOADING}[a deadline that outlasts the lease]",
        _RUNS,
        _in_settings("if self.graph_deadline > _PART_OF_LEASE * self.lease:", "if self.graph_deadline > self.lease:"),
    ),
    mutant(
        "the margin may be longer than the lease",
        f"{_REFUSED}[values3-CLOCK_MARGIN_SECONDS must be less than LEASE_SECONDS]",
        _ACCEPTED,
        _in_settings("if self.clock_margin >= self.lease:", "if self.clock_margin < 0:"),
    ),
    mutant(
        "the host may deliver again within the lease",
        f"{_LOADING}[deliveries within the lease]",
        _RUNS,
        Edit("loading.py", "    settings.check_host(folder)\n", ""),
    ),
    mutant(
        "the margin doesn't count for the host",
        f"{_RULES}test_the_host_delivers_again_after_the_lease[too short]",
        _ACCEPTED,
        _in_settings("needed = self.lease + self.clock_margin", "needed = self.lease"),
    ),
)
