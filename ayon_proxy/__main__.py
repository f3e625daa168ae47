"""`python -m ayon_proxy` is `ayon-proxy`."""

from __future__ import annotations

from ayon_proxy.cli import main

if __name__ == "__main__":
    main()
