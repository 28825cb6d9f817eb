"""Addresses under /basket/."""

from django.urls import path

from basket import bundle_views, views

app_name = "basket"
urlpatterns = [
    path("", views.manager, name="manager"),
    path("add/", views.add, name="add"),
    path("estimate/", views.estimate, name="estimate"),
    path("ticks/", views.tick, name="tick"),
    path("remove/", views.remove, name="remove"),
    path("undo/", views.undo, name="undo"),
    path("download/", views.download, name="download"),
    path("one-click/<int:obsid>/", views.one_click, name="one_click"),
    path("files/<int:product_id>/<str:name>", bundle_views.single_file, name="file"),
    path("bundles/<uuid:delivery_id>/<str:filename>", bundle_views.bundle, name="bundle"),
]
