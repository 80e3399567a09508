"""Text that only this service can read again: JWE with a key made from SECRET_KEY."""

from __future__ import annotations

import hashlib

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey


def seal(secret: str, purpose: str, text: str) -> str:
    """`text` encrypted (AES-256-GCM) for one `purpose`."""
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, text.encode(), _key(secret, purpose))


def unseal(secret: str, purpose: str, sealed: str) -> str | None:
    """The text; None where it was not sealed by this SECRET_KEY for this purpose."""
    try:
        found = jwe.decrypt_compact(sealed, _key(secret, purpose)).plaintext
    except (JoseError, ValueError):
        return None
    return found.decode() if found is not None else None


def _key(secret: str, purpose: str) -> OctKey:
    return OctKey.import_key(hashlib.sha256(f"freshet {purpose}\0{secret}".encode()).digest())
