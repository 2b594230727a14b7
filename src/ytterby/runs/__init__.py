"""Runs: the store of results. A run is a folder: manifest.json and Parquet tables, renamed into place when
complete."""

from ytterby.runs.store import Run, describe, find, query, read, read_manifest, table_hash, versions, write

__all__ = ["Run", "describe", "find", "query", "read", "read_manifest", "table_hash", "versions", "write"]
