"""`freshet run`: the embedded parts, the database at head, the service, the sample enterprise, in one go."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.local.part import LocalError, Node, Step, choose
from app.local.parts import FAMILIES, infrastructure, service_parts
from app.local.runner import Runner, sole_runner
from app.local.view import View
from app.settings import Settings, api_url

WELCOME = """
Freshet is ready: {url}

  API and its description   {url}/docs
  Sign in                   {url}  {admin}
{people}  Over HTTP                 TOKEN=$({freshet} token --user me --group employees --role admin)
                            curl -H "Authorization: Bearer $TOKEN" --json '{{"message": "Hello"}}' {url}/v1/chat

  The sample ERP            psql "{erp}"

Three questions to try:
{questions}

  How it is doing           {freshet} status
  Stop                      Ctrl-C here, or {freshet} stop
"""


@dataclass(frozen=True)
class Wish:
    """What the person asked for: parts (none means all), and whether the sample enterprise is loaded."""

    only: Sequence[str] = ()
    sample: bool = True


def product_nodes(settings: Settings) -> list[Node]:
    """Every part and step of the product, as settings ask for them."""

    async def migrate() -> str:
        from app.identity.first_admin import ensure_first_admin
        from migrations.upgrade import upgrade

        assert settings.database_url is not None
        await asyncio.to_thread(upgrade, settings.database_url.get_secret_value())
        made = await asyncio.to_thread(ensure_first_admin, settings)
        return "at head" + (", first administrator made" if made else "")

    return [
        *infrastructure(settings),
        Step("database", migrate, needs=("postgres",)),
        *service_parts(settings),
    ]


def sample_step(settings: Settings) -> Step:
    """Load the sample enterprise; quick when it is there already."""

    async def load() -> str:
        from app.sample import load_sample

        return str(await asyncio.to_thread(load_sample, settings))

    return Step("sample", load, needs=("api", "worker", "controller"))


def answerable_step(settings: Settings) -> Step:
    """Wait until everything of the sample can be asked about: "ready" means that questions are answered."""

    async def wait() -> str:
        from app.sample_progress import wait_for_sample

        return await asyncio.to_thread(wait_for_sample, settings)

    return Step("index", wait, needs=("sample",))


def run(settings: Settings, wish: Wish) -> None:
    """Run until a signal comes; raises LocalError when it cannot start."""
    nodes = product_nodes(settings)
    if wish.sample:
        nodes += [sample_step(settings), answerable_step(settings)]
    chosen = choose(nodes, wish.only, FAMILIES)
    with sole_runner(settings.freshet_home):
        _log_to(settings.freshet_home / "logs" / "runner.log")
        asyncio.run(_run(chosen, settings, welcome=not wish.only, sample=wish.sample))


async def _run(nodes: Sequence[Node], settings: Settings, *, welcome: bool, sample: bool) -> None:
    runner = Runner(nodes, settings.freshet_home)
    view = View(runner)
    asked_to_stop = _on_signals()
    following = asyncio.create_task(view.follow())
    try:
        starting = asyncio.create_task(runner.start())
        waiting = asyncio.create_task(asked_to_stop.wait())
        await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
        view.settle()
        if starting.done():
            starting.result()
            await asyncio.sleep(0.3)  # the view shows its last rows before the welcome
            _say(
                welcome_text(settings, sample=sample)
                if welcome
                else "Everything asked for is running; Ctrl-C stops it.\n"
            )
            await waiting
        else:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
    finally:
        view.settle()
        stopping = asyncio.create_task(runner.stop())
        await asyncio.wait({stopping})
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        stopping.result()
    _say("Everything is stopped.\n")


def welcome_text(settings: Settings, *, sample: bool = True) -> str:
    """Where things are, how to sign in, what to ask; `sample`: its accounts too."""
    from app.identity.first_admin import admin_sign_in
    from app.sample import SAMPLE_QUESTIONS
    from app.sample_database import sample_address
    from app.sample_people import people_text

    assert settings.database_url is not None
    freshet = _shortest(Path(sys.executable).with_name("freshet"))
    chosen = (*SAMPLE_QUESTIONS["en"][:2], SAMPLE_QUESTIONS["zh"][0])
    questions = "\n".join(f'  {freshet} ask "{question}" --group employees --group service' for question in chosen)
    return WELCOME.format(
        url=api_url(settings),
        freshet=freshet,
        questions=questions,
        admin=admin_sign_in(settings),
        people=people_text(settings) if sample else "",
        erp=sample_address(settings.database_url.get_secret_value(), "sample_erp"),
    )


def _shortest(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _on_signals() -> asyncio.Event:
    """An event that Ctrl-C, SIGTERM and a closed terminal set."""
    event = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    return event


def _log_to(path: Path) -> None:
    """The runner's own log goes to a file: the terminal belongs to the view."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=file),
    )


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def attempt(action: Callable[[], None]) -> int:
    """Run an action of the command line: 0, or 1 with its sentence on standard error."""
    try:
        action()
    except LocalError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0
