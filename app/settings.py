"""Every setting, read once in the composition roots; nothing else in the code reads the environment."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_GENERATED = {"secret_key": 32, "postgres_password": 32, "valkey_password": 32, "admin_password": 12}
"""Secrets that are made at first start, with the number of random bytes."""

_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 (what a person may have set)


LOOPBACK = "127.0.0.1"
"""Where embedded parts listen, whatever HOST says: several of them ask for no password."""


class Settings(BaseSettings):
    """Names people know, from the environment or `.env`; an address that is unset means the embedded part.

    A secret `X` may come from the file that `X_FILE` names.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    freshet_home: Path = Field(default=Path("./.freshet"), description="where state, logs and secrets live")
    host: str = Field(
        default="127.0.0.1", description="address that the API binds to; embedded parts stay on 127.0.0.1"
    )
    port: int = Field(default=8000, description="port of the API")

    database_url: SecretStr | None = Field(default=None, description="postgresql://user:password@host:port/db")
    redis_url: SecretStr | None = Field(default=None, description="redis://[:password@]host:port/0")
    milvus_uri: str | None = Field(default=None, description="http://host:19530")
    milvus_token: SecretStr | None = Field(default=None, description="user:password of Milvus")
    kafka_bootstrap_servers: str | None = Field(default=None, description="host:9092,…")
    connect_url: str | None = Field(default=None, description="Kafka Connect's REST address")
    flink_rest_url: str | None = Field(default=None, description="the Flink session cluster's REST address")
    embeddings_base_url: str | None = Field(default=None, description="an OpenAI-compatible address ending in /v1")
    embeddings_api_key: SecretStr | None = Field(default=None, description="key for it, where it wants one")
    embeddings_model: str = Field(default="multilingual-e5-small", description="name of the embedding model")
    embeddings_dimensions: int = Field(default=384, description="length of its vectors")
    embeddings_query_prefix: str = Field(default="query: ", description="put before a question")
    embeddings_document_prefix: str = Field(default="passage: ", description="put before a passage")
    openai_api_base_url: str | None = Field(
        default=None,
        description="vLLM or any compatible engine, ending in /v1; several replicas by commas; none: quotes",
    )
    openai_api_key: SecretStr | None = Field(default=None, description="key for it, where it wants one")
    llm_model: str = Field(default="", description="name of the language model; unset: the first that the engine lists")
    standalone_question: Literal["rules", "model"] = Field(
        default="rules", description="what makes a follow-up a question that stands alone: rules, or the language model"
    )
    llm_lora: str = Field(default="", description="name of a LoRA adapter that the engine has loaded")
    prompt_tokens: int = Field(default=6000, description="largest prompt")
    answer_tokens: int = Field(default=512, description="longest answer")
    storage_url: str | None = Field(
        default=None, description="where originals are kept: file:///… or s3://bucket/prefix"
    )
    secret_key: SecretStr | None = Field(
        default=None, description="signs bearer tokens; made at first start when unset"
    )
    admin_password: SecretStr | None = Field(
        default=None, description="of the first administrator, `admin`; made at first start when unset"
    )
    public_url: str = Field(default="", description="where browsers reach the service: https://answers.example.com")
    session_hours: float = Field(default=12.0, gt=0, le=24 * 365, description="how long one stays signed in")
    rate_limit_per_minute: int = Field(
        default=1200, ge=0, description="chat requests per caller and minute, others in proportion; 0: no limit"
    )

    oidc_issuer: str = Field(
        default="", description="an OpenID Connect provider to sign in with: https://login.example"
    )
    oidc_client_id: str = Field(default="", description="who Freshet is to it")
    oidc_client_secret: SecretStr | None = Field(default=None, description="and its secret; none for a public client")
    oidc_name: str = Field(default="sso", pattern=r"^[a-z0-9][a-z0-9-]{0,30}$", description="in addresses")
    oidc_label: str = Field(default="Single sign-on", description="what people read on the button")
    oidc_scopes: str = Field(default="openid profile email", description="what is asked for")
    oidc_groups_claim: str = Field(default="groups", description="the claim that holds groups")
    oidc_roles: dict[str, list[str]] = Field(
        default={}, description='what groups of the provider mean here: {"kb-editors": ["editor"]}'
    )

    postgres_port: int = Field(default=15432, description="port of the embedded PostgreSQL")
    valkey_port: int = Field(default=16379, description="port of the embedded Valkey")
    kafka_port: int = Field(default=19092, description="port of the embedded Kafka (its controller takes the next one)")
    connect_port: int = Field(default=18083, description="port of the embedded Kafka Connect")
    flink_port: int = Field(default=18081, description="REST port of the embedded Flink")
    flink_rpc_port: int = Field(default=16123, description="RPC port of the embedded Flink")
    milvus_port: int = Field(default=19530, description="port of the embedded Milvus Lite")
    embeddings_port: int = Field(default=18080, description="port of the embedding server")

    knowledge_partitions: int = Field(default=4, description="partitions of the topic `knowledge`")
    indexing_parallelism: int = Field(default=1, description="parallel indexing tasks; at most the partitions")
    max_file_size_mb: int = Field(default=100, description="largest upload")
    timezone: str = Field(default="UTC", description="where the customers are, for opening hours: Europe/Berlin")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    otel_exporter_otlp_endpoint: str | None = Field(default=None, description="where traces go; none when unset")

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name, field in cls.model_fields.items():
            path = os.environ.get(f"{name}_FILE".upper())
            if path and "SecretStr" in str(field.annotation) and not values.get(name):
                values[name] = Path(path).read_text(encoding="utf-8").strip()
        return values


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process, with every unset address replaced by the embedded part's own."""
    given = Settings(**overrides)
    home = given.freshet_home.resolve()
    generated = _generated_secrets(home)
    host = LOOPBACK
    password = generated["postgres_password"]
    embedded: dict[str, Any] = {
        "database_url": f"postgresql://freshet:{password}@{host}:{given.postgres_port}/freshet",
        "redis_url": f"redis://:{generated['valkey_password']}@{host}:{given.valkey_port}/0",
        "milvus_uri": f"http://{host}:{given.milvus_port}",
        "kafka_bootstrap_servers": f"{host}:{given.kafka_port}",
        "connect_url": f"http://{host}:{given.connect_port}",
        "flink_rest_url": f"http://{host}:{given.flink_port}",
        "embeddings_base_url": f"http://{host}:{given.embeddings_port}/v1",
        "storage_url": f"file://{home}/originals",
        "secret_key": generated["secret_key"],
        "admin_password": generated["admin_password"],
    }
    unset = {name: value for name, value in embedded.items() if getattr(given, name) is None}
    return Settings(**{**given.model_dump(), **unset, "freshet_home": home})


def embedded_parts(**overrides: Any) -> frozenset[str]:
    """Names of the settings whose address nobody gave: those parts run on this machine."""
    given = Settings(**overrides)
    addresses = (
        "database_url",
        "redis_url",
        "milvus_uri",
        "kafka_bootstrap_servers",
        "connect_url",
        "flink_rest_url",
        "embeddings_base_url",
    )
    return frozenset(name for name in addresses if getattr(given, name) is None)


def _generated_secrets(home: Path) -> dict[str, str]:
    """Secrets of this home, each made once, readable by the owner alone."""
    path = home / "secrets.json"
    known = _read_secrets(path)
    if not set(_GENERATED) <= known.keys():
        home.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(home / ".secrets.lock", os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two processes at a first start agree
            known = {**{name: secrets.token_urlsafe(size) for name, size in _GENERATED.items()}, **_read_secrets(path)}
            draft = path.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(known, file)
            draft.replace(path)
    return known


def _read_secrets(path: Path) -> dict[str, str]:
    try:
        loaded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return loaded


def api_url(settings: Settings) -> str:
    """Where the API of these settings is reached from this machine."""
    return f"http://{LOOPBACK if settings.host in _EVERYWHERE else settings.host}:{settings.port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens at `host`."""
    return host in {LOOPBACK, "localhost", "::1"}


def cache_folder() -> Path:
    """Where things live that every checkout of this user shares: jars, the converted model, class archives."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "freshet"


def child_environment(**extra: str) -> dict[str, str]:
    """The environment of a child process: this process's own, and what is given."""
    return {**os.environ, **extra}


def contract_environment() -> dict[str, str]:
    """What `${NAME}` in a source contract may stand for: the environment and `.env`, without Freshet's own settings."""
    from dotenv import dotenv_values

    own = {name.upper() for name in Settings.model_fields}
    known = {**dotenv_values(".env"), **os.environ}
    return {
        name: value
        for name, value in known.items()
        if value is not None and name.upper() not in own and name.upper().removesuffix("_FILE") not in own
    }
