"""The native Milvus Lite server over TCP: every process shares it by its address, as with a Milvus cluster."""

from __future__ import annotations

import asyncio

from app.local.packages import package_folder
from app.local.part import NotReadyError, Part, Port
from app.settings import LOOPBACK, Settings

DATABASE = "freshet.db"  # letters, digits, `.-_`, at most 36: milvus-lite's own limits


def describe(settings: Settings) -> Part:
    """The part `milvus`."""
    folder = settings.freshet_home / "data" / "milvus"
    address = f"{LOOPBACK}:{settings.milvus_port}"
    library = package_folder("milvus_lite", "milvus-lite") / "lib"
    return Part(
        name="milvus",
        command=(str(library / "milvus"), str(folder / DATABASE), address, "ERROR"),
        ready=lambda: asyncio.to_thread(_lists_collections, address),
        folder=folder,
        ports=(Port(settings.milvus_port, "milvus_port"),),
        environment={"LD_LIBRARY_PATH": str(library), "DYLD_LIBRARY_PATH": str(library)},
        grace_seconds=10.0,
        address=address,
        memory="as data needs",
    )


def _lists_collections(address: str) -> None:
    """Raises NotReadyError until the server lists its collections (an empty ShowCollectionsRequest)."""
    import grpc

    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary("/milvus.proto.milvus.MilvusService/ShowCollections")
        try:
            call(b"", timeout=5)
        except grpc.RpcError as error:
            message = f"{error.code().name.lower()}: {error.details()}"
            raise NotReadyError(message) from error
