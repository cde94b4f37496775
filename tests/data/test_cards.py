"""Every data set has a card, and the page on the site repeats the cards."""

import html
import runpy
import sys
from pathlib import Path

import pytest

from dlbook import data

TOOL = Path(__file__).resolve().parents[2] / "tools" / "data_sets.py"


def test_every_data_set_has_a_card():
    names = [card.name for card in data.cards()]
    assert len(set(names)) == len(names)
    assert set(names) == {"fashion_mnist", "digits", "mnist", "photos", *data.TABLES}
    for name in names:
        assert data.card(name).name == name


@pytest.mark.parametrize("card", data.cards(), ids=lambda card: card.name)
def test_every_field_says_something_and_is_shown(card):
    assert [heading for heading, _ in card.rows()] == [
        "What",
        "How many",
        "Source",
        "Licence",
        "Split",
        "Flaws",
    ]
    for _, text in card.rows():
        assert text.strip() == text != ""
        assert text in repr(card)
        assert html.escape(text) in card._repr_html_()


def test_html_is_escaped():
    fields = dict.fromkeys(["what", "how_many", "source", "licence", "split", "flaws"], "<b>")
    shown = data.DataCard(name="a & b", **fields)._repr_html_()
    assert "<b>" not in shown
    assert "a &amp; b" in shown


def test_unknown_name_lists_the_choices():
    with pytest.raises(ValueError, match=r"fashion_mnist, digits, .*photos; received 'cifar'"):
        data.card("cifar")


def test_page_agrees_with_the_cards(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(TOOL), "--check"])
    runpy.run_path(str(TOOL), run_name="__main__")
    assert "agrees" in capsys.readouterr().out


def test_a_page_that_disagrees_is_found(monkeypatch, tmp_path):
    tool = runpy.run_path(str(TOOL))
    page = tool["PAGE"].read_text(encoding="utf-8")
    assert tool["with_cards"](page) == page
    assert tool["with_cards"](page.replace("CC BY-SA", "CC BY")) == page
    with pytest.raises(SystemExit, match="lacks the line"):
        tool["with_cards"]("no markers")
