"""Pictures of every main screen, for review: ``python -m tests.browser.shots [screen ...]``.

Looks at the `make run` that is running; starts one, and stops it again, when there is none. Writes
``$REGULARS_HOME/shots/<screen>-<size>-<look>.png`` and prints what does not fit its window or logs an error.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

from tests.browser.look import DESKTOP, PHONE, ROOT, chromium_path, overflow

HOME = Path(os.environ.get("REGULARS_HOME", ROOT / ".regulars"))
SHOTS = HOME / "shots"
SIZES = {
    "desktop": {"viewport": DESKTOP, "device_scale_factor": 1},
    "phone": {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True},
}
START_SECONDS = 300
SETTLE_MS = 400

PUBLIC = {
    "landing": "/",
    "plans": "/plans/",
    "sign-up": "/sign-up/",
    "sign-in": "/sign-in/",
    "missing": "/nothing/",
}
ROWS = ["first", "second"]
# A path, or a path and what to open there: a row's link, or the palette.
TENANT = {
    "home": ("/", None),
    "customers": ("/customers/", None),
    "customer": ("/customers/", "first"),
    "customers-none": ("/customers/?words=zzzzzz", None),
    "orders": ("/orders/", None),
    "order": ("/orders/", "first"),
    "segments": ("/segments/", None),
    "segment-new": ("/segments/new/", None),
    "campaigns": ("/campaigns/", None),
    "campaign": ("/campaigns/", "first"),
    "campaign-sent": ("/campaigns/", "second"),
    "segment": ("/segments/", "first"),
    "campaign-new": ("/campaigns/new/", None),
    "more": ("/more/", None),
    "shops": ("/shops/", None),
    "shop-new": ("/shops/new/", None),
    "settings": ("/settings/", None),
    "email": ("/settings/email/", None),
    "keys": ("/settings/keys/", None),
    "billing": ("/billing/", None),
    "palette": ("/customers/", "palette"),
}


def main(wanted):
    path = chromium_path()
    if path is None:
        sys.exit("No Chromium on this machine: install the Debian package `chromium-headless-shell`.")
    SHOTS.mkdir(parents=True, exist_ok=True)
    with _running() as origin, sync_playwright() as playwright:
        accounts = _demo_accounts(origin)
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        for size in SIZES:
            for look, account in (("light", accounts[0]), ("dark", accounts[0]), ("zh", accounts[1])):
                _take_all(browser, origin, account, size, look, wanted)
        browser.close()
    sys.stdout.write(f"Pictures are in {SHOTS}\n")


def _take_all(browser, origin, account, size, look, wanted):
    scheme = "dark" if look == "dark" else "light"
    context = browser.new_context(
        **SIZES[size],
        color_scheme=scheme,
        locale="zh-CN" if look == "zh" else "en-US",
        service_workers="block",
    )
    page = context.new_page()
    page.on("console", lambda said: _is_news(page, said) and _warn(f"{page.url}: {said.text}"))
    for screen, path in PUBLIC.items():
        if not wanted or screen in wanted:
            page.goto(f"{origin}{path}")
            _take(page, f"{screen}-{size}-{look}")
    _sign_in(page, origin, account)
    for screen, (path, then) in TENANT.items():
        if not wanted or screen in wanted:
            page.goto(f"{account['url'].rstrip('/')}{path}")
            _open(page, then)
            _take(page, f"{screen}-{size}-{look}")
    context.close()


def _open(page, then):
    if then in ROWS:
        page.locator("main .row-link").nth(ROWS.index(then)).click()
        page.wait_for_load_state()
    elif then == "palette":
        letter = page.locator("main .row-link").first.inner_text()[0]
        page.keyboard.press("Control+k")
        with page.expect_response(lambda answer: "/search/" in answer.url):
            page.keyboard.type(letter)


def _take(page, name):
    page.wait_for_timeout(SETTLE_MS)
    if overflow(page):
        _warn(f"{name}: {overflow(page)} px too wide")
    page.screenshot(path=SHOTS / f"{name}.png")


def _is_news(page, said):
    return said.type == "error" and "/nothing/" not in page.url  # that one is meant to be missing


def _warn(line):
    sys.stderr.write(f"{line}\n")


def _sign_in(page, origin, account):
    page.goto(f"{origin}/sign-in/")
    page.locator("input[name=email]").fill(account["email"])
    page.locator("input[name=password]").fill(account["password"])
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"{account['url'].rstrip('/')}/**")


def _demo_accounts(origin):
    """The two demo tenants of this run, English first; making them again changes nothing."""
    command = [sys.executable, "manage.py", "seed_demo", "--json"]
    environment = {**os.environ, "PORT": origin.rpartition(":")[2]}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr.strip())
    return json.loads(done.stdout.splitlines()[-1])["tenants"]


@contextmanager
def _running():
    """The public origin of the running product."""
    origin = _origin()
    if origin:
        yield origin
        return
    started = subprocess.Popen(["make", "run"], cwd=ROOT, start_new_session=True)
    try:
        yield _awaited(started)
    finally:
        os.killpg(started.pid, signal.SIGINT)
        started.wait()


def _awaited(started):
    for _ in range(START_SECONDS):
        if started.poll() is not None:
            sys.exit("`make run` ended before it was ready; its last lines say why.")
        if origin := _origin():
            return origin
        time.sleep(1)
    return sys.exit(f"`make run` was not ready after {START_SECONDS} seconds.")


def _origin():
    try:
        port = json.loads((HOME / "services.json").read_text())["port"]
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
            return f"http://localhost:{port}" if answer.status == 200 else None
    except (OSError, ValueError, KeyError):
        return None


if __name__ == "__main__":
    main(set(sys.argv[1:]))
