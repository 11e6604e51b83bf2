"""Words of a template in several lines, without spaces between them."""

from django.template import engines


def rendered(text: str, **context: object) -> str:
    return engines["django"].from_string("{% load cabinet %}" + text).render(context)


def test_breaks_and_indents_go_and_spaces_inside_a_line_stay() -> None:
    text = "{% filter one_line %}\n  {{ a }}\n  {% if b %}\n    , {{ b }}\n  {% endif %}\n{% endfilter %}"
    assert rendered(text, a="10 March", b="4 points") == "10 March, 4 points"
    assert rendered(text, a="10 March") == "10 March"


def test_a_break_in_a_stored_text_stays_and_its_markup_is_escaped() -> None:
    assert rendered("{% filter one_line %}\n  {{ a }}\n  !\n{% endfilter %}", a="one\ntwo <b>") == "one\ntwo &lt;b&gt;!"
