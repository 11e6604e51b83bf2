"""Forms of a listing at the partner's desk: texts and pictures, outlets."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname, build_localized_verbose_name

from accounts.domain import rate_limit
from accounts.domain.rate_limit import Limit
from loyalty.lib import translation
from loyalty.lib.clock import zone_names
from loyalty.lib.errors import DomainError
from partners.domain import listing, pictures
from partners.domain.outlets import hours
from partners.models import Outlet, Partner

UPLOADS_OF_PARTNER = (Limit("picture.partner", 60, 3600),)
_ACCEPT = "image/jpeg,image/png,image/webp"


class TextField(forms.CharField):
    """Text of one paragraph or more, with the line ends of the web made plain."""

    def to_python(self, value: Any) -> str:
        return "\n".join(line.rstrip() for line in (super().to_python(value) or "").splitlines()).strip()


def _text_fields() -> dict[str, forms.Field]:
    """The texts of a listing, in each of the programme's languages."""
    made: dict[str, forms.Field] = {}
    for language in translation.LANGUAGES:
        attrs = {"class": "inp", "lang": language}
        line, area, few = forms.TextInput(attrs=attrs), forms.Textarea(attrs={**attrs, "rows": 6}), forms.Textarea(attrs={**attrs, "rows": 3})
        fields = {
            "short_line": TextField(label=_("Short line"), max_length=120, required=False, widget=line, help_text=_("Stands below the name in the catalogue.")),
            "description": TextField(label=_("Description"), max_length=2000, required=False, widget=area),
            "exclusions_text": TextField(label=_("What earns no points"), max_length=1000, required=False, widget=few),
        }
        for name, field in fields.items():
            field.label = build_localized_verbose_name(field.label, language)
            made[build_localized_fieldname(name, language)] = field
    return made


class ListingForm(forms.Form):
    """What members read and see of a partner. Pictures are checked and re-encoded as they come in."""

    logo = forms.FileField(label=_("Logo"), required=False, help_text=_("JPEG, PNG or WebP, up to 10 MB."), widget=forms.FileInput(attrs={"accept": _ACCEPT}))
    drop_logo = forms.BooleanField(label=_("Without a logo"), required=False)
    photo = forms.FileField(label=_("Add a photo"), required=False, widget=forms.FileInput(attrs={"accept": _ACCEPT}))
    photo_alt = TextField(label=_("What the photo shows"), max_length=200, required=False, help_text=_("For those who don't see it."))

    def __init__(self, *args: Any, partner: Partner, values: dict[str, Any], **kwargs: Any) -> None:
        kwargs["initial"] = {name: value for name, value in values.items() if name not in ("logo", "photos")}
        super().__init__(*args, **kwargs)
        self.fields = {**_text_fields(), **self.fields}
        self.partner, self.had = partner, values
        self.fields["photo_alt"].widget.attrs["class"] = "inp"
        for name in ("logo", "photo"):
            self.fields[name].widget.attrs["class"] = "inp file"

    @property
    def texts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of each language, below its own name."""
        return [
            (translation.own_name(language), [self[build_localized_fieldname(name, language)] for name in listing.TEXTS]) for language in translation.LANGUAGES
        ]

    def clean_logo(self) -> pictures.Picture | None:
        return self._picture("logo", pictures.store_logo)

    def clean_photo(self) -> pictures.Picture | None:
        if self.cleaned_data.get("photo") and len(self.kept_photos()) >= listing.MOST_PHOTOS:
            raise ValidationError(gettext("A listing has at most %(count)s photos.") % {"count": listing.MOST_PHOTOS})
        return self._picture("photo", pictures.store_photo)

    def _picture(self, name: str, store: Any) -> pictures.Picture | None:
        upload = self.cleaned_data.get(name)
        if not upload:
            return None
        if not rate_limit.allow(UPLOADS_OF_PARTNER, key=str(self.partner.pk), now=timezone.now()):
            raise ValidationError(gettext("Too many pictures were uploaded. Wait a while and try again."))
        try:
            # Read only as far as is allowed, whatever the browser says of its length.
            picture: pictures.Picture = store(upload.read(pictures.MOST_BYTES + 1))
        except DomainError as error:
            raise ValidationError(gettext(error.message), code=error.code) from None
        return picture

    def kept_photos(self) -> list[dict[str, Any]]:
        """The photos there were, without those to drop, with their words as typed."""
        kept = []
        for one in self.had.get("photos", []):
            digest = str(one["image"])
            if self.data.get(f"drop_{digest}"):
                continue
            alt = str(self.data.get(f"alt_{digest}", one.get("alt", ""))).replace("\0", "").strip()[:200]
            kept.append({**one, "alt": alt})
        return kept

    def values(self) -> dict[str, Any]:
        """The proposed values by field of the listing."""
        cleaned = self.cleaned_data
        values = {name: cleaned[name] for name in self.initial if name in cleaned}
        logo: pictures.Picture | None = cleaned["logo"]
        values["logo"] = logo.digest if logo else "" if cleaned["drop_logo"] else self.had["logo"]
        photos, photo = self.kept_photos(), cleaned["photo"]
        if photo and photo.digest not in [one["image"] for one in photos]:
            photos.append({"image": photo.digest, "width": photo.width, "height": photo.height, "alt": cleaned["photo_alt"]})
        values["photos"] = photos
        return values


class DegreesField(forms.FloatField):
    """A coordinate; a decimal comma is fine."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(min_value=-most, max_value=most, widget=forms.TextInput(attrs={"class": "inp", "inputmode": "text", "autocomplete": "off"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".").replace("−", "-") if isinstance(value, str) else value)


class OutletForm(forms.Form):
    """An outlet: where it is, when it is open, how to call it."""

    external_id = TextField(label=_("Your own number"), max_length=64, required=False, help_text=_("As your tills name the outlet. Empty: one is made."))
    name = TextField(label=_("Name of the outlet"), max_length=200)
    address = TextField(label=_("Address"), max_length=300)
    city = TextField(label=_("City"), max_length=100)
    country = TextField(label=_("Country"), max_length=2, min_length=2, help_text=_("Two letters, as in RU."), initial="RU")
    lat = DegreesField(label=_("Latitude"), most=90, help_text=_("Degrees, as in 55.7601"))
    lng = DegreesField(label=_("Longitude"), most=180, help_text=_("Degrees, as in 37.6175"))
    timezone = TextField(label=_("Time zone"), max_length=64, required=False, help_text=_("As in Asia/Vladivostok. Empty: that of the country."))
    phone = TextField(label=_("Phone"), max_length=40, required=False)
    hours = TextField(label=_("Opening hours"), max_length=300, required=False, help_text=_("As in: Mo-Fr 09:00-20:00; Sa,Su 10:00-18:00; PH off. Or: 24/7"))

    def __init__(self, *args: Any, outlet: Outlet | None, partner: Partner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outlet, self.partner = outlet, partner
        if outlet is not None:
            del self.fields["external_id"]
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "inp")

    def clean_external_id(self) -> str:
        number = str(self.cleaned_data["external_id"])
        if number and Outlet.objects.filter(partner=self.partner, external_id=number).exists():
            raise ValidationError(gettext("Another outlet has this number."))
        return number

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if not (country.isascii() and country.isalpha()):
            raise ValidationError(gettext("Two Latin letters, as in RU."))
        return country

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"])
        if phone and (sum(char.isdigit() for char in phone) < 5 or any(not (char.isdigit() or char in "+-–() .,#*доб") for char in phone)):
            raise ValidationError(gettext("Enter the number in digits, as in +7 900 000-00-00"))
        return phone

    def clean_timezone(self) -> str:
        zone = str(self.cleaned_data["timezone"])
        if zone and zone not in zone_names():
            raise ValidationError(gettext("There is no such time zone. Write it as in Europe/Moscow."))
        return zone

    def clean_hours(self) -> str:
        text = str(self.cleaned_data["hours"])
        try:
            return hours.check(text) if text else ""
        except DomainError as error:
            raise ValidationError(gettext(error.message) % error.details, code=error.code) from None
