"""A card says what a data set holds, whose it is, and what is wrong with it."""

from dataclasses import dataclass, fields
from html import escape
from typing import final

__all__ = ["DataCard"]


@final
@dataclass(frozen=True, kw_only=True)
class DataCard:
    """What a data set holds, whose it is, and what is wrong with it.

    Parameters
    ----------
    name : str
        The name that `dlbook.data.card` knows it by.
    what : str
        What one example is.
    how_many : str
        Examples, their size, classes.
    source : str
        Who made it, and where this copy comes from.
    licence : str
        On what terms it may be passed on.
    split : str
        How train, validation and test are told apart.
    flaws : str
        What to know before trusting a number measured on it.
    """

    name: str
    what: str
    how_many: str
    source: str
    licence: str
    split: str
    flaws: str

    def rows(self) -> list[tuple[str, str]]:
        """Return (heading, text) for each field after the name."""
        names = [field.name for field in fields(self) if field.name != "name"]
        return [(name.replace("_", " ").capitalize(), getattr(self, name)) for name in names]

    def __repr__(self) -> str:
        return "\n".join([self.name] + [f"  {heading}: {text}" for heading, text in self.rows()])

    def _repr_html_(self) -> str:
        cell = '<td style="text-align: left">'
        body = "".join(
            f'<tr><th scope="row" style="text-align: left">{escape(heading)}</th>'
            f"{cell}{escape(text)}</td></tr>"
            for heading, text in self.rows()
        )
        return f"<table><caption>{escape(self.name)}</caption><tbody>{body}</tbody></table>"
