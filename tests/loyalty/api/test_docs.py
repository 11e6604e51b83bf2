"""The readable page and the OpenAPI document."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page

from loyalty.api import urls

pytestmark = pytest.mark.django_db


def _schema() -> dict[str, Any]:
    answer = Client().get("/api/v1/schema/")
    assert answer.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    schema: dict[str, Any] = answer.json()
    return schema


def test_the_document_is_openapi_3_1_and_names_every_call() -> None:
    schema = _schema()
    assert schema["openapi"].startswith("3.1")
    silent = {"schema", "docs", "nothing"}
    assert len(schema["paths"]) == len([pattern for pattern in urls.urlpatterns if pattern.name not in silent])
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            assert {"401", "404", "422", "503"} <= set(operation["responses"]), path
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert ("Idempotency-Key" in names) == (method == "post"), path
    orders = schema["paths"]["/api/v1/orders/"]["post"]
    assert orders["security"] == [{"ApiKey": []}]
    assert {"200", "201"} <= set(orders["responses"])
    assert schema["components"]["schemas"]["OrderRequest"]["additionalProperties"] is False


def test_every_reference_of_the_document_leads_somewhere() -> None:
    schema = _schema()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                target: Any = schema
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(schema)


def test_the_page_shows_the_calls_under_the_strict_policy(page: Page) -> None:
    said: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", keep)
    page.on("pageerror", lambda error: said.append(str(error)))
    answer = page.goto("/api/v1/docs/")
    assert answer is not None
    assert "unsafe" not in answer.headers["content-security-policy"]
    page.get_by_text("Report a purchase", exact=True).click()
    page.get_by_text("201 for a new order, 200 for a known external_id").first.wait_for()
    assert said == []


@pytest.mark.parametrize("path", ["nowhere/", "", "holds/%0Ax/release/", "nowhere%0A"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_leads_nowhere_is_a_problem_document(method: str, path: str) -> None:
    answer = getattr(Client(), method)(f"/api/v1/{path}")
    assert (answer.status_code, answer.headers["Content-Type"], answer.json()["code"]) == (404, "application/problem+json", "no_such_call")
