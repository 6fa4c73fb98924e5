-- The two roles, once, by a superuser in the empty database that is to hold the keys:
--   psql --dbname=signa --file=roles.sql
-- Then each gets its password: \password signa_owner, \password signa_service.

-- Owns the tables. Only `migrate` connects with it, and whoever copies, restores or backs up.
CREATE ROLE signa_owner LOGIN;
-- Runs the service. Owns nothing, and has only what `migrate --service-role signa_service` grants.
CREATE ROLE signa_service LOGIN;

DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO signa_owner', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO signa_service', current_database());
END
$$;
ALTER SCHEMA public OWNER TO signa_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO signa_service;
