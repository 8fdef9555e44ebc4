-- What the service may do on PostgreSQL: everything but change or forget what is only ever added: the audit, the ledger
-- of released numbers, evidence, grants and their withdrawal, the steps of applications, what was charged to privacy
-- budgets and answered for it.
--
-- Run it as the owner of the tables, after `enclave init` and after each upgrade, because new tables come without rights:
--
--     psql --set ON_ERROR_STOP=1 --dbname enclave --file deploy/postgresql/service_role.sql
--
-- The role has to be there: CREATE ROLE enclave_service LOGIN PASSWORD '...'; it owns nothing, so it can drop no trigger.

BEGIN;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM enclave_service;
GRANT USAGE ON SCHEMA public TO enclave_service;
REVOKE CREATE ON SCHEMA public FROM enclave_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO enclave_service;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO enclave_service;
REVOKE UPDATE, DELETE ON
    audit_record, ledger_entry,
    authorisation, evidence, retraction, signature,
    access_grant, withdrawal, emergency_access, emergency_review,
    application_step,
    privacy_charge, charge_entry, privacy_answer
FROM enclave_service;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM enclave_service;
COMMIT;
