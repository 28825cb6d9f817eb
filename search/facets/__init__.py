"""The filters panel: what a search's rows hold, counted by column, and what of it is ticked."""

from search.facets.model import Bin, EnumFacet, EnumValue, Facet, FacetPanel, Offer, RangeFacet, TextFacet, TextFilter

__all__ = ["Bin", "EnumFacet", "EnumValue", "Facet", "FacetPanel", "Offer", "RangeFacet", "TextFacet", "TextFilter"]
