"""Are we seeing every event of upstream? The feed as a machine without I/O (upstream/server.md 2).

    LOST --opened--> UNCONFIRMED --first message--> CATCHING_UP --nothing missed--> LIVE
      ^------------- closed, or silent for too long -------------'------------------'

Inputs say what has happened (`inputs`), effects what to do next (`effects`); `state.Feed` turns
one into the other. What survives a restart of the proxy is a value (`cursor`).
"""
