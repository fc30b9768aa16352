"""Rules of senders: who may send, and whose events they are."""

from tests.traces.mutants.mutant import Edit, mutant

WEBHOOK_SENDERS = (
    mutant(
        "webhooks: senders: one fault closes all senders",
        "activities/webhooks/test_senders.py::test_an_impossible_sender_is_closed_alone[no format]",
        "AssertionError: assert set() == {'openedx'}",
        Edit(
            "webhooks/senders.py",
            "            senders.faults.append((name, str(error)))",
            "            senders.open.clear()\n            senders.faults.append((name, str(error)))",
        ),
    ),
    mutant(
        "webhooks: senders: any format is accepted",
        "activities/webhooks/test_senders.py::test_an_impossible_sender_is_closed_alone[an unknown format]",
        "AssertionError: assert {'lms', 'openedx'} == {'o",
        Edit("webhooks/senders.py", "if scheme.format not in formats:", "if not scheme.format:"),
    ),
    mutant(
        "webhooks: senders: unknown properties are ignored",
        "activities/webhooks/test_senders.py::test_an_impossible_sender_is_closed_alone[an unknown property]",
        "AssertionError: assert {'lms', 'openedx'} == {'o",
        Edit("webhooks/schemes.py", 'extra="forbid"', 'extra="ignore"'),
    ),
    mutant(
        "webhooks: senders: any name is accepted",
        "activities/webhooks/test_senders.py::test_a_name_is_short_and_plain",
        "AssertionError: assert {'Moodle', 'openedx'} ==",
        Edit("webhooks/senders.py", "if not _NAME.fullmatch(name):", "if not name:"),
    ),
    mutant(
        "webhooks: senders: a short secret is accepted",
        "activities/webhooks/test_senders.py::test_a_sender_without_a_secret_is_closed[short]",
        "AssertionError: assert 'lms' not in {'openedx':",
        Edit("webhooks/senders.py", "_SHORTEST = 16", "_SHORTEST = 8"),
    ),
    mutant(
        "webhooks: senders: an unresolved reference counts as a secret",
        "activities/webhooks/test_senders.py::test_a_sender_without_a_secret_is_closed[unresolved]",
        "AssertionError: assert 'lms' not in {'openedx':",
        Edit("webhooks/senders.py", "if secret.lstrip().lower().startswith(_UNRESOLVED.lower()):", "if not secret:"),
    ),
    mutant(
        "webhooks: senders: an impossible next secret closes the sender",
        "activities/webhooks/test_senders.py::test_an_impossible_next_secret_is_ignored",
        "KeyError: 'lms'",
        Edit(
            "webhooks/senders.py", '            faults.append((name, f"{error}; it is ignored"))', "            raise"
        ),
    ),
    mutant(
        "webhooks: senders: a name may occur twice",
        "activities/webhooks/test_senders.py::test_a_setting_that_cannot_be_read_closes_all",
        "AssertionError: assert False",
        Edit("webhooks/senders.py", "value = loads(text)", 'value = __import__("json").loads(text)'),
    ),
    mutant(
        "webhooks: senders: WEBHOOKS stops the queues",
        "activities/test_settings.py::test_what_is_wrong_with_webhooks_stops_no_queue",
        "pydantic_core._pydantic_core.ValidationError: 1",
        Edit("settings.py", 'return value if info.field_name == "webhooks" else setting_rules', "return setting_rules"),
    ),
    mutant(
        "webhooks: source: the format is the source",
        "activities/intake/test_by_webhook.py::test_the_source_is_the_sender",
        "AssertionError: assert 'moodle' == 'webhook/mood",
        Edit(
            "intake/formats/sources.py",
            'return self._source(f"{_SENDERS}{context.sender}",',
            "return self._source(context.sender,",
        ),
    ),
    mutant(
        "webhooks: source: events name their installation",
        "activities/intake/test_by_webhook.py::test_the_source_is_the_sender",
        "AssertionError: Refused(reason=<Reason.INVALID_E",
        Edit(
            "intake/formats/format.py",
            "None if named is None or context.sender is not None else",
            "None if named is None else",
        ),
    ),
    mutant(
        "webhooks: source: an event may name anybody's accounts",
        "activities/intake/test_by_webhook.py::test_accounts_are_the_senders_own",
        "AssertionError: assert Reference(kin...toso.com\\",
        Edit(
            "intake/formats/identity.py",
            "stated = mapping.source if source.sender is None else None",
            "stated = mapping.source",
        ),
    ),
    mutant(
        "webhooks: source: a native event may name anybody's accounts",
        "activities/intake/test_by_webhook.py::test_accounts_are_the_senders_own",
        "AssertionError: assert Reference(kin...'payroll\\",
        Edit("intake/parse.py", 'account | {"source": sender}', '{"source": sender} | account'),
    ),
    mutant(
        "webhooks: source: a native event may name anybody's enrolments",
        "activities/intake/test_by_webhook.py::test_enrolments_of_senders_are_their_own",
        "AssertionError: assert 'hr-2026-000481' == 'hr:h",
        Edit("intake/parse.py", 'f"{sender}:{enrolment}"', "enrolment"),
    ),
    mutant(
        "webhooks: source: an inner layer is believed",
        "activities/intake/test_by_webhook.py::test_what_the_body_says_about_its_source_is_not_believed",
        "AssertionError: assert ('webhook/moodle', None)",
        Edit(
            "intake/event_bus.py",
            "self.sender or outer.sender)",
            'self.sender or (self.source if self.source == "moodle" else None) or outer.sender)',
        ),
    ),
    mutant(
        "webhooks: source: any format from any sender",
        "activities/intake/test_by_webhook.py::test_a_sender_sends_in_its_own_format_only",
        "AssertionError: assert False",
        Edit("intake/unpack.py", "formats.of_sender(context.sender), [delivery]", "formats, [delivery]"),
    ),
    mutant(
        "webhooks: source: native events from any sender",
        "activities/intake/test_by_webhook.py::test_a_sender_sends_in_its_own_format_only",
        "AssertionError: assert False",
        Edit("intake/formats/__init__.py", "native=name == NATIVE)", "native=True)"),
    ),
    mutant(
        "webhooks: source: events of a removed sender are lost",
        "activities/intake/test_by_webhook.py::test_the_events_of_a_sender_that_was_removed_still_count",
        "AssertionError: Refused(reason=<Reason.MALFORMED",
        Edit(
            "intake/formats/__init__.py",
            "for one in self.formats)}:\n            return self\n",
            "for one in self.formats)}:\n            return replace(self, formats=(), native=False)\n",
        ),
    ),
    mutant(
        "webhooks: source: a sender gets the settings of the queue's source",
        "activities/intake/test_by_webhook.py::test_a_sender_goes_on_with_the_records_that_its_lms_had_on_the_queue",
        "AssertionError: assert 'moodle' is None",
        Edit(
            "intake/formats/sources.py",
            "None if name in self.senders else self.by_name.get(name)",
            "self.by_name.get(name)",
        ),
    ),
    mutant(
        "webhooks: source: a sender gets the settings of a format that it doesn't send",
        "activities/intake/test_by_webhook.py::test_settings_of_a_sender_are_not_those_of_a_format_that_it_does_not_send",
        "AssertionError: assert 'assignment' is None",
        Edit(
            "intake/formats/sources.py",
            "return self.by_name.get(name) if self.senders.get(name, name) == name else None",
            "return self.by_name.get(name)",
        ),
    ),
    mutant(
        "webhooks: source: a sender can't have a former name",
        "activities/intake/test_by_webhook.py::test_a_sender_goes_on_under_another_name",
        "AssertionError: assert (CourseAssign...'webhook/",
        Edit("intake/formats/sources.py", " or former.startswith(_SENDERS))", ")"),
    ),
    mutant(
        "webhooks: source: a large delivery goes on the inbound queue",
        "activities/storage/test_delivery.py::test_a_new_message_finds_its_way_whatever_its_size",
        "AssertionError: assert ['",
        Edit(
            "storage/delivery.py",
            "        if _fits(text):\n            await self._events.send_message(text, time_to_live",
            "        if text:\n            await self._events.send_message(text, time_to_live",
        ),
    ),
    mutant(
        "webhooks: source: a sender may take over another sender's records",
        "activities/intake/test_by_webhook.py::test_a_sender_takes_no_other_senders_records[webhook/lrs]",
        "Failed: DID NOT RAISE FormatError",
        Edit("intake/formats/sources.py", "if sender is not None and sender[1] in senders:", "if not declarations:"),
    ),
    mutant(
        "webhooks: source: a wrong entry stops the queue",
        "activities/webhooks/test_senders.py::test_formats_are_known_of_closed_senders_too",
        "AssertionError: assert {'four': 'xapi'} == {",
        Edit(
            "webhooks/senders.py",
            "for name, entry in entries.items()}\n",
            "for name, entry in entries.items() if _format_of(name, entry)}\n",
        ),
    ),
    mutant(
        "webhooks: source: a large item becomes a dead letter",
        "activities/storage/test_delivery.py::test_items_that_are_too_large_for_a_queue_go_by_way_of_blobs",
        "azure.core.exceptions.HttpResponseError",
        Edit(
            "storage/delivery.py",
            "            await self.take(item)",
            "            await self._events.send_message(item, time_to_live=_NEVER)",
        ),
    ),
    mutant(
        "webhooks: senders: a secret with a line end is accepted",
        "activities/webhooks/test_senders.py::test_a_sender_without_a_secret_is_closed[a line end]",
        "AssertionError: assert 'lms' not in {'openedx':",
        Edit("webhooks/senders.py", "if secret != secret.strip():", "if not secret.strip():"),
    ),
)
