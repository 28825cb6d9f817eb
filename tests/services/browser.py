"""Chromium, and a page that fails its test when the browser complains."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

# What htmx says when a page is left before an answer came: the reader's doing. A request that failed says sendError.
_LEFT_BEFORE_THE_ANSWER = ("htmx:sendAbort", "htmx:afterRequest")

#: WebGL 2 drawn by the processor.
SOFTWARE = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def system_chromium() -> str | None:
    """The machine's own browser, when it has one."""
    given = os.environ.get("CHROMIUM")
    return given or next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = _launch(playwright, *arguments)
        yield browser
        browser.close()


def _launch(playwright: Playwright, *arguments: str) -> Browser:
    try:
        return playwright.chromium.launch(
            executable_path=system_chromium(),
            # root's chromium has no sandbox; shared memory is small in containers
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", *arguments],
        )
    except Error as error:
        pytest.fail(
            f"chromium does not start ({error.message.splitlines()[0]}); `make test` installs one", pytrace=False
        )


class Complaints:
    """What the browser's console said: errors, and refusals of the content security policy.

    expected : fragments of text that a test provokes on purpose, such as a 404.
    """

    def __init__(self) -> None:
        self.expected: list[str] = []
        self._heard: list[str] = []

    def listen_to(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._heard.append(f"script error: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.text.startswith(_LEFT_BEFORE_THE_ANSWER):
            return
        if message.type == "error" or "Content Security Policy" in message.text:
            self._heard.append(f"{message.text} ({message.location.get('url', '')})")

    def fail_if_any(self) -> None:
        left = [text for text in self._heard if not any(fragment in text for fragment in self.expected)]
        assert not left, "the browser complained:\n" + "\n".join(left)


#: How long a page is waited for, by an action and by what is expected to be seen alike: with a browser, a portal and a
#: database a core, it happens that nothing of a page moves for seconds.
PATIENCE_MS = 10_000
expect.set_options(timeout=PATIENCE_MS)


def new_context(browser: Browser, base_url: str) -> BrowserContext:
    context = browser.new_context(base_url=base_url, viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    return context
