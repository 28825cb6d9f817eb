"""Addresses of searching, from the root."""

from django.urls import include, path

from search import views
from search.advanced.views import advanced
from search.choice_views import choose_columns, choose_filters, choose_size
from search.created_views import create_column
from search.exports.views import export, gives_files, script
from search.lists.search_views import cross_match_search
from search.locator.views import locator
from search.mocs import views as mocs
from search.panel_views import filters
from search.permalink_views import follows_permalinks, permalink
from search.selection_views import add_all_rows, row_numbers
from search.sky.views import moc_of_results, overlay, sky_of_search
from search.suggest.views import suggestions
from search.synthetic import views as synthetic
from search.tabs import views as tabs
from search.viewers.chart_views import chart, chart_filter, chart_rows
from search.viewers.cutout_views import cutout
from search.viewers.jdaviz import jdaviz
from search.viewers.spectrum_views import spectra, spectrum
from search.viewers.timeseries_views import timeseries

app_name = "search"
urlpatterns = [
    path("", follows_permalinks(views.home), name="home"),
    path("search/", gives_files(follows_permalinks(views.results)), name="results"),
    path("search/advanced/", advanced, name="advanced"),
    path("search/locator/", locator, name="locator"),
    # where the original portal's own links point
    path("portal/Mashup/Clients/Mast/Portal.html", permalink),
    path("Portal.html", permalink),
    path("suggest/", suggestions, name="suggest"),
    path("tabs/close/", tabs.close_tab, name="close-tab"),
    path("saved/", tabs.save_search, name="save"),
    path("saved/<int:pk>/", tabs.edit_saved, name="saved"),
    path("saved/<int:pk>/delete/", tabs.delete_saved, name="delete-saved"),
    path("saved/<int:pk>/restore/", tabs.restore_saved, name="restore-saved"),
    path("saved/<int:pk>/news/", tabs.news, name="saved-news"),
    path("search/filters/", filters, name="filters"),
    path("search/chart/", chart, name="chart"),
    path("search/chart/filter/", chart_filter, name="chart-filter"),
    path("search/chart/rows/", chart_rows, name="chart-rows"),
    path("search/rows/", row_numbers, name="rows"),
    path("search/rows/add/", add_all_rows, name="add-all"),
    path("search/sky/", sky_of_search, name="sky"),
    path("search/moc/", moc_of_results, name="moc"),
    path("search/moc/upload/", mocs.upload, name="moc-upload"),
    path("search/moc/<uuid:moc_id>/delete/", mocs.delete, name="moc-delete"),
    path("search/export/", export, name="export"),
    path("search/cross-match/", cross_match_search, name="match-rows"),
    path("search/script/", script, name="script"),
    path("search/columns/", choose_columns, name="choose-columns"),
    path("search/columns/create/", create_column, name="create-column"),
    path("search/size/", choose_size, name="choose-size"),
    path("search/filters/choose/", choose_filters, name="choose-filters"),
    path("hips/synthetic/properties", synthetic.properties, name="sky-properties"),
    path("hips/synthetic/Moc.fits", synthetic.coverage, name="sky-coverage"),
    path("hips/synthetic/progress.json", synthetic.progress, name="sky-progress"),
    path("hips/synthetic/Norder<int:order>/Allsky.webp", synthetic.mosaic, name="sky-mosaic"),
    path("hips/synthetic/Norder<int:order>/Dir<int:group>/Npix<int:number>.webp", synthetic.tile, name="sky-tile"),
    path("lists/", include("search.lists.urls")),
    path("observations/<int:obsid>/", views.observation, name="observation"),
    path("observations/<int:obsid>/cutout/", cutout, name="cutout"),
    path("observations/<int:obsid>/overlay/", overlay, name="overlay"),
    path("observations/<int:obsid>/spectrum/", spectrum, name="spectrum"),
    path("observations/<int:obsid>/timeseries/", timeseries, name="timeseries"),
    path("observations/<int:obsid>/jdaviz/", jdaviz, name="jdaviz"),
    path("spectra/", spectra, name="spectra"),
    path("programs/<str:mission>/<str:number>/", views.program, name="program"),
]
