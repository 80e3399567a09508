"""Why the service does not do what a caller asks; `app.errors` gives each its HTTP status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from retrieval.errors import FreshetError, RejectedError


class UnauthenticatedError(FreshetError):
    """There is no valid token."""


class ForbiddenError(FreshetError):
    """The caller is known and may not do this."""


class NotFoundError(FreshetError):
    """It does not exist, or the caller may not know that it does."""


class ConflictError(FreshetError):
    """What is there does not allow it."""


class TooLargeError(FreshetError):
    """The body is larger than the route takes."""


class InvalidItemsError(RejectedError):
    """Several parts of one request are wrong; `items` holds a pointer and a sentence for each."""

    def __init__(self, message: str, items: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.items = list(items)
