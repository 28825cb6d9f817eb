"""Addresses under /accounts/."""

from allauth.account.views import RequestReauthenticationCodeView
from allauth.urls import build_provider_urlpatterns
from django.urls import include, path

from accounts import access_views, token_views, views
from accounts.forms import PortalMailedCodeForm
from accounts.services import offered

urlpatterns = [
    path("", views.home, name="account_home"),
    path("name/", views.rename, name="account_rename"),
    path("export/", views.export_account, name="account_export"),
    path("delete/", views.delete_account, name="account_delete"),
    path("sessions/<int:pk>/end/", views.end_session, name="account_end_session"),
    path("tokens/", token_views.token_list, name="account_tokens"),
    path("tokens/<int:pk>/revoke/", token_views.revoke, name="account_revoke_token"),
    path("programs/<str:mission>/<str:number>/grants/", access_views.grant, name="grant_access"),
    path("programs/<str:mission>/<str:number>/log/", access_views.log, name="access_log"),
    path("programs/<str:mission>/<str:number>/ask/", access_views.ask, name="ask_for_access"),
    path("grants/<int:pk>/revoke/", access_views.revoke, name="revoke_access"),
    path("requests/<int:pk>/", access_views.answer, name="answer_request"),
    # the library's own view takes no form from ACCOUNT_FORMS; this one is throttled
    path(
        "reauthenticate/code/",
        RequestReauthenticationCodeView.as_view(form_class=PortalMailedCodeForm),
        name="account_request_reauthentication_code",
    ),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("services/", include("allauth.socialaccount.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    *map(offered, build_provider_urlpatterns()),
]
