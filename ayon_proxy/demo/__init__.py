"""An AYON-compatible server in memory: `ayon-proxy demo`, and the upstream of the tests."""
