"""Django's admin for operators: people and access, and of the holdings what decides who may have them."""

from accounts.admin.holdings import ObservationAdmin, ProductAdmin, ProgramAdmin
from accounts.admin.people import AuditEntryAdmin, GrantAdmin, LeadAdmin, UserAdmin

__all__ = [
    "AuditEntryAdmin",
    "GrantAdmin",
    "LeadAdmin",
    "ObservationAdmin",
    "ProductAdmin",
    "ProgramAdmin",
    "UserAdmin",
]
