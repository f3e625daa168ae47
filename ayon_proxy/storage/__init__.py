"""The disk side: the index in SQLite, bodies as files by digest, the directory both live in.

Visible is what has a row. A body's file is complete, synced and in place before the one transaction
that inserts its row; deletion runs backwards, row and then file. So a crash at any moment leaves at
worst a file that nothing refers to.
"""
