#!/bin/sh
# Makes secrets/*.env with passwords of 32 random bytes, which only you can read. What is there is left as it is.
set -eu
umask 077
cd "$(dirname "$0")"
if [ -e secrets ]; then
  echo 'The folder secrets is there already: delete it to make other passwords, and change them in the database too.' >&2
  exit 1
fi
password() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
superuser=$(password)
owner=$(password)
service=$(password)
mkdir secrets
cat >secrets/database.env <<EOT
POSTGRES_PASSWORD=$superuser
SIGNA_OWNER_PASSWORD=$owner
SIGNA_SERVICE_PASSWORD=$service
EOT
echo "DATABASE_URL=postgres://signa_owner:$owner@database:5432/signa" >secrets/owner.env
echo "DATABASE_URL=postgres://signa_service:$service@database:5432/signa" >secrets/service.env
