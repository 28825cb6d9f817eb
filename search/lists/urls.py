"""Addresses under /lists/, part of the addresses of searching."""

from django.urls import path

from search.lists import grid_views, match_views, sky_views, views

urlpatterns = [
    path("upload/", views.upload, name="upload"),
    path("<uuid:list_id>/", grid_views.show_list, name="list"),
    path("<uuid:list_id>/columns/", grid_views.choose_columns, name="list_columns"),
    path("<uuid:list_id>/export/", grid_views.export_list, name="list_export"),
    path("<uuid:list_id>/sky/", sky_views.sky_of_list, name="list_sky"),
    path("<uuid:list_id>/positions.json", views.positions, name="list_positions"),
    path("<uuid:list_id>/position/", views.choose_position, name="choose_position"),
    path("<uuid:list_id>/resolve/", views.resolve_again, name="resolve_again"),
    path("<uuid:list_id>/delete/", views.delete_list, name="delete_list"),
    path("<uuid:list_id>/cross-match/", match_views.match_list, name="cross_match"),
    path("<uuid:list_id>/matches/<uuid:match_id>/", match_views.show_match, name="match"),
    path("<uuid:list_id>/matches/<uuid:match_id>/sky/", sky_views.sky_of_match, name="match_sky"),
    path("<uuid:list_id>/matches/<uuid:match_id>/columns/", match_views.choose_match_columns, name="match_columns"),
    path("<uuid:list_id>/matches/<uuid:match_id>/export/", match_views.export_match, name="export_match"),
    path("<uuid:list_id>/matches/<uuid:match_id>/<slug:slug>/", match_views.match_file, name="match_file"),
]
