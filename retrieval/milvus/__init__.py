"""The vector store on Milvus Lite and on Milvus clusters, with one collection design for both.

Only the modules of this package import pymilvus.
"""

from retrieval.milvus.reader import MilvusReader
from retrieval.milvus.writer import MilvusWriter

__all__ = ["MilvusReader", "MilvusWriter"]
