"""The rules about unreadable messages."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_DEPTHS = "activities/storage/test_queue_depths.py::"
_COMMAND = "tools/operate/queues/test_unreadable.py::"
_HOST = "tools/develop/host/test_unreadable.py::"


def _in_depths(old: str, new: str) -> Edit:
    return Edit("storage/queue_depths.py", old, new)


def _in_tool(file: str, old: str, new: str) -> Edit:
    return Edit(f"../tools/operate/queues/{file}", old, new)


UNREADABLE: tuple[Mutant, ...] = (
    mutant(
        "a queue that can't be read makes the others fail",
        f"{_DEPTHS}test_one_queue_that_nobody_can_read_costs_the_others_nothing",
        "KeyError: 'unreadable'",
        _in_depths("except Exception as error:", "except AzureError as error:"),
    ),
    mutant(
        "a queue that refuses access makes the others fail",
        f"{_DEPTHS}test_a_queue_that_is_closed_costs_the_others_nothing",
        "KeyError: 'unreadable'",
        _in_depths("except Exception as error:", "except UnreadableMessage as error:"),
    ),
    mutant(
        "the SDK reads an unreadable message, and quotes it",
        "activities/test_telemetry.py::test_a_message_that_nobody_can_read_is_in_no_log_span_or_metric",
        "assert 'adele.vance@contoso.com' not in",
        _in_depths(", raw_response_hook=refuse_unreadable", ""),
    ),
    mutant(
        "the heartbeat doesn't name the queue",
        "end_to_end/test_unreadable.py::test_the_heartbeat_names_the_queue",
        "AssertionError: assert ''",
        _in_depths("            depths.unreadable.append(name)\n", ""),
    ),
    mutant(
        "the command removes without --yes",
        f"{_COMMAND}test_remove_needs_yes",
        "assert (0, False) == (2, True)",
        _in_tool("commands.py", "if remove and yes:", "if remove:"),
    ),
    mutant(
        "a removed message isn't saved to a file",
        f"{_COMMAND}test_nothing_is_deleted_that_cannot_be_kept",
        "AssertionError: assert 0 == 1",
        _in_tool("unreadable.py", "    file = _save(message, queue.name, folder)\n", "    file = folder\n"),
    ),
    mutant(
        "readable messages stay hidden",
        f"{_COMMAND}test_other_messages_are_put_back_at_once",
        "AssertionError: assert",
        _in_tool("raw.py", "visibility_timeout=0", "visibility_timeout=HIDDEN_SECONDS"),
    ),
    mutant(
        "readable messages are received again and again",
        f"{_COMMAND}test_other_messages_are_put_back_at_once",
        "assert {",
        _in_tool("raw.py", "min(PAGE, max(0, total - len(seen)))", "PAGE"),
    ),
    mutant(
        "one message condemns its neighbours",
        f"{_COMMAND}test_only_the_message_itself_is_judged",
        "AssertionError: assert [('0', False)",
        _in_tool("raw.py", "[RawMessage.of(xml) for xml in", "[RawMessage.of(answer) for xml in"),
    ),
    mutant(
        "the local host's listener lives on",
        f"{_HOST}test_the_listener_dies_and_another_takes_its_place",
        "TimeoutError",
        Edit(
            "../tools/develop/host/listener.py",
            "            raise ListenerDiedError(",
            "            return batch\n            raise ListenerDiedError(",
        ),
    ),
)
