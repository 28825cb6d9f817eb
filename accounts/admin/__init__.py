"""Django's admin for operators: people and access, and of the holdings what decides who may have them."""

from django.contrib import admin

from accounts.admin.holdings import ObservationAdmin, ProductAdmin, ProgramAdmin
from accounts.admin.logins import LoggedGroupAdmin
from accounts.admin.people import AuditEntryAdmin, GrantAdmin, LeadAdmin, UserAdmin

__all__ = [
    "AuditEntryAdmin",
    "GrantAdmin",
    "LeadAdmin",
    "LoggedGroupAdmin",
    "ObservationAdmin",
    "ProductAdmin",
    "ProgramAdmin",
    "UserAdmin",
]

#: The home page lists the same, and wide tables need the room.
admin.site.enable_nav_sidebar = False
