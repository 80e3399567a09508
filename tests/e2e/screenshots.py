"""Pictures of every page of a running product, for people to look at: `screenshots/`, which git ignores.

    .venv/bin/python -m tests.e2e.screenshots [http://127.0.0.1:8000]

Both languages, light and dark, wide and narrow. Signs in with the sample's accounts and the first administrator's.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

from app.identity.passwords import SAMPLE_PASSWORD
from app.settings import load_settings
from tests.browser import chromium, open_context, sign_in
from tests.e2e.pages import PLACES, open_place

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
SCHEMES = ("light", "dark")
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


def admin_password() -> str:
    """The first administrator's, as this product's settings have it."""
    password = load_settings().admin_password
    assert password is not None, "load_settings leaves no secret out"
    return password.get_secret_value()


def main(url: str) -> int:
    """Write them all; the number of pictures."""
    FOLDER.mkdir(exist_ok=True)
    passwords = {"admin": admin_password()}
    written = 0
    with chromium() as browser:
        for (language, locale), scheme, (size, (width, height)) in product(LANGUAGES.items(), SCHEMES, SIZES.items()):
            for user in sorted({place.user for place in PLACES}):
                options = {"locale": locale, "color_scheme": scheme, "viewport": {"width": width, "height": height}}
                context = open_context(browser, url, **options)
                if user:
                    sign_in(context, user, passwords.get(user, SAMPLE_PASSWORD))
                page = context.new_page()
                for place in (place for place in PLACES if place.user == user):
                    open_place(page, place)
                    page.screenshot(path=FOLDER / f"{place.name}-{language}-{scheme}-{size}.png")
                    written += 1
                context.close()
    sys.stdout.write(f"{written} pictures in {FOLDER}\n")
    return written


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["http://127.0.0.1:8000"]))
