#!/bin/sh
# Makes the secrets of a deployment in deploy/secrets, a file each, and leaves those alone that are there. What only you
# can know becomes an empty line, which counts as unset. Run it again after you changed where PostgreSQL is.
#   sh deploy/make-secrets.sh [ADDRESS:PORT of PostgreSQL]
set -eu
postgres=${1:-127.0.0.1:5432}
here=$(cd "$(dirname "$0")" && pwd)
umask 022
# Nobody else gets past the folder; the files themselves are read by other accounts inside of containers.
mkdir -p "$here/secrets"
chmod 700 "$here/secrets"
cd "$here/secrets"
[ -s postgres-password ] || openssl rand -hex 32 >postgres-password
[ -s token-keys ] || echo "$(date +%Y%m):$(openssl rand -base64 32)" >token-keys
echo "postgresql://automna:$(cat postgres-password)@$postgres/automna" >database-url
for name in clerk-secret-key clerk-webhook-signing-secret openai-api-key anthropic-api-key; do
  [ -s "$name" ] || echo >"$name"
done
# What Traefik's DNS provider wants, NAME=value a line.
[ -e "$here/traefik/dns.env" ] || (umask 077 && : >"$here/traefik/dns.env")
