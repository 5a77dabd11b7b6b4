"""Accessibility, measured by axe-core."""

from pathlib import Path

from playwright.async_api import Page

AXE = (Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


async def violations(page: Page) -> list[str]:
    """Return what breaks WCAG 2.1 A or AA on the page as it stands: rule, and the first elements it concerns."""
    await page.evaluate(AXE)
    found = await page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']}: {[(node['html'][:160], node['failureSummary']) for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]
