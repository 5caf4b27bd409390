"""Hands on a keyboard, counted."""


class Fingers:
    """Presses keys and counts them, keys held together as one; `type` is not counted."""

    def __init__(self, page):
        self.page = page
        self.strokes = 0

    def press(self, *keys):
        for key in keys:
            self.page.wait_for_load_state()
            self.page.keyboard.press(key)
            self.strokes += 1

    def type(self, words):
        self.page.keyboard.type(words)
