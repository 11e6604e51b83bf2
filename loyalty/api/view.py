"""What all calls of the API share: English sentences, the programme and the clock once a call, answers that can be asked for again."""

import threading
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.fields import printable
from loyalty.api.renderers import render
from loyalty.domain import programme as programmes
from loyalty.domain import till
from loyalty.domain.till import Answer
from loyalty.models import Programme
from partners.api.authentication import partner_key
from partners.models import Partner

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
_kept = threading.local()


class ApiView(APIView):
    """A call of the API. `scopes` says which scope of a key each method needs."""

    scopes: ClassVar[dict[str, str]] = {}
    # The names that may stand in the query.
    query: ClassVar[frozenset[str]] = frozenset()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Speak English, whatever the browser prefers: programs and their authors read the sentences."""
        with translation.override("en"):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse names in the query that mean nothing: a misspelt filter must not show everything."""
        super().initial(request, *args, **kwargs)
        strange = sorted(request.query_params.keys() - self.query)
        if strange:
            known = f"Known are: {', '.join(sorted(self.query))}." if self.query else "This call takes none."
            raise ValidationError({printable(name): ErrorDetail(f"There is no such query parameter. {known}", "unknown") for name in strange[:20]})

    @cached_property
    def now(self) -> datetime:
        """The instant of this call."""
        return timezone.now()

    @cached_property
    def programme(self) -> Programme:
        """The programme, read once a call."""
        return programmes.current()

    @property
    def partner(self) -> Partner:
        """The partner whose key it is."""
        return partner_key(self.request).partner

    def read(self, serializer: type[serializers.Serializer[Any]], **context: Any) -> Any:
        """The body as the serializer's value. Raises ValidationError."""
        return reader(serializer, now=self.now, programme=self.programme, **context).run_validation(self.request.data)

    def once(self, act: Callable[[], tuple[int, Any]]) -> HttpResponse:
        """Do `act` (status, data) in one transaction, or answer as before if its Idempotency-Key is known."""

        def answer() -> Answer:
            status, data = act()
            return Answer(status, render(data))

        mark = till.fingerprint(method=str(self.request.method), path=self.request.path, body=getattr(self.request, "raw_body", b""))
        given, repeated = till.answer_once(partner_id=self.partner.pk, key=_idempotency_key(self.request), fingerprint=mark, now=self.now, act=answer)
        response = HttpResponse(given.body, status=given.status, content_type="application/json")
        if repeated:
            response[REPLAYED_HEADER] = "true"
        return response


def reader(serializer: type[serializers.Serializer[Any]], **context: Any) -> serializers.Serializer[Any]:
    """A serializer to read with by `run_validation`. Each thread makes one of a class and keeps it: building it takes longer than reading."""
    if not hasattr(_kept, "readers"):
        _kept.readers = {}
    if serializer not in _kept.readers:
        _kept.readers[serializer] = serializer()
    kept: serializers.Serializer[Any] = _kept.readers[serializer]
    kept._context = context
    return kept


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= till.MAX_IDEMPOTENCY_KEY or not key.isascii() or not key.isprintable():
        raise ValidationError({KEY_HEADER: f"A key is 1 to {till.MAX_IDEMPOTENCY_KEY} printable ASCII characters."}, code="bad_key")
    return key
