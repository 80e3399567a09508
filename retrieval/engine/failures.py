"""What a failed request to an engine means: ask again, ask another replica, or tell the caller."""

from __future__ import annotations

import httpx
import orjson

from retrieval.errors import FreshetError, RejectedError, RetryLaterError, UnavailableError

SERVICE = "language model"
_TOO_LONG = ("maximum context length", "context length", "too long", "max_model_len", "longer than the maximum")
_REFUSED = {400, 413, 422}
_MISCONFIGURED = {401, 403, 404, 405}
_MESSAGE_CHARACTERS = 300


class LostError(Exception):
    """One replica failed before or in the middle of an answer; another try may do better.

    `final` is what the caller is told when no try does. `at_fault` when the replica itself is broken or away (and not
    merely busy), which counts against it.
    """

    def __init__(self, final: FreshetError, *, at_fault: bool) -> None:
        super().__init__(final.message)
        self.final = final
        self.at_fault = at_fault


def lost_connection(error: httpx.HTTPError) -> LostError:
    """The replica cannot be reached, or broke off."""
    said = f"{SERVICE} does not answer: {type(error).__name__} {error}".rstrip()
    return LostError(UnavailableError(SERVICE, said), at_fault=True)


def too_slow(waited_for: str, seconds: float) -> LostError:
    """The replica said nothing for too long."""
    said = f"{SERVICE} gave no {waited_for} token within {seconds:.1f} s"
    return LostError(UnavailableError(SERVICE, said), at_fault=True)


def other_form(what: str) -> LostError:
    """The replica answers, but not as an OpenAI-compatible engine does."""
    return LostError(UnavailableError(SERVICE, f"{SERVICE} answers in another form: {what}"), at_fault=True)


def refusal(status: int, body: bytes, retry_after: str = "") -> FreshetError | LostError:
    """What an answer with an error status, or an error inside a stream, means."""
    said = _message(body)
    if status in _REFUSED:
        if any(words in said for words in _TOO_LONG):
            return RejectedError(f"the prompt is longer than the {SERVICE} reads: {said}")
        return RejectedError(f"{SERVICE}: {said}")
    if status in _MISCONFIGURED:
        return UnavailableError(SERVICE, f"{SERVICE} answers {status}: {said}")
    if status in {429, 503}:
        wait = float(retry_after) if retry_after.isdigit() else 1.0
        return LostError(RetryLaterError(f"{SERVICE} has too much to do", wait), at_fault=False)
    return LostError(UnavailableError(SERVICE, f"{SERVICE} answers {status}: {said}"), at_fault=True)


def _message(body: bytes) -> str:
    """What the engine says, in at most 300 characters; parts of the prompt that it repeats are cut with the rest."""
    try:
        found = orjson.loads(body)
        error = found.get("error", found)
        said = error.get("message", error) if isinstance(error, dict) else error
    except (orjson.JSONDecodeError, AttributeError):
        said = body[: 4 * _MESSAGE_CHARACTERS].decode("utf-8", "replace")
    return " ".join(str(said)[:_MESSAGE_CHARACTERS].split())
