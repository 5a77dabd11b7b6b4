"""Accessibility, measured by axe-core."""

from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Page

AXE: Final = (Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# Two landmarks of one name are no help to those that move between them.
BESIDE: Final = {"landmark-unique": {"enabled": True}}
WIDE: Final = 1280
NARROW: Final = 320
HEIGHT: Final = 740
LOOKS: Final[tuple[tuple[Literal["light", "dark"], int], ...]] = (("dark", NARROW), ("light", WIDE))

# Colours on their way to others have contrasts that nobody reads.
STILL = """Promise.allSettled(
    document.getAnimations().filter(each => each.effect.getComputedTiming().endTime < 10000).map(each => each.finished)
)"""


async def violations(page: Page) -> list[str]:
    """Return what breaks WCAG 2.1 A or AA on the page as it stands: rule, and the first elements it concerns."""
    # A heading can be visible before the style sheets are there, and then has the browser's own colours.
    await page.wait_for_load_state("load")
    await page.evaluate(STILL)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    found = await page.evaluate(
        "([tags, rules]) => axe.run(document, {runOnly: {type: 'tag', values: tags}, rules})", [RULES, BESIDE]
    )
    return [
        f"{one['id']}: {[(node['html'][:160], node['failureSummary']) for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]


async def unfit(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands, in the dark on a small screen and in the light on a large one.

    The page is left large and light.
    """
    found: list[str] = []
    for scheme, width in LOOKS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{scheme}, {width}: {each}" for each in await violations(page)]
        if (needed := await page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"it needs a width of {needed}, and has {width}")
    return found
