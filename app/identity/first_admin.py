"""The first administrator: `admin` in the tenant `default`, made when nobody there can administer."""

from __future__ import annotations

from pydantic import SecretStr
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from app.callers import ADMIN, DEFAULT_TENANT, EMPLOYEE
from app.identity.audit import append
from app.identity.passwords import Passwords, hash_now
from app.identity.users import User, add_user, administrators, get_user, lock_people
from app.settings import Settings
from ingestion.database import sync_url
from retrieval.errors import RejectedError, UnavailableError

NAME = "admin"


def ensure_first_admin(settings: Settings) -> bool:
    """Make the account with ADMIN_PASSWORD (of the settings, or generated); whether it was made just now.

    Raises:
        RejectedError: the password is too short or too long.
        UnavailableError: PostgreSQL does not answer.
    """
    password, secret = _reveal(settings.admin_password), _reveal(settings.secret_key)
    engine = create_engine(sync_url(_reveal(settings.database_url)))
    try:
        with engine.begin() as connection:
            lock_people(connection, DEFAULT_TENANT)
            if administrators(connection, DEFAULT_TENANT) or get_user(connection, DEFAULT_TENANT, NAME):
                return False
            try:
                hashed = hash_now(password)
            except RejectedError as error:
                raise RejectedError(f"ADMIN_PASSWORD: {error.message}") from None
            roles = (ADMIN, EMPLOYEE)
            add_user(connection, User(DEFAULT_TENANT, NAME, "Administrator", roles=roles, password_hash=hashed))
            said = ("user.added", f"user:{NAME}", {"roles": roles})
            append(connection, secret, DEFAULT_TENANT, "freshet", said)
            return True
    except OperationalError as error:
        raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {error.orig}") from None
    finally:
        engine.dispose()


def admin_sign_in(settings: Settings) -> str:
    """How the first administrator signs in, in half a sentence: the password only where it is still the one."""
    password = _reveal(settings.admin_password)
    engine = create_engine(sync_url(_reveal(settings.database_url)), connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            user = get_user(connection, DEFAULT_TENANT, NAME)
    except OperationalError:
        return f"as {NAME}, password {password}"
    finally:
        engine.dispose()
    if user is None or not user.active:
        return "with an account of yours"
    if not Passwords().verify_now(user.password_hash, password):
        return f"as {NAME}, with the password you gave it"
    return f"as {NAME}, password {password}"


def _reveal(secret: SecretStr | None) -> str:
    assert secret is not None, "load_settings fills every address and secret"
    return secret.get_secret_value()
