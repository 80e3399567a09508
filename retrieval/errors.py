"""Errors named by what the caller should do about them. They pickle (Flink and Celery send them about)."""

from __future__ import annotations


class FreshetError(Exception):
    """The root: carries one sentence in the user's words."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RejectedError(FreshetError):
    """Never retry: the input itself is wrong. In a stream it becomes a dead letter with this reason."""


class RetryLaterError(FreshetError):
    """Try the same again after `retry_after_seconds`."""

    def __init__(self, message: str, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds

    def __reduce__(self) -> tuple[type[RetryLaterError], tuple[str, float]]:
        return type(self), (self.message, self.retry_after_seconds)


class UnavailableError(FreshetError):
    """A service this process needs does not answer; `service` names it."""

    def __init__(self, service: str, message: str = "") -> None:
        super().__init__(message or f"{service} does not answer")
        self.service = service

    def __reduce__(self) -> tuple[type[UnavailableError], tuple[str, str]]:
        return type(self), (self.service, self.message)
