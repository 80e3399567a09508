"""`freshet sources check`: everything that can be known of a contract without applying it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingestion.sources.columns import SourceTable
from ingestion.sources.connection import read_address
from ingestion.sources.contract import read_contract
from ingestion.sources.discover import discover
from ingestion.sources.environment import resolve
from ingestion.sources.flink_sql import preview_plan
from ingestion.sources.model import Contract, DatabaseOrigin, LogOrigin, TopicOrigin
from ingestion.sources.names import DEFAULT_TENANT, SourceNames
from ingestion.sources.plan import SampleTable
from ingestion.sources.samples import (
    matching_files,
    sample_lines,
    sample_records,
    sample_tables,
    sample_topic_lines,
)
from ingestion.sources.submission import Submitter
from retrieval.errors import RejectedError

_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Checked:
    """What a contract would make: the first documents by kind, and what is worth knowing (`notes`)."""

    source: str
    documents: Mapping[str, list[dict[str, Any]]]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a contract meets: values of `${NAME}`, Kafka, and folders whose files no log source may read."""

    environment: Mapping[str, str]
    bootstrap_servers: str
    private_folders: Sequence[Path] = ()


def check_contract(text: str, surroundings: Surroundings, submitter: Submitter, count: int) -> Checked:
    """Read the contract, ask its database, have Flink's planner take its queries and try them on sample rows.

    Raises:
        RejectedError: something is wrong with it; every sentence that is known at that point.
        UnavailableError: its database, or Kafka for a topic, does not answer.
    """
    contract = read_contract(text)
    tables, samples, notes = _samples(contract, surroundings)
    plan = preview_plan(contract, SourceNames(DEFAULT_TENANT, contract.source, 0), tables)
    found = submitter.preview(replace(plan, samples=tuple(samples)), count)
    empty = [kind for kind, documents in found.items() if not documents]
    said = [f"no document of kind '{kind}' comes of the first {_ROWS:,} rows of each table" for kind in empty]
    unread = [kind for kind, documents in found.items() if any(not one["readers"] for one in documents)]
    said += [f"some documents of kind '{kind}' have no readers: nobody would find them" for kind in unread]
    return Checked(contract.source, found, (*notes, *said))


def _samples(
    contract: Contract, surroundings: Surroundings
) -> tuple[tuple[SourceTable, ...], list[SampleTable], tuple[str, ...]]:
    origin = contract.origin
    if isinstance(origin, DatabaseOrigin):
        address = read_address(origin.connection, surroundings.environment)
        publication = SourceNames(DEFAULT_TENANT, contract.source, 0).publication
        found = discover(address, origin.tables, publication)
        if found.problems or found.missing:
            raise RejectedError("\n".join([*found.missing, *found.problems]))
        return found.tables, sample_tables(address, found.tables, _ROWS), found.notes
    if isinstance(origin, TopicOrigin):
        named = replace(origin, topic=resolve(origin.topic, surroundings.environment))
        return (), [sample_records(named, surroundings.bootstrap_servers, _ROWS)], ()
    return (), *_log_samples(origin, surroundings)


def _log_samples(origin: LogOrigin, surroundings: Surroundings) -> tuple[list[SampleTable], tuple[str, ...]]:
    if origin.topic:
        return [
            sample_topic_lines(
                origin, resolve(origin.topic, surroundings.environment), surroundings.bootstrap_servers, _ROWS
            )
        ], ()
    patterns = [resolve(pattern, surroundings.environment) for pattern in origin.files]
    files = [path for path in matching_files(patterns) if not _is_private(path, surroundings.private_folders)]
    notes = () if files else (f"no file matches {', '.join(patterns)} yet",)
    return [sample_lines(origin, files, _ROWS)], notes


def _is_private(path: str, folders: Sequence[Path]) -> bool:
    real = Path(path).resolve()
    return any(real.is_relative_to(folder.resolve()) for folder in folders)
