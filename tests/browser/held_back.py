"""Answers that are held back, so that a test acts while they are on their way."""

import re
from typing import Any

from playwright.sync_api import Page, Route


class HeldBack:
    """Requests whose address matches the pattern wait until they are let go."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.pattern = re.compile(pattern)
        self._waiting: list[Route] = []
        self._is_open = False
        page.route(self.pattern, self._meet)

    def _meet(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self._waiting.append(route)

    @property
    def is_holding(self) -> bool:
        return bool(self._waiting)

    def let_go(self) -> None:
        self._is_open = True
        for route in self._waiting:
            route.continue_()

    def answer(self, **answer: Any) -> None:
        """Answer those that wait, as `Route.fulfill` takes it."""
        for route in self._waiting:
            route.fulfill(**answer)
        self._waiting.clear()
