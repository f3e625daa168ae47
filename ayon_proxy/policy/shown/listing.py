"""Which tags a list carries, by its arguments and by where it stands."""

from __future__ import annotations

from collections.abc import Mapping

from ayon_proxy.policy.graphql.asked import Value
from ayon_proxy.policy.invalidation import carried
from ayon_proxy.policy.shown.gathered import Gathered, Place, expanded, row
from ayon_proxy.policy.shown.node_type import Lead
from ayon_proxy.policy.shown.plan import Plan
from ayon_proxy.policy.shown.reading import Asked, asked

ENTITIES = frozenset(entity for entity, _ in carried.PARENTS.values())


class Listing:
    """One list: adds what it carries to `gathered`, and to the node it stands at."""

    def __init__(
        self,
        lead: Lead,
        given: Mapping[str, Value],
        place: Place,
        gathered: Gathered,
        node: Plan | None,
    ) -> None:
        self._entity = lead.lists
        self._place = place
        self._gathered = gathered
        self._node = node if lead.below else None
        self._asked = asked(lead.arguments, given)
        self._add(*self._asked.tags)

    @property
    def known(self) -> tuple[str, ...]:
        """The ids of all that it can show; empty when they can't be told."""
        return () if self._asked.below else self._asked.ids

    def carry(self, plan: Plan) -> None:
        """Adds its tags. `plan`: that of the list itself."""
        if self._entity in ENTITIES:
            self._of_entities(plan)
        elif self._entity == "list":
            self._of_lists()
        else:
            self._of_activities()

    def tells_of_fields(self) -> bool:
        """Of nodes whose ids aren't selected: whether the parent's tags can tell of their changes,
        and if so, makes them."""
        if self._entity not in ENTITIES or self.known:
            return False
        return self._by_parent(filtered=True)

    def _of_entities(self, plan: Plan) -> None:
        self._row("lists without a parent", but="type:")
        if self._asked.below:
            self._row("lists without a parent")
        if self._asked.ids:
            self._named("entity:")
            self._add(*self._asked.elsewhere)
        elif not self._by_parent(filtered=self._asked.filtered):
            self._add(*self._asked.elsewhere)
            if self._asked.paths:
                plan.at_least = len(self._asked.paths)
                plan.missing = self._tags("type:{project}:{type}")
            else:
                self._row("lists without a parent")

    def _by_parent(self, *, filtered: bool) -> bool:
        """Whether the parents, as events name them, are known."""
        if self._asked.below or (self._asked.has_parents and not self._asked.parents):
            return False
        rows = ["lists under a parent"]
        if filtered:
            rows.append("lists under a parent, filtered or sorted")
        templates = [template for name in rows for template in row(name)]
        if self._asked.has_parents:
            self._under(self._asked, templates)
            return True
        if self._node is None:
            return False
        instead = self._tags("type:{project}:{type}")
        for template in templates:
            if "{parent}" in template:
                start = template.replace("{parent}", "").format(type=self._entity)
                self._gathered.hang(self._node, start, instead, self._place)
            else:
                self._add(template)
        return True

    def _under(self, given: Asked, templates: list[str]) -> None:
        for template in templates:
            if "{parent}" not in template:
                self._add(template)
                continue
            for parent in given.parents:
                if parent is not None:
                    self._gathered.tags.add(template.format(type=self._entity, parent=parent))
                else:
                    self._add(template.replace("{parent}", "{project}"))

    def _of_lists(self) -> None:
        if self._asked.ids:
            self._named("list:")
            self._add("cascade:{project}:list")
        else:
            self._row("lists entity lists")

    def _of_activities(self) -> None:
        if not self._asked.parents:
            self._row("lists activities")
            return
        for parent in self._asked.parents:
            self._gathered.tags.add(f"activities:{parent}")
        self._add("cascade:{project}:activity")

    def _named(self, start: str) -> None:
        self._gathered.tags.update(start + each for each in self._asked.ids)

    def _row(self, name: str, but: str = "never") -> None:
        self._add(*(each for each in row(name) if not each.startswith(but)))

    def _add(self, *templates: str) -> None:
        self._gathered.add(templates, self._place, self._entity)

    def _tags(self, template: str) -> frozenset[str]:
        return expanded(template, self._place, self._entity)
