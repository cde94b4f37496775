"""Write the cards of all data sets into book/data_sets.md, between its two markers.

python tools/data_sets.py           writes them
python tools/data_sets.py --check   fails where the page and the cards differ
"""

import re
import sys
from pathlib import Path

from dlbook import data

PAGE = Path(__file__).resolve().parent.parent / "book" / "data_sets.md"
BEGIN = "% The cards, written by tools/data_sets.py\n"
END = "% The end of the cards\n"
CALLS = {name: f'table("{name}")' for name in data.TABLES} | {"photos": "photo(name)"}


def card_section(card: data.DataCard) -> str:
    """Return a heading with a target, and one line per field."""
    call = CALLS.get(card.name, f"{card.name}()")
    lines = [f"(data-{card.name.replace('_', '-')})=", f"### `data.{call}`", ""]
    for heading, text in card.rows():
        text = re.sub(r"arXiv:(\d{4}\.\d{5})", r"[\g<0>](https://arxiv.org/abs/\1)", text)
        lines.append(f"- **{heading}:** {text}")
    return "\n".join(lines)


def photo_table() -> str:
    """Return what is known of each photograph as a table."""
    rows = ["| name | what | shape (c, h, w) | by, licence |", "|---|---|---|---|"]
    for photo in data.photos():
        shape = f"{photo.channels}, {photo.height}, {photo.width}"
        rows.append(f"| `{photo.name}` | {photo.what} | {shape} | {photo.credit} |")
    return "\n".join(rows)


def with_cards(page: str) -> str:
    """Return the page with the cards of today between its markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE} lacks the line {BEGIN.strip()!r} or {END.strip()!r}")
    sections = [card_section(card) for card in data.cards()]
    return "\n\n".join([before + BEGIN.rstrip(), *sections, photo_table(), END + after])


def main(arguments: list[str]) -> None:
    """Run the command line."""
    page = PAGE.read_text(encoding="utf-8")
    if arguments == ["--check"]:
        if with_cards(page) != page:
            raise SystemExit("book/data_sets.md differs from the cards; run tools/data_sets.py")
        print("book/data_sets.md agrees with the cards")
    elif not arguments:
        PAGE.write_text(with_cards(page), encoding="utf-8")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
