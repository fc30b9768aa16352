"""`lms-sync webhook`: signs files and sends them as the LMS would, so you see what the LMS would get back.

The senders come from the environment variable `WEBHOOKS`, and their secrets from `WEBHOOK_SECRET_<NAME>`. If `WEBHOOKS`
isn't set, both come from the local stack that `make start` runs.
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

app = typer.Typer(help="Send webhooks as the LMS would.", no_args_is_help=True)

# While `make start` runs, this file has its address, the senders that it knows, and their secrets.
LOCAL_WEBHOOKS = Path(".local/webhooks.json")
_URL = "url"


@app.callback()
def _group() -> None:
    """Make this a group although it has only one command."""


@command(app)
async def send(  # noqa: PLR0913  the options
    output: Output,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="The files to send, one request each."),
    ],
    sender: Annotated[str, typer.Option(metavar="NAME", help="The sender's name in WEBHOOKS.")],
    *,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="https://<app>.azurewebsites.net (default: the local stack).")
    ] = None,
    private_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="For the scheme jwt: the private key to sign with (PEM)."
        ),
    ] = None,
    kid: Annotated[str, typer.Option(help="For the scheme jwt: the id of that key.")] = "",
) -> int:
    """Sign files and send them as the LMS would.

    Reads WEBHOOKS and WEBHOOK_SECRET_<NAME> from the environment, and doesn't need any role in Azure.
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
                f"{address} doesn't answer ({type(error).__name__}): check the address, the network, and whether "
                "the app is running"
            ) from error
        _show(file, answer, as_json=output.json)
        refused += not answer.taken
    return Exit.FINDINGS if refused else Exit.GOOD


def _settings() -> Mapping[str, str]:
    """Return the environment, or the local stack's settings."""
    if SETTING not in os.environ and LOCAL_WEBHOOKS.is_file():
        return {str(name): str(value) for name, value in json.loads(LOCAL_WEBHOOKS.read_text("utf-8")).items()}
    return os.environ


def _show(file: Path, answer: Answer, *, as_json: bool) -> None:
    if as_json:
        screen.line(screen.as_json({"file": str(file), "status": answer.status, "answer": answer.text}))
        return
    said, style = f"{answer.status}  {file}  {answer.text}", "green" if answer.taken else "red"
    screen.folded(said, indent=5, style=style)
