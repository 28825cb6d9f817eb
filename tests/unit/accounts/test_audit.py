"""The log only grows, whoever asks the database."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from accounts import audit
from accounts.models import AuditEntry

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 1, 20, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET actor = 'nobody'",
        "DELETE FROM accounts_auditentry",
        # the tests' database has this trigger switched off, so that it can be emptied between tests
        "ALTER TABLE accounts_auditentry ENABLE TRIGGER accounts_audit_no_truncate; TRUNCATE accounts_auditentry",
    ],
)
def test_the_database_refuses_to_change_the_log(statement: str) -> None:
    audit.record(audit.CONSOLE, "granted access", NOW, subject="a@example.org")
    with pytest.raises(ProgrammingError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.get().actor == audit.CONSOLE
