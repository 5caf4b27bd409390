"""Browser tests drive Debian's own Chromium; where there is none they are skipped by name (`make test` says how)."""

import shutil

import pytest

from config.stack.testing import INSTALL_CHROMIUM

CHROMIUM = shutil.which("chromium")
NEED_A_BROWSER = {"browser", "context", "page", "new_context"}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": CHROMIUM}


def pytest_collection_modifyitems(items):
    if CHROMIUM:
        return
    absent = pytest.mark.skip(reason=f"chromium is absent; as root: {INSTALL_CHROMIUM}")
    for item in items:
        if NEED_A_BROWSER & set(getattr(item, "fixturenames", ())):
            item.add_marker(absent)
