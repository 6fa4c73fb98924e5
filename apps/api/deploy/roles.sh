#!/bin/bash
# Run by the image of PostgreSQL when it makes the database: the roles, and their passwords from database.env.
set -euo pipefail
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --file=/roles.sql
# \getenv and standard input keep the passwords out of the list of processes, SET keeps them out of the server's log.
psql --set=ON_ERROR_STOP=1 --quiet --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\getenv owner SIGNA_OWNER_PASSWORD
\getenv service SIGNA_SERVICE_PASSWORD
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
ALTER ROLE signa_owner PASSWORD :'owner';
ALTER ROLE signa_service PASSWORD :'service';
SQL
