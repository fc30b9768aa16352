"""Redrives or purges many letters, shows the progress, and sums up."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from azure.core.exceptions import AzureError

from activities.domain.errors import NewerVersion
from activities.storage.letters import LetterFacts, NotALetter
from tools.operate import screen
from tools.operate.dead_letters import show
from tools.operate.dead_letters.letters import ChangedMeanwhile
from tools.operate.each import each
from tools.operate.troubles import Exit, Trouble, refused, trouble_of

_LEFT_ALONE = (NotALetter, ChangedMeanwhile)


async def act(
    letters: Sequence[LetterFacts],
    on_each: Callable[[LetterFacts], Awaitable[None]],
    verb: str,
    needs: str,
    *,
    as_json: bool,
) -> int:
    """Act on all letters, and return the exit code.

    If a blob isn't a letter or has changed since it was listed, it's left alone, and that isn't a failure. Once storage
    says that the operator isn't allowed to do this, nothing more is tried.
    """
    refusals: list[AzureError] = []

    async def unless_refused(letter: LetterFacts) -> None:
        if refusals:
            raise refusals[0]
        try:
            await on_each(letter)
        except AzureError as error:
            if refused(error):
                refusals.append(error)
            raise

    with screen.progress() as progress:
        task = progress.add_task(verb, total=len(letters))
        results = await each(
            letters, unless_refused, lambda: progress.advance(task), expected=(AzureError, NewerVersion, *_LEFT_ALONE)
        )
    done = Counter(letter.reason for letter, error in results if error is None)
    failures = [trouble for _, error in results if (trouble := _trouble(error, needs)) is not None]
    left_alone = Counter(str(error.__doc__) for _, error in results if isinstance(error, _LEFT_ALONE))
    _sum_up(done, failures, left_alone, verb, as_json=as_json)
    return max((trouble.code for trouble in failures), default=Exit.GOOD)


def _trouble(error: Exception | None, needs: str) -> Trouble | None:
    if isinstance(error, NewerVersion):
        return Trouble(show.NEWER)
    return trouble_of(error, needs) if isinstance(error, AzureError) else None


def _sum_up(
    done: Counter[str], failures: Sequence[Trouble], left_alone: Counter[str], verb: str, *, as_json: bool
) -> None:
    if as_json:
        counts = {verb: done.total(), "failed": len(failures), "leftAlone": left_alone.total()}
        screen.line(screen.as_json(counts | {"reasons": dict(done)}))
    else:
        for reason, count in done.most_common():
            screen.line(f"{count:6}  {reason}")
        screen.line(f"{done.total():6}  {verb}, {len(failures)} failed", style="bold")
    for why, count in left_alone.most_common():
        screen.note(f"{count:6}  left alone: {why}", indent=8)
    for why, count in Counter(map(str, failures)).most_common():
        screen.error(f"{count:6}  {why}", indent=8)
