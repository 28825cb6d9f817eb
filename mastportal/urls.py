"""Addresses of the portal. `docs/addresses.md` is their contract."""

from django.urls import URLPattern, URLResolver, include, path

from mastportal import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("basket/", include("basket.urls")),
    path("", include("search.urls")),
]
