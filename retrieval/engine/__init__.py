"""A language model behind an OpenAI-compatible API (vLLM, or any other): streams, replicas, time-outs, counting."""

from retrieval.engine.model import EngineSettings, VllmModel, base_urls

__all__ = ["EngineSettings", "VllmModel", "base_urls"]
