"""The disk side: the SQLite index and the blob store."""
