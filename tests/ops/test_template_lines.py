"""`make lint` names a template's line that is too long to read."""

from pathlib import Path

from tests.template_lines import long_lines


def test_no_line_of_a_template_is_longer_than_160_characters() -> None:
    assert list(long_lines()) == []


def test_a_longer_line_is_named_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    (folder / "mail").mkdir(parents=True)
    (folder / "page.html").write_text("<p>\n" + "a" * 161 + "\n" + "b" * 160 + "\n")
    (folder / "mail" / "text.txt").write_text("ж" * 161)
    assert list(long_lines(folder)) == ["templates/mail/text.txt:1: 161 characters", "templates/page.html:2: 161 characters"]


def test_the_data_of_a_path_may_be_long_and_nothing_else_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    drawn = f'<path class="base" d="M0 0{"h1" * 100}" />'
    (folder / "drawing.html").write_text(drawn + "\n" + drawn + "c" * 160 + "\n")
    assert [place.partition(": ")[0] for place in long_lines(folder)] == ["templates/drawing.html:2"]
