"""What the answer to a GraphQL question depends on: its tags, how long it lives, what it decides.

`types` is the schema of upstream as far as it matters: each type, what its fields depend on, and
where they lead; `arguments` says what each argument does to a list. `understanding` reads a
question by these tables; `answer` adds what only the answer tells: the ids it shows. The rows they
name are those of `policy.invalidation.carried`.
"""

from __future__ import annotations

from ayon_proxy.policy.shown.answer import Shown, shown
from ayon_proxy.policy.shown.examining import Examined, examined

__all__ = ["Examined", "Shown", "examined", "shown"]
