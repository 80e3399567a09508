from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from ingestion.sources.flink_api import FlinkApi, newest_checkpoint, root_cause
from ingestion.sources.jobs import JobKeeper, JobMemory, StateLostError
from retrieval.errors import UnavailableError


class Cluster:
    """A Flink cluster's REST interface: jobs as (id, name, state, started)."""

    def __init__(self, *jobs: tuple[str, str, str, int], checkpoint: str = "") -> None:
        self.jobs = list(jobs)
        self.checkpoint = checkpoint
        self.cancelled: list[str] = []
        self.api = FlinkApi("http://flink", transport=httpx.MockTransport(self.handle))

    def handle(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "PATCH":
            self.cancelled.append(path.rsplit("/", 1)[1])
            return httpx.Response(202, json={})
        if path == "/jobs/overview":
            names = ("jid", "name", "state", "start-time")
            return httpx.Response(200, json={"jobs": [dict(zip(names, job, strict=True)) for job in self.jobs]})
        completed = {"external_path": self.checkpoint} if self.checkpoint else None
        return httpx.Response(200, json={"latest": {"completed": completed}})


class Submissions:
    """Counts submissions and gives out ids."""

    def __init__(self) -> None:
        self.restored_from: list[str] = []

    def __call__(self, checkpoint: str) -> str:
        self.restored_from.append(checkpoint)
        return f"new{len(self.restored_from)}"


def chk(folder: Path, job: str, number: int, *, complete: bool = True) -> Path:
    place = folder / job / f"chk-{number}"
    place.mkdir(parents=True)
    if complete:
        (place / "_metadata").touch()
    return place


def test_a_job_that_runs_is_left_alone_and_its_checkpoint_noted() -> None:
    cluster, memory, submit = Cluster(("a", "job", "RUNNING", 1), checkpoint="s3://b/chk-7"), JobMemory(), Submissions()
    assert JobKeeper(cluster.api, None).ensure("job", memory, submit) == "RUNNING"
    assert (memory.ids, memory.checkpoint, submit.restored_from) == (["a"], "s3://b/chk-7", [])


def test_only_the_newest_of_several_goes_on() -> None:
    cluster = Cluster(("old", "job", "RUNNING", 1), ("new", "job", "RUNNING", 2), ("x", "other", "RUNNING", 3))
    memory = JobMemory()
    JobKeeper(cluster.api, None).ensure("job", memory, Submissions())
    assert cluster.cancelled == ["old"]
    assert memory.id == "new"


def test_a_new_job_starts_from_nothing() -> None:
    memory, submit = JobMemory(), Submissions()
    assert JobKeeper(Cluster().api, None).ensure("job", memory, submit) == "CREATED"
    assert (submit.restored_from, memory.ids) == ([""], ["new1"])


def test_a_lost_job_comes_back_from_its_newest_complete_checkpoint(tmp_path: Path) -> None:
    chk(tmp_path, "a", 9)
    newest = chk(tmp_path, "a", 10)
    chk(tmp_path, "a", 11, complete=False)
    memory, submit = JobMemory(ids=["a"]), Submissions()
    JobKeeper(Cluster().api, tmp_path).ensure("job", memory, submit)
    assert submit.restored_from == [newest.as_uri()]


def test_a_job_killed_before_its_first_checkpoint_goes_back_to_the_one_before(tmp_path: Path) -> None:
    place = chk(tmp_path, "older", 3)
    assert newest_checkpoint(tmp_path, ["newer", "older"]) == place.as_uri()
    assert newest_checkpoint(tmp_path, []) == ""


def test_a_checkpoint_elsewhere_is_believed_and_one_here_must_exist(tmp_path: Path) -> None:
    for remembered, wanted in (("s3://b/chk-7", "s3://b/chk-7"), ((tmp_path / "chk-1").as_uri(), "")):
        submit = Submissions()
        JobKeeper(Cluster().api, tmp_path).ensure("job", JobMemory(ids=["a"], checkpoint=remembered), submit)
        assert submit.restored_from == [wanted]


def test_a_job_that_fails_when_restored_has_lost_its_state() -> None:
    memory = JobMemory(ids=["a"], restored_from="s3://b/chk-7")
    with pytest.raises(StateLostError):
        JobKeeper(Cluster(("a", "job", "FAILED", 1)).api, None).ensure("job", memory, Submissions())


def test_a_job_that_failed_later_is_restored_again() -> None:
    memory, submit = JobMemory(ids=["a"], checkpoint="s3://b/chk-9"), Submissions()
    JobKeeper(Cluster(("a", "job", "FAILED", 1)).api, None).ensure("job", memory, submit)
    assert submit.restored_from == ["s3://b/chk-9"]


def test_silence_of_the_cluster_is_said() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(UnavailableError, match="Flink does not answer"):
        FlinkApi("http://flink", transport=httpx.MockTransport(refuse)).jobs()


def test_the_root_of_a_java_trace() -> None:
    assert root_cause("a.B: outer\n\tat x\nCaused by: c.D: the real one\n\tat y\n\t... 3 more\n") == "the real one"
    assert root_cause("") == ""
