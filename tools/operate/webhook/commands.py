"""`lms-sync webhook`: signs files and sends them as the LMS would, so that you see what the LMS would get back.

The configuration is that in the environment variable `WEBHOOKS`, the secret that in `WEBHOOK_SECRET_<NAME>`; without
them, those of the local stack that `make start` runs.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from activities.webhooks.senders import SETTING
from tools.operate import screen
from tools.operate.command import Output, command
from tools.operate.troubles import Exit, NotReachable, WrongUsage
from tools.operate.webhook.sending import Answer, Sending

app = typer.Typer(help="Webhooks, as the LMS sends them.", no_args_is_help=True)

# While it runs, `make start` keeps its address, the senders that it knows and their secrets in this file.
LOCAL_WEBHOOKS = Path(".local/webhooks.json")
_URL = "url"


@app.callback()
def _group() -> None:
    """Make this a group, although it has one command."""


@command(app)
async def send(  # noqa: PLR0913  the options
    output: Output,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="What to send, each in a request."),
    ],
    sender: Annotated[str, typer.Option(metavar="NAME", help="The sender in WEBHOOKS.")],
    *,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="https://<app>.azurewebsites.net (otherwise: the local stack).")
    ] = None,
    private_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="For the scheme jwt: the key to sign with, PEM."
        ),
    ] = None,
    kid: Annotated[str, typer.Option(help="For the scheme jwt: the name of that key.")] = "",
) -> int:
    """Sign files and send them as the LMS would.

    Reads WEBHOOKS and WEBHOOK_SECRET_<NAME> in the environment, and needs no right in Azure.
    """
    settings = _settings()
    address = url or settings.get(_URL)
    if not address:
        raise WrongUsage("where to? give --url, or run `make start` in another terminal")
    key = None if private_key is None else private_key.read_text("utf-8")
    sending, refused = Sending(address, settings, key, kid), 0
    for file in files:
        try:
            answer = await sending.send(sender, file.read_bytes())
        except ValueError as error:
            raise WrongUsage(str(error)) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotReachable(
                f"{address} does not answer ({type(error).__name__}): check the address, the network, and whether the "
                "app runs"
            ) from error
        _show(file, answer, as_json=output.json)
        refused += not answer.taken
    return Exit.FINDINGS if refused else Exit.GOOD


def _settings() -> Mapping[str, str]:
    """The environment, or what the local stack is set to."""
    if SETTING not in os.environ and LOCAL_WEBHOOKS.is_file():
        return {str(name): str(value) for name, value in json.loads(LOCAL_WEBHOOKS.read_text("utf-8")).items()}
    return os.environ


def _show(file: Path, answer: Answer, *, as_json: bool) -> None:
    if as_json:
        screen.line(screen.as_json({"file": str(file), "status": answer.status, "answer": answer.text}))
        return
    said, style = f"{answer.status}  {file}  {answer.text}", "green" if answer.taken else "red"
    screen.folded(said, indent=5, style=style)
