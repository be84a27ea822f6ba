"""What axe-core says of a page that is open in a browser."""

from axe_playwright_python.sync_playwright import Axe


def grave(page) -> list[str]:
    """Return what axe-core finds that is serious or critical, with its elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['html'][:200] for node in each['nodes']]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
