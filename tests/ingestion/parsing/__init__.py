"""Tests of ingestion.parsing."""
