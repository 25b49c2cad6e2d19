# The PostgreSQL that comes from npm, with the face of the official image as far as deploy/ uses it.
ARG BASE
FROM ${BASE}
COPY native /opt/postgres
COPY postgres-entry.sh pg_isready /usr/local/bin/
RUN ["useradd", "--system", "--uid", "70", "postgres"]
RUN ["install", "-d", "-o", "70", "-g", "70", "/var/lib/postgresql"]
VOLUME /var/lib/postgresql
CMD ["postgres-entry.sh"]
