"""Rules of putting back: where a message goes that can't be handled now, and when a retry is still a redrive."""

from tests.traces.mutants.mutant import DIFFERENT, Edit, mutant

_SENT_BACK = "test_sent_back.py::"
_REDRIVES = "test_redrives.py::"
_PUT_BACK = "activities/storage/test_delivery.py::test_what_was_put_back_stays_that_if_it_has_not_begun"
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
        "sent back: a large event whose body can't be written is dropped",
        f"{_NOT_LOST}[a throttled event]",
        _LOST,
        _in_guard(f"await {_SEND_BACK}, retry.after)", "pass"),
    ),
    mutant(
        "sent back: a large event is dropped while there's no ledger",
        f"{_NOT_LOST}[an event without a ledger]",
        _LOST,
        _in_guard(f"await {_SEND_BACK}, retry.after)", "pass"),
    ),
    mutant(
        "sent back: a large message whose letter can't be written is an error",
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
        "sent back: anybody's control message is believed",
        f"{_NOT_BELIEVED}[a control message]",
        DIFFERENT,
        _in_guard(_SEND_BACK, "self.delivery.put_back(message.body"),
    ),
    mutant(
        "sent back: anybody's envelope is believed",
        f"{_NOT_BELIEVED}[an envelope]",
        DIFFERENT,
        _in_delivery(
            "await self._events.send_message(body.decode(), visib",
            "await self._retries.send_message(body.decode(), visib",
        ),
    ),
    mutant(
        "redrive: a redrive that meets a lease isn't one any more",
        f"{_REDRIVES}test_a_redrive_that_meets_a_lease_is_still_one_afterwards",
        DIFFERENT,
        _in_delivery("_NOT_BEGUN = (RetryReason.LEASED, ", "_NOT_BEGUN = ("),
    ),
    mutant(
        "redrive: a redrive that meets another writer isn't one any more",
        f"{_PUT_BACK}[contended]",
        "AssertionError: assert ['put back'] == []",
        _in_delivery("RetryReason.CONTENDED, RetryReason.UNEXPECTED)", "RetryReason.UNEXPECTED)"),
    ),
    mutant(
        "redrive: each of its retries is a redrive",
        f"{_REDRIVES}test_a_redrive_that_fails_again_and_again_is_given_up_again",
        "AssertionError: it was never given up",
        _in_delivery("message.redriven and retry.reason in _NOT_BEGUN", "message.redriven"),
    ),
    mutant(
        "redrive: any message that meets a lease is a redrive",
        f"{_PUT_BACK}[leased]",
        "AssertionError: assert ['put back'] == ['put back', 'published']",
        _in_delivery("message.redriven and retry.reason in _NOT_BEGUN", "retry.reason in _NOT_BEGUN"),
    ),
)
