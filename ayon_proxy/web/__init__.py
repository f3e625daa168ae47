"""The client side: HTTP and websocket connections of AYON clients, and the operator's paths."""
