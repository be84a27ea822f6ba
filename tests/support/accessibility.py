"""What axe-core says of a page that is open in a browser."""


def grave(page) -> list[str]:
    """Return what it finds that is serious or critical, with the elements."""
    from axe_playwright_python.sync_playwright import Axe  # is there where a browser is

    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['html'][:200] for node in each['nodes']]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
