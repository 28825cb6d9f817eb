"""Addresses of subscriptions and notices, under ``/accounts/``."""

from django.urls import path

from notifications import notice_views, views

app_name = "notifications"
urlpatterns = [
    path("subscriptions/", views.subscriptions, name="subscriptions"),
    path("subscriptions/new/", views.new, name="new"),
    path("subscriptions/change/", views.change_selected, name="change-selected"),
    path("subscriptions/edit/", views.edit_selected, name="edit-selected"),
    path("subscriptions/<int:pk>/", views.edit, name="subscription"),
    path("subscriptions/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("notices/", notice_views.notices, name="notices"),
    path("notices/change/", notice_views.change_selected, name="change-notices"),
    path("notices/<int:pk>/open/", notice_views.open_notice, name="open-notice"),
    path("notices/unread/", notice_views.unread, name="unread"),
    path("notices/latest/", notice_views.latest, name="latest"),
]
