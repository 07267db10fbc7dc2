"""The console's pages that are looked at in a real browser: a name for the picture, and the address in a demo."""

PAGES: list[tuple[str, str]] = [
    ("pulse", "/manage/"),
]
