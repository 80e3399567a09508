"""Pictures of every page of a running product, for people to look at: `screenshots/`, which git ignores.

    .venv/bin/python -m tests.e2e.screenshots [http://127.0.0.1:8000] [--readme]

Both languages, light and dark, wide and narrow. Signs in with the sample's accounts and the first administrator's.
With `--readme` those of the README are brought up to date too.
"""

from __future__ import annotations

import shutil
import sys
from itertools import product
from pathlib import Path

from app.identity.passwords import SAMPLE_PASSWORD
from app.settings import load_settings
from tests.browser import chromium, open_context, sign_in
from tests.e2e.pages import PLACES, open_place

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "screenshots"
README = {"ask": "ask-cited", "portal": "admin-documents", "demo": "demo-order", "agent": "agent-conversation"}
"""Picture of the README → place."""
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


def renew_readme() -> None:
    """The README's pictures: English, light, wide."""
    for name, place in README.items():
        shutil.copy(FOLDER / f"{place}-en-light-wide.png", ROOT / "docs" / "pictures" / f"{name}.png")


if __name__ == "__main__":
    main(*([one for one in sys.argv[1:] if one != "--readme"] or ["http://127.0.0.1:8000"]))
    if "--readme" in sys.argv:
        renew_readme()
