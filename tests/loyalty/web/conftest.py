"""The visitors of accounts' pages walk through what those pages are made of."""

from tests.accounts.conftest import member, post, signed_in

__all__ = ["member", "post", "signed_in"]
