"""Addresses of searching, from the root."""

from django.urls import path

from search import views
from search.permalink_views import follows_permalinks, permalink

app_name = "search"
urlpatterns = [
    path("", follows_permalinks(views.home), name="home"),
    path("search/", follows_permalinks(views.results), name="results"),
    # where the original portal's own links point
    path("portal/Mashup/Clients/Mast/Portal.html", permalink),
    path("Portal.html", permalink),
    path("observations/<int:obsid>/", views.observation, name="observation"),
    path("programs/<str:mission>/<str:number>/", views.program, name="program"),
]
