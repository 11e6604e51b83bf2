"""The listing at the desk: texts, pictures and outlets go through review; viewers only look."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from partners.domain.desk import changes
from partners.enums import DeskRole
from partners.models import ChangeKind, ChangeState, ListingChange, Partner
from tests.factories.desk import desk_client, make_seat
from tests.factories.loyalty import make_partner, make_programme
from tests.factories.partners import make_outlet

pytestmark = pytest.mark.django_db
EDIT = "/desk/bakery/listing/edit/"


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def bakery() -> Partner:
    make_programme()
    return make_partner("bakery")


@pytest.fixture
def editor(bakery: Partner) -> Client:
    return desk_client(make_seat(bakery, DeskRole.EDITOR))


def picture(name: str = "photo.png", colour: str = "red", size: tuple[int, int] = (200, 150)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="text/html")


def the_change() -> ListingChange:
    return ListingChange.objects.get()


def test_each_language_of_the_programme_has_its_fields(editor: Client) -> None:
    texts = {"short_line_ru": "Тёплый хлеб", "short_line_en": "Warm bread", "short_line_ro": "Pâine caldă", "short_line_lv": "Silta maize"}
    page = editor.get(EDIT).content.decode()
    assert [page.count(f"<legend>{name}</legend>") for name in ("Русский", "English", "Română", "Latviešu")] == [1, 1, 1, 1]
    editor.post(EDIT, {**texts, "action": "submit"})
    assert the_change().proposed == texts
    changes.approve(the_change(), by_id=None, now=timezone.now())
    assert {name: getattr(Partner.objects.get(), name) for name in texts} == texts
    assert "Warm bread" in editor.get("/partners/bakery/").content.decode()


def test_texts_are_kept_as_a_draft_and_then_sent(editor: Client) -> None:
    editor.post(EDIT, {"short_line_ru": "Warm bread", "action": "draft"})
    assert the_change().state == ChangeState.DRAFT
    assert b"Warm bread" in editor.get(EDIT).content
    answer = editor.post(EDIT, {"short_line_ru": "Warm bread", "description_ru": "Since 1990.\r\n\r\nBy hand.", "action": "submit"})
    assert answer["Location"] == "/desk/bakery/listing/"
    assert the_change().state == ChangeState.WAITING
    assert the_change().proposed["description_ru"] == "Since 1990.\n\nBy hand."
    assert "under review" in editor.get("/desk/bakery/").content.decode()


def test_what_waits_is_read_and_withdrawn_not_edited(editor: Client) -> None:
    editor.post(EDIT, {"short_line_ru": "Warm bread", "action": "submit"})
    page = f"/desk/bakery/listing/changes/{the_change().pk}/"
    assert editor.get(EDIT)["Location"] == page
    assert editor.post(EDIT, {"short_line_ru": "Other", "action": "submit"})["Location"] == page
    assert "<ins>Warm bread</ins>" in editor.get(page).content.decode()
    editor.post(f"{page}settle/", {"action": "withdraw"})
    assert the_change().state == ChangeState.WITHDRAWN
    assert editor.post(f"{page}settle/", {"action": "take_up"})["Location"] == EDIT
    assert b"Warm bread" in editor.get(EDIT).content


def test_the_partner_reads_the_reason(editor: Client) -> None:
    editor.post(EDIT, {"short_line_ru": "Warm bread", "action": "submit"})
    changes.reject(the_change(), reason="Say which bread.", by_id=None, now=timezone.now())
    for page in ("/desk/bakery/", "/desk/bakery/listing/", f"/desk/bakery/listing/changes/{the_change().pk}/"):
        assert "Say which bread." in editor.get(page).content.decode()


def test_pictures_come_in_with_words_and_go_again(editor: Client, bakery: Partner) -> None:
    editor.post(EDIT, {"logo": picture("../../logo.svg"), "photo": picture(colour="blue"), "photo_alt": "The shop", "action": "draft"})
    proposed = the_change().proposed
    assert len(proposed["logo"]) == 40
    assert [photo["alt"] for photo in proposed["photos"]] == ["The shop"]
    digest = proposed["photos"][0]["image"]
    page = editor.get(EDIT).content.decode()
    assert f"alt_{digest}" in page
    assert "../logo" not in page
    editor.post(EDIT, {f"alt_{digest}": "The counter", "action": "draft"})
    assert the_change().proposed["photos"][0]["alt"] == "The counter"
    editor.post(EDIT, {f"drop_{digest}": "on", "drop_logo": "on", "short_line_ru": "Warm", "action": "draft"})
    assert the_change().proposed == {"short_line_ru": "Warm"}


def test_a_bad_upload_is_refused_with_a_sentence_beside_its_field(editor: Client) -> None:
    svg = SimpleUploadedFile("logo.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", content_type="image/png")
    page = editor.post(EDIT, {"logo": svg, "short_line_ru": "Warm", "action": "submit"}).content.decode()
    assert "This is no JPEG, PNG or WebP picture." in page
    assert 'value="Warm"' in page
    assert not ListingChange.objects.exists()


def test_a_listing_holds_eight_photos(editor: Client, bakery: Partner) -> None:
    Partner.objects.update(photos=[{"image": f"{n:040x}", "width": 5, "height": 5, "alt": ""} for n in range(8)])
    assert "at most 8 photos" in editor.post(EDIT, {"photo": picture(), "action": "draft"}).content.decode()


def test_uploads_are_limited(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partners.views.desk.listing_forms.UPLOADS_OF_PARTNER", ())
    editor.post(EDIT, {"logo": picture(), "action": "draft"})
    monkeypatch.undo()
    monkeypatch.setattr("accounts.domain.rate_limit.allow", lambda *args, **kwargs: False)
    assert "Too many pictures" in editor.post(EDIT, {"logo": picture(), "action": "draft"}).content.decode()


OUTLET = {"name": "Two", "address": "A street, 2", "city": "Tula", "country": "ru", "lat": "54,2", "lng": "37.6", "phone": "+7 900 000-00-00", "hours": "24/7"}


def test_an_outlet_is_added_after_review(editor: Client, bakery: Partner) -> None:
    editor.post("/desk/bakery/listing/outlets/new/", {**OUTLET, "action": "draft"})
    draft = the_change()
    assert draft.state == ChangeState.DRAFT
    editor.post(f"/desk/bakery/listing/outlets/new/{draft.pk}/", {**OUTLET, "city": "Kaluga", "action": "submit"})
    change = changes.approve(the_change(), by_id=None, now=timezone.now())
    outlet = bakery.outlets.get()
    assert (outlet.city, outlet.country, outlet.lat, outlet.is_active) == ("Kaluga", "RU", 54.2, True)
    assert change.outlet == outlet


def test_an_outlet_is_edited_and_closed(editor: Client, bakery: Partner) -> None:
    outlet = make_outlet(bakery)
    page = f"/desk/bakery/listing/outlets/{outlet.pk}/"
    assert editor.get(page).status_code == 200
    same = {"name": outlet.name, "address": outlet.address, "city": outlet.city, "country": "RU", "lat": "55.76", "lng": "37.61"}
    editor.post(page, {**same, "action": "submit"})
    assert not ListingChange.objects.exists()
    editor.post(page, {"action": "close"})
    assert (the_change().proposed, the_change().state) == ({"is_active": False}, ChangeState.WAITING)
    assert editor.get(page)["Location"] == f"/desk/bakery/listing/changes/{the_change().pk}/"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lat", "91"), ("lat", "nan"), ("lat", "inf"), ("lng", "-181"), ("lng", "east"), ("country", "R1"), ("country", "RUS"),
        ("timezone", "Mars/Base"), ("timezone", "../etc/passwd"), ("name", ""), ("phone", "call me"), ("name", "x" * 201), ("hours", "whenever"),
    ],
)  # fmt: skip
def test_a_wrong_outlet_is_refused_at_the_form(editor: Client, field: str, value: str) -> None:
    answer = editor.post("/desk/bakery/listing/outlets/new/", {**OUTLET, field: value, "action": "submit"})
    assert answer.status_code == 200
    assert "aria-invalid" in answer.content.decode()
    assert not ListingChange.objects.exists()


def test_a_taken_number_is_refused_at_the_form(editor: Client, bakery: Partner) -> None:
    make_outlet(bakery, "7")
    assert "Another outlet has this number" in editor.post("/desk/bakery/listing/outlets/new/", {**OUTLET, "external_id": "7"}).content.decode()


def test_confirming_takes_one_tap(editor: Client, bakery: Partner) -> None:
    Partner.objects.update(created_at=timezone.now() - timezone.timedelta(days=91))  # type: ignore[attr-defined]
    assert "Nobody has confirmed the listing yet" in editor.get("/desk/bakery/").content.decode()
    editor.post("/desk/bakery/listing/confirm/")
    bakery.refresh_from_db()
    assert bakery.confirmed_at is not None
    assert "Nobody has confirmed" not in editor.get("/desk/bakery/").content.decode()


def test_viewers_look_and_change_nothing(bakery: Partner) -> None:
    outlet = make_outlet(bakery)
    change = changes.draft(bakery, kind=ChangeKind.LISTING, values={"short_line_ru": "Warm"}, by_id=None, now=timezone.now())
    assert change
    viewer = desk_client(make_seat(bakery, DeskRole.VIEWER))
    for page in ("", "listing/", "listing/outlets/", f"listing/changes/{change.pk}/", "people/", "more/"):
        assert viewer.get(f"/desk/bakery/{page}").status_code == 200
    for page in ("listing/edit/", f"listing/outlets/{outlet.pk}/", "listing/outlets/new/", "listing/confirm/", f"listing/changes/{change.pk}/settle/"):
        assert viewer.post(f"/desk/bakery/{page}", {"action": "withdraw"}).status_code == 403


def test_objects_of_another_partner_do_not_exist(editor: Client, bakery: Partner) -> None:
    cheese = make_partner("cheese")
    outlet = make_outlet(cheese, name="Cheese corner")
    change = changes.draft(cheese, kind=ChangeKind.NEW_OUTLET, values={"name": "Secret outlet"}, by_id=None, now=timezone.now())
    assert change
    for page in (f"outlets/{outlet.pk}/", f"outlets/new/{change.pk}/", f"changes/{change.pk}/"):
        assert editor.get(f"/desk/bakery/listing/{page}").status_code == 404
        assert editor.post(f"/desk/bakery/listing/{page}", {"action": "close"}).status_code in (404, 405)
    assert editor.post(f"/desk/bakery/listing/changes/{change.pk}/settle/", {"action": "withdraw"}).status_code == 404
    for page in ("", "listing/", "listing/outlets/", "people/"):
        shown = editor.get(f"/desk/bakery/{page}").content.decode()
        assert "Cheese corner" not in shown
        assert "Secret outlet" not in shown
        assert editor.get(f"/desk/cheese/{page}").status_code == 404
    change.refresh_from_db()
    assert change.state == ChangeState.DRAFT


@pytest.mark.parametrize("page", ["", "listing/", "listing/outlets/"])
def test_pages_cost_the_same_with_many(editor: Client, bakery: Partner, page: str, django_assert_max_num_queries: Any) -> None:
    editor.get(f"/desk/bakery/{page}")
    for number in range(15):
        outlet = make_outlet(bakery, str(number))
        changes.draft(bakery, kind=ChangeKind.OUTLET, values={"name": f"Other {number}"}, by_id=None, now=timezone.now(), outlet=outlet)
    with django_assert_max_num_queries(16):
        editor.get(f"/desk/bakery/{page}")


def test_long_lists_go_on_and_are_searched(editor: Client, bakery: Partner) -> None:
    for number in range(53):
        make_outlet(bakery, f"{number:03}", name=f"Outlet {number:03}", city="Tula" if number == 52 else "Moscow")
    first = editor.get("/desk/bakery/listing/outlets/").content.decode()
    assert "Outlet 049" in first
    assert "Outlet 050" not in first
    after = bakery.outlets.get(external_id="049").pk
    assert f"?after={after}" in first
    assert "Outlet 052" in editor.get(f"/desk/bakery/listing/outlets/?after={after}").content.decode()
    found = editor.get("/desk/bakery/listing/outlets/?q=tula").content.decode()
    assert "Outlet 052" in found
    assert "Outlet 001" not in found
    assert editor.get("/desk/bakery/listing/outlets/?after=9999999999999999999999&q=%00").status_code == 200
