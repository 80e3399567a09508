"""Clients of any OpenAI-compatible `/v1/embeddings`: documents synchronously (the stream), questions asynchronously.

What is embedded for an answer is marked as urgent (`Priority`, RFC 9218), as somebody waits for it. Servers that do not
know the header take such requests as any other.
"""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import orjson
from numpy.typing import NDArray

from retrieval.errors import RejectedError, RetryLaterError, UnavailableError
from retrieval.store import Vectors

URGENT = {"Priority": "u=1"}
"""Headers of a request that somebody waits for."""
_SERVICE = "embedding server"
_PER_REQUEST = 64
_CHARACTERS_PER_REQUEST = 200_000
_DOCUMENTS_TIMEOUT = httpx.Timeout(120, connect=5)
_QUESTION_TIMEOUT = httpx.Timeout(10, connect=2)
_REMEMBERED = 20_000
"""Texts of answers whose vectors are kept: 30 MB with 384 dimensions."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How one model is asked, and how its answers are read."""

    model: str
    api_key: str
    prefix: str

    def headers(self) -> dict[str, str]:
        known = {"Content-Type": "application/json"}
        return {**known, "Authorization": f"Bearer {self.api_key}"} if self.api_key else known

    def body(self, texts: Sequence[str]) -> bytes:
        inputs = [self.prefix + text for text in texts]
        try:
            return orjson.dumps({"model": self.model, "input": inputs, "encoding_format": "base64"})
        except TypeError as error:
            raise RejectedError(f"a text cannot be sent to the {_SERVICE}: {error}") from None


class Embedder:
    """Embeds documents, one request after another; keeps its connection open. Not for an event loop."""

    def __init__(self, base_url: str, model: str, *, api_key: str = "", document_prefix: str = "") -> None:
        self._form = _Form(model, api_key, document_prefix)
        self._url = _embeddings_url(base_url)
        self._client = httpx.Client(headers=self._form.headers(), timeout=_DOCUMENTS_TIMEOUT, trust_env=False)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1 in the order of `texts`, shape (n, dimensions); (0, 0) for none.

        Raises:
            UnavailableError: the server does not answer.
            RetryLaterError: it has too much to do.
            RejectedError: it refuses these texts.
        """
        parts = [self._ask(part) for part in _requests(texts)]
        return np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)

    def _ask(self, texts: Sequence[str]) -> Vectors:
        try:
            response = self._client.post(self._url, content=self._form.body(texts))
        except httpx.TransportError as error:
            raise _unavailable(error) from None
        return _read(response, len(texts))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class TextEmbedder:
    """Embeds texts inside the event loop that first uses it; `urgent`: before those that nobody waits for."""

    def __init__(self, base_url: str, model: str, *, api_key: str = "", prefix: str = "", urgent: bool = False) -> None:
        self._form = _Form(model, api_key, prefix)
        self._url = _embeddings_url(base_url)
        self.model = model
        headers = {**self._form.headers(), **(URGENT if urgent else {})}
        self._client = httpx.AsyncClient(headers=headers, timeout=_QUESTION_TIMEOUT, trust_env=False)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors in the order of `texts`, shape (n, dimensions); errors as `Embedder.embed_documents`."""
        try:
            response = await self._client.post(self._url, content=self._form.body(texts))
        except httpx.TransportError as error:
            raise _unavailable(error) from None
        return _read(response, len(texts))

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()


class QuestionEmbedder:
    """Embeds what an answer needs, a few short texts at a time; remembers those of before.

    One turn asks for the same texts several times: to learn what is meant, to search, to weigh each sentence.
    """

    def __init__(self, base_url: str, model: str, *, api_key: str = "", query_prefix: str = "") -> None:
        self._texts = TextEmbedder(base_url, model, api_key=api_key, prefix=query_prefix, urgent=True)
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of a few texts in their order, shape (n, dimensions); errors as `Embedder.embed_documents`."""
        known = {text: self._vectors[text] for text in texts if text in self._vectors}
        if missing := [text for text in dict.fromkeys(texts) if text not in known]:
            known.update(zip(missing, await self._texts.embed(missing), strict=True))
        for text, vector in known.items():
            self._vectors[text] = vector
            self._vectors.move_to_end(text)
        while len(self._vectors) > _REMEMBERED:
            self._vectors.popitem(last=False)
        return np.stack([known[text] for text in texts])

    async def aclose(self) -> None:
        """Close the connection."""
        await self._texts.aclose()


def _embeddings_url(base_url: str) -> str:
    return f"{base_url.rstrip('/')}/embeddings"


def _requests(texts: Sequence[str]) -> list[Sequence[str]]:
    """`texts` cut into requests of a size that every server takes."""
    cut: list[Sequence[str]] = []
    start = characters = 0
    for at, text in enumerate(texts):
        if at > start and (at - start == _PER_REQUEST or characters + len(text) > _CHARACTERS_PER_REQUEST):
            cut.append(texts[start:at])
            start, characters = at, 0
        characters += len(text)
    if start < len(texts):
        cut.append(texts[start:])
    return cut


def _unavailable(error: httpx.TransportError) -> UnavailableError:
    return UnavailableError(_SERVICE, f"{_SERVICE} does not answer: {type(error).__name__} {error}".rstrip())


def _read(response: httpx.Response, expected: int) -> Vectors:
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        wait = response.headers.get("Retry-After", "")
        raise RetryLaterError(f"{_SERVICE} has too much to do", float(wait) if wait.isdigit() else 1.0)
    if response.status_code in {400, 413, 422}:
        raise RejectedError(f"{_SERVICE}: {_message(response)}")
    if response.status_code != httpx.codes.OK:
        raise UnavailableError(_SERVICE, f"{_SERVICE} answers {response.status_code}: {_message(response)}")
    try:
        data = sorted(orjson.loads(response.content)["data"], key=lambda one: one["index"])
        vectors = np.stack([_vector(one["embedding"]) for one in data])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise UnavailableError(_SERVICE, f"{_SERVICE} answers in another form: {error}") from None
    if len(vectors) != expected:
        raise UnavailableError(_SERVICE, f"{_SERVICE} gave {len(vectors)} vectors for {expected} texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised: Vectors = vectors / np.where(lengths == 0, 1, lengths)
    return normalised


def _vector(embedding: Any) -> NDArray[np.float32]:
    """One embedding, as base64 of little-endian floats or as a list of numbers."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4")
    return np.asarray(embedding, dtype=np.float32)


def _message(response: httpx.Response) -> str:
    try:
        body = orjson.loads(response.content)
        error = body.get("error", body)
        return str(error.get("message", error) if isinstance(error, dict) else error)[:300]
    except (ValueError, AttributeError):
        return response.text[:300]
