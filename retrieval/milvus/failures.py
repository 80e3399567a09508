"""What a failed call to Milvus means for its caller."""

from __future__ import annotations

import logging

import grpc
from pymilvus import MilvusException

from retrieval.errors import RejectedError, UnavailableError

SERVICE = "Milvus"
FAILURES = (MilvusException, grpc.RpcError, grpc.FutureTimeoutError, TimeoutError)
"""What pymilvus raises."""
_INVALID_PARAMETER = 1100

# Everything pymilvus logs is also raised, and reported by whoever catches it.
logging.getLogger("pymilvus").propagate = False
for _handler in logging.getLogger("pymilvus").handlers:
    _handler.setLevel(logging.CRITICAL)


def consequence(error: Exception) -> RejectedError | UnavailableError:
    """What the caller of a failed call should do."""
    if isinstance(error, MilvusException):
        if error.code == _INVALID_PARAMETER:
            return RejectedError(f"{SERVICE} refuses this: {error.message}")
        return UnavailableError(SERVICE, f"{SERVICE}: {error.message}")
    reason = error.details() if isinstance(error, grpc.Call) else type(error).__name__
    return UnavailableError(SERVICE, f"{SERVICE} does not answer: {reason}")
