"""Large files for the demo studio, with true records in its lists."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime

from ayon_proxy.demo.catalogue import Package, StoredFile
from ayon_proxy.demo.studio import Studio

LISTS = "/api/desktop/dependencyPackages"


def pseudo_random(size: int, seed: int = 7) -> bytes:
    """Bytes that no two parts of which are alike."""
    return random.Random(seed).randbytes(size)


def add_package(studio: Studio, filename: str, content: bytes, **manifest: object) -> str:
    """Publish a dependency package; the path it is downloaded from."""
    record = {
        "filename": filename,
        "size": len(content),
        "checksum": hashlib.sha256(content).hexdigest(),
        "checksumAlgorithm": "sha256",
        "platform": "linux",
        "sources": [],
        "installerVersion": "1.2.0",
        "sourceAddons": {},
        "pythonModules": {},
    }
    studio.dependency_packages[filename] = Package(
        filename=filename,
        manifest=record | manifest,
        file=StoredFile(
            filename=filename,
            content=content,
            modified_at=datetime(2026, 9, 1, tzinfo=UTC),
            content_type="application/zip",
        ),
    )
    return f"{LISTS}/{filename}"
