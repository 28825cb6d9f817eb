"""The audit log only grows: the database itself refuses to change, remove or empty it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION accounts_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER accounts_audit_no_change BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_only_grows();
CREATE TRIGGER accounts_audit_no_truncate BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_only_grows();
"""
BACKWARD = """
DROP TRIGGER accounts_audit_no_truncate ON accounts_auditentry;
DROP TRIGGER accounts_audit_no_change ON accounts_auditentry;
DROP FUNCTION accounts_audit_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_programs_grants_tokens")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
