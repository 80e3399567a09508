"""From files to Markdown, one file per format.

`ingestion.parsing.dispatch.parse` works in this process; `ingestion.parsing.sandbox.parse_isolated` in a
process of its own with limits. Formats and libraries are imported when a file needs them.
"""
