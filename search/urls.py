"""Addresses of searching, from the root."""

from django.urls import path

from search import views
from search.permalink_views import follows_permalinks, permalink
from search.tabs import views as tabs

app_name = "search"
urlpatterns = [
    path("", follows_permalinks(views.home), name="home"),
    path("search/", follows_permalinks(views.results), name="results"),
    # where the original portal's own links point
    path("portal/Mashup/Clients/Mast/Portal.html", permalink),
    path("Portal.html", permalink),
    path("tabs/close/", tabs.close_tab, name="close-tab"),
    path("saved/", tabs.save_search, name="save"),
    path("saved/<int:pk>/", tabs.edit_saved, name="saved"),
    path("saved/<int:pk>/delete/", tabs.delete_saved, name="delete-saved"),
    path("saved/<int:pk>/restore/", tabs.restore_saved, name="restore-saved"),
    path("saved/<int:pk>/news/", tabs.news, name="saved-news"),
    path("observations/<int:obsid>/", views.observation, name="observation"),
    path("programs/<str:mission>/<str:number>/", views.program, name="program"),
]
