"""Rules of what is put back: where a message goes that cannot be handled now, and what a retry says of an operator."""

from tests.traces.mutants.mutant import DIFFERENT, Edit, mutant

_SENT_BACK = "test_sent_back.py::"
_NOT_LOST = f"{_SENT_BACK}test_a_large_event_is_not_lost_while_its_body_cannot_be_written"
_NO_LETTER = f"{_SENT_BACK}test_a_large_message_is_not_lost_while_its_letter_cannot_be_written"
_NOT_BELIEVED = f"{_SENT_BACK}test_what_is_sent_back_is_not_believed"
_LOST = "AssertionError: the message is lost"
_SEND_BACK = "self.delivery.send_back(message.body"


def _in_guard(old: str, new: str) -> Edit:
    return Edit("guard.py", old, new)


def _in_delivery(old: str, new: str) -> Edit:
    return Edit("storage/delivery.py", old, new)


DELIVERY = (
    mutant(
        "sent back: a large event whose body cannot be written is dropped",
        f"{_NOT_LOST}[a throttled event]",
        _LOST,
        _in_guard(f"await {_SEND_BACK}, retry.after)", "pass"),
    ),
    mutant(
        "sent back: a large event for which there is no ledger is dropped",
        f"{_NOT_LOST}[an event without a ledger]",
        _LOST,
        _in_guard(f"await {_SEND_BACK}, retry.after)", "pass"),
    ),
    mutant(
        "sent back: a large message without a letter is an error",
        _NO_LETTER,
        "activities.domain.errors.Unhandled: StorageFault at storage/faults.py",
        _in_guard(f"await {_SEND_BACK}, retry.after)", "raise"),
    ),
    mutant(
        "sent back: a large message comes back at once",
        _NO_LETTER,
        "AssertionError: it comes back at once",
        _in_guard(f"{_SEND_BACK}, retry.after)", f"{_SEND_BACK}, 0.0)"),
    ),
    mutant(
        "sent back: a control message of anybody is believed",
        f"{_NOT_BELIEVED}[a control message]",
        DIFFERENT,
        _in_guard(_SEND_BACK, "self.delivery.put_back(message.body"),
    ),
    mutant(
        "sent back: an envelope of anybody is believed",
        f"{_NOT_BELIEVED}[an envelope]",
        DIFFERENT,
        _in_delivery(
            "await self._events.send_message(body.decode(), visib",
            "await self._retries.send_message(body.decode(), visib",
        ),
    ),
)
