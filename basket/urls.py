"""Addresses under /basket/."""

from django.urls import path

from basket import bundle_views, delivery_views, history_views, reference_views, views

app_name = "basket"
urlpatterns = [
    path("", views.manager, name="manager"),
    path("add/", views.add, name="add"),
    path("estimate/", views.estimate, name="estimate"),
    path("ticks/", views.tick, name="tick"),
    path("choose/", views.choose, name="choose"),
    path("list.csv", views.list_file, name="list_file"),
    path("references/", reference_views.retrieve, name="references"),
    path("remove/", views.remove, name="remove"),
    path("undo/", views.undo, name="undo"),
    path("download/", views.download, name="download"),
    path("one-click/<int:obsid>/", views.one_click, name="one_click"),
    path("files/<int:product_id>/<str:name>", bundle_views.single_file, name="file"),
    path("bundles/<uuid:delivery_id>/<str:filename>", bundle_views.bundle, name="bundle"),
    path("stage/", delivery_views.stage, name="stage"),
    path("requests/<uuid:delivery_id>/", delivery_views.request_view, name="request"),
    path("requests/<uuid:delivery_id>/cancel/", delivery_views.cancel, name="request_cancel"),
    path("requests/<uuid:delivery_id>/prolong/", delivery_views.prolong, name="request_prolong"),
    path("requests/<uuid:delivery_id>/delete/", delivery_views.delete, name="request_delete"),
    path("requests/<uuid:delivery_id>/retry/", delivery_views.retry, name="request_retry"),
    path("requests/<uuid:delivery_id>/manifest/", delivery_views.manifest, name="request_manifest"),
    path("requests/<uuid:delivery_id>/<str:filename>", delivery_views.built, name="built"),
    path("history/", history_views.history, name="history"),
    path("history/<uuid:delivery_id>/", history_views.past, name="past"),
    path("history/<uuid:delivery_id>/again/", history_views.again, name="again"),
    path("history/<uuid:delivery_id>/to-basket/", history_views.to_basket, name="to_basket"),
    path("ftps-certificate.pem", delivery_views.ftps_certificate, name="ftps_certificate"),
]
