"""A card with a grid of characters: the server names three cells, the person types what stands in them."""

import hashlib
import hmac

from watchword.plugin import (
    Adjusted,
    Asking,
    Challenging,
    Enrolled,
    Form,
    Label,
    Portrait,
    Question,
    Shown,
    Token,
    TokenType,
    Tools,
)

_CELLS, _CHARACTERS = 3, 2
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32: what is taken for another character is left out


class GridCard(TokenType, Challenging):
    requires = (1, 0)
    name, label, prefix, title = "gridcard", "gridcard", "GRID", "Grid card"
    portrait = Portrait(
        title="Grid card",
        text="A card that you print. Needs no phone.",
        icon="paper",
        shown_once=True,
        letters=True,
    )
    settings = (
        Adjusted(name="rows", label="Rows", default=5, least=4, most=20),
        Adjusted(name="columns", label="Columns", default=8, least=4, most=20),
    )
    only_asked = True
    prompt = "Cells of your card:"

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        seed = tools.dice.bytes(32)
        size = {name: self.setting(name, tools.settings) for name in ("rows", "columns")}

        def show(_label: Label) -> tuple[Shown, ...]:
            head = "   " + "  ".join(map(_letter, range(size["columns"])))
            rows = [
                f"{row + 1:2} " + " ".join(_cell(seed, row, column) for column in range(size["columns"]))
                for row in range(size["rows"])
            ]
            return (Shown(name="gridcard", description="Card", order=0, value="\n".join([head, *rows])),)

        return Enrolled(secret=seed, digits=_CELLS * _CHARACTERS, info=size, show=show)

    def ask(self, token: Token, asking: Asking, tools: Tools) -> Question:
        rows, columns = int(token.info["rows"]), int(token.info["columns"])
        left = list(range(rows * columns))
        cells = [divmod(left.pop(tools.dice.below(len(left))), columns) for _ in range(_CELLS)]
        named = " ".join(f"{_letter(column)}{row + 1}" for row, column in cells)
        code = "".join(_cell(tools.secret(token), row, column) for row, column in cells)
        return Question(prompt=f"{self.prompted(tools.settings)} {named}", code=code, more={"cells": named})


def _letter(column: int) -> str:
    return chr(ord("A") + column)


def _cell(seed: bytes, row: int, column: int) -> str:
    mark = hmac.digest(seed, bytes([row, column]), hashlib.sha256)
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in mark[:_CHARACTERS])
