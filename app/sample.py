"""The sample enterprise: an invented maker of espresso machines, loaded into a running Freshet as an owner would.

Databases are made with SQL, contracts and documents go over HTTP. Loading again changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from pydantic import SecretStr

from app.callers import ADMIN, DEFAULT_TENANT, make_caller, mint_token
from app.indexing import make_engine
from app.sample_database import PASSWORD, create_databases, host_and_port, reset_rows
from app.sample_people import add_people
from app.settings import Settings
from app.widget.sample_site import add_sample_site
from retrieval.errors import RejectedError, UnavailableError

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SOURCES = ("erp", "crm", "machines", "shop_log")
SAMPLE_QUESTIONS: Mapping[str, tuple[str, str, str]] = {
    "en": (
        "The display shows E14 and no coffee comes out. What can I do?",
        "Which portafilter fits the Piccola, and what does it cost?",
        "How long is the warranty of the Aurora Duo, and what is not covered?",
    ),
    "zh": (
        "除垢中断后显示 E22，怎么继续？",
        "金牌服务合同的响应时间是多少？",
        "七天无理由退货，已经通水的机器怎么收费？",
    ),
}
"""Questions that the sample answers, to be shown after the start; by language."""

_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class SampleDocument:
    """A file of the sample with who may read it; `title` is "" where the file has one of its own."""

    file: str
    readers: tuple[str, ...]
    language: str
    title: str = ""


def load_sample(settings: Settings) -> str:
    """Create the databases, copy the logs, apply the contracts, upload the documents; a sentence about it.

    Raises:
        UnavailableError: PostgreSQL or the API does not answer.
        RejectedError: one of them refuses.
    """
    filled = create_databases(_reveal(settings.database_url), SAMPLES)
    copy_logs(settings.freshet_home)
    with open_client(settings) as client:
        apply_contracts(client, settings)
        add_people(lambda method, path, body: send(client, method, path, json=body).json(), settings)
        changed = upload_documents(client, read_manifest())
    _add_site(settings)
    return f"{len(SOURCES)} sources, {changed} documents uploaded" + (" (databases created)" if filled else "")


def _add_site(settings: Settings) -> None:
    """The site of the demo shop."""
    engine = make_engine(settings)
    try:
        add_sample_site(engine, settings)
    finally:
        engine.dispose()


def reset_sample(settings: Settings) -> str:
    """Put rows, contracts and documents of the sample back to their beginning; logs keep what was appended."""
    database_url = _reveal(settings.database_url)
    create_databases(database_url, SAMPLES)
    reset_rows(database_url, SAMPLES)
    copy_logs(settings.freshet_home)
    with open_client(settings) as client:
        apply_contracts(client, settings)
        changed = upload_documents(client, read_manifest(), attempt=uuid.uuid4().hex)
    return f"rows as at the beginning, {len(SOURCES)} sources, {changed} documents uploaded again"


def read_manifest() -> list[SampleDocument]:
    """The documents of `samples/documents.yaml`, in its order."""
    listed = yaml.safe_load((SAMPLES / "documents.yaml").read_text(encoding="utf-8"))
    return [
        SampleDocument(entry["file"], tuple(entry["readers"]), entry["language"], entry.get("title", ""))
        for entry in listed["documents"]
    ]


def sample_contract(name: str, settings: Settings) -> str:
    """The contract of one source with the addresses of this machine filled in."""
    text = (SAMPLES / "sources" / f"{name}.yaml").read_text(encoding="utf-8")
    known = {
        "SAMPLE_POSTGRES": host_and_port(_reveal(settings.database_url)),
        "SAMPLE_PASSWORD": PASSWORD,
        "SAMPLE_LOGS": str(log_folder(settings.freshet_home)),
    }
    for placeholder, value in known.items():
        text = text.replace(f"${{{placeholder}}}", value)
    return text


def log_folder(home: Path) -> Path:
    """Where the sample's machines and shop write their logs."""
    return home.resolve() / "sample-logs"


def copy_logs(home: Path) -> None:
    """Put the sample's logs under `home`; a log that is there already is left alone."""
    folder = log_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    for log in sorted((SAMPLES / "logs").iterdir()):
        if not (folder / log.name).exists():
            shutil.copyfile(log, folder / f".{log.name}")
            (folder / f".{log.name}").rename(folder / log.name)


def apply_contracts(client: httpx.Client, settings: Settings) -> None:
    """Declare every source of the sample."""
    for name in SOURCES:
        body = sample_contract(name, settings).encode()
        send(client, "PUT", f"/v1/sources/{name}", content=body, headers={"Content-Type": "application/yaml"})


def upload_documents(client: httpx.Client, documents: list[SampleDocument], attempt: str = "") -> int:
    """Upload each document; the number of those that were new or changed.

    With the same `attempt` a document that its owner deleted since does not come back.
    """
    changed = 0
    for document in documents:
        data = (SAMPLES / "documents" / document.file).read_bytes()
        name = Path(document.file).name
        fields: dict[str, Any] = {
            "readers": list(document.readers),
            "path": document.file,
            "metadata": json.dumps({"language": document.language}),
        }
        if document.title:
            fields["title"] = document.title
        answer = send(
            client,
            "POST",
            "/v1/documents",
            data=fields,
            files={"file": (name, data, mimetypes.guess_type(name)[0] or "application/octet-stream")},
            headers={"Idempotency-Key": _idempotency_key(document, data, attempt)},
        )
        changed += answer.status_code != httpx.codes.OK
    return changed


def _idempotency_key(document: SampleDocument, data: bytes, attempt: str) -> str:
    parts = [document.file, *document.readers, document.title, document.language, attempt]
    return "sample-" + hashlib.sha256("\n".join(parts).encode() + data).hexdigest()


def open_client(settings: Settings) -> httpx.Client:
    """A client of the running API that speaks as an administrator."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    token = mint_token(_reveal(settings.secret_key), make_caller(DEFAULT_TENANT, "sample", (), (ADMIN,)))
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"http://{host}:{settings.port}", headers=headers, timeout=_TIMEOUT_SECONDS)


def send(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    """The API's answer.

    Raises:
        UnavailableError: it does not answer, or something behind it is away.
        RejectedError: it refuses.
    """
    try:
        answer = client.request(method, path, **request)
    except httpx.TransportError as error:
        raise UnavailableError("the API", f"the API does not answer at {client.base_url}: {error}") from error
    if answer.is_server_error:
        raise UnavailableError("the API", f"{method} {path}: {_detail(answer)}")
    if answer.is_error:
        raise RejectedError(f"{method} {path}: {_detail(answer)}")
    return answer


def _detail(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    return str(problem.get("detail") or problem.get("title")) if isinstance(problem, dict) else str(problem)


def _reveal(secret: SecretStr | None) -> str:
    assert secret is not None, "load_settings fills every address and secret"
    return secret.get_secret_value()
