"""Finds instructions aimed at the assistant inside texts that should only inform: passages, file names, fields."""

from retrieval.injection.scorer import Span, find_injections, injection_score, message_injection_score

__all__ = ["Span", "find_injections", "injection_score", "message_injection_score"]
