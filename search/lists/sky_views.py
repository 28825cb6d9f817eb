"""What the sky beside a list or a cross-match asks for: footprints of the rows that other pages show."""

import uuid

import numpy as np
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from archive.clock import archive_now
from archive.sky.vectors import squared_chord, unit_vector, unit_vectors
from search import query
from search.compressed import compressed_page
from search.lists.actions import fields_of, roles_of
from search.lists.columns import list_columns
from search.lists.footprints import footprints_of, shapes_of_footprints
from search.lists.look import parse_list_look, parse_match_look
from search.lists.match_columns import match_columns
from search.lists.match_pages import TARGET
from search.lists.rows import looked_at, pairs_looked_at
from search.lists.whose import own_list, own_match
from search.models import CrossMatch, CrossMatchPair, RowState, TargetRow
from search.sky.answers import refusing, without
from search.sky.shapes import Shape
from search.sky.view import MAX_SHAPES, WHOLE_SKY, Seen, View, parse_view, seen_of


@require_safe
@compressed_page
@refusing
def sky_of_list(request: HttpRequest, list_id: uuid.UUID) -> JsonResponse:
    """The footprints of a list's rows, as its address filters them, that lie in a view of the sky."""
    own = own_list(request, list_id)
    columns = list_columns(fields_of(own))
    look = parse_list_look(without(request.GET, "at"), columns)
    view = parse_view(request.GET.get("at", ""))
    rows = list(looked_at(own, columns, look).rows.filter(state=RowState.RESOLVED, ra_deg__isnull=False))
    here = _in_view(rows, view)
    found: Seen = {"total": len(rows), "in_view": len(here), "limit": MAX_SHAPES}
    # of more rows than are drawn the crosses, which are all in the page, tell where they lie
    found["shapes"] = shapes_of_footprints(footprints_of(here, roles_of(own))) if len(here) <= MAX_SHAPES else []
    return JsonResponse(found)


def _in_view(rows: list[TargetRow], view: View) -> list[TargetRow]:
    """Those whose positions lie in the view."""
    if view == WHOLE_SKY or not rows:
        return rows
    angles = np.array([(row.ra_deg, row.dec_deg) for row in rows], dtype=np.float64)
    away = unit_vectors(angles[:, 0], angles[:, 1]) - unit_vector(view.ra_deg, view.dec_deg)
    within = (away**2).sum(axis=1) <= squared_chord(view.radius_deg)
    return [row for row, is_here in zip(rows, within.tolist(), strict=True) if is_here]


def _regions_of_targets(match: CrossMatch, pairs: QuerySet[CrossMatchPair], view: View) -> list[Shape]:
    """The footprints of the list's rows in these pairs, as far as the list has any and they are not too many."""
    roles = roles_of(match.target_list)
    if roles.region is None:
        return []
    matched = TargetRow.objects.filter(pk__in=pairs.values("target_id"), ra_deg__isnull=False).order_by("number")
    here = _in_view(list(matched), view)
    return shapes_of_footprints(footprints_of(here, roles), TARGET) if len(here) <= MAX_SHAPES else []


@require_safe
@compressed_page
@refusing
def sky_of_match(request: HttpRequest, list_id: uuid.UUID, match_id: uuid.UUID) -> JsonResponse:
    """What of a cross-match lies in a view, as its address filters it: observations, and the regions of its rows."""
    match = own_match(own_list(request, list_id), match_id)
    columns, now = match_columns(fields_of(match.target_list)), archive_now()
    look = parse_match_look(without(request.GET, "at"), columns)
    view = parse_view(request.GET.get("at", ""))
    pairs = pairs_looked_at(match, columns, look, now).rows.order_by()
    rows = query.observations((), now).filter(pk__in=pairs.values("observation_id"))
    found = seen_of(rows, view)
    if "shapes" in found:
        found["shapes"] += _regions_of_targets(match, pairs, view)
    return JsonResponse(found)
