"""Addresses of the portal. `docs/addresses.md` is their contract. Probes are answered in `mastportal.health`."""

from django.urls import URLPattern, URLResolver, include, path

handler400 = "mastportal.errors.bad_request"
handler403 = "mastportal.errors.permission_denied"
handler404 = "mastportal.errors.page_not_found"
handler500 = "mastportal.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("basket/", include("basket.urls")),
    path("", include("search.urls")),
]
