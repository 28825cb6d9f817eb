"""Addresses of the portal. `docs/addresses.md` is their contract. Probes are answered in `mastportal.health`."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from accounts.token_views import token_list

handler400 = "mastportal.errors.bad_request"
handler403 = "mastportal.errors.permission_denied"
handler404 = "mastportal.errors.page_not_found"
handler500 = "mastportal.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("notifications.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("basket/", include("basket.urls")),
    path("token", token_list),
    path("", include("api.urls")),
    path("", include("search.urls")),
]
