"""Addresses of searching, from the root."""

from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.results, name="results"),
    path("observations/<int:obsid>/", views.observation, name="observation"),
    path("programs/<str:mission>/<str:number>/", views.program, name="program"),
]
