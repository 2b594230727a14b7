"""Runs, the store of results: a folder each, manifest.json and Parquet tables, renamed into place."""

from ytterby.runs.store import Run, describe, find, query, read, read_manifest, table_hash, versions, write

__all__ = ["Run", "describe", "find", "query", "read", "read_manifest", "table_hash", "versions", "write"]
