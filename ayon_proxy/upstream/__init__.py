"""The AYON side: the adapters that talk to the AYON server."""
