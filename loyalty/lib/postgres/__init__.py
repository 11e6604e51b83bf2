"""Django's PostgreSQL backend for processes that must not wait without end: DATABASES' ENGINE where PostgreSQL is used."""
