#!/bin/bash
set -eu
data=/var/lib/postgresql/data
as_postgres() { setpriv --reuid=70 --regid=70 --clear-groups "$@"; }
export PATH=/opt/postgres/bin:$PATH
chown 70:70 /var/lib/postgresql
if [ ! -s "$data/PG_VERSION" ]; then
  as_postgres initdb -D "$data" -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -A scram-sha-256 -E UTF8 --locale=C >/dev/null
  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
  echo "CREATE DATABASE $POSTGRES_DB" | as_postgres postgres --single -D "$data" postgres >/dev/null
fi
exec setpriv --reuid=70 --regid=70 --clear-groups postgres -D "$data" -c "listen_addresses=*" -c unix_socket_directories=/tmp
