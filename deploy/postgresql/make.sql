-- Roles and databases, once, by the role postgres; mikrocert_keys is best on another host, with backups of its own.
CREATE ROLE mikrocert_owner LOGIN;
CREATE ROLE mikrocert_issuer LOGIN;
CREATE ROLE mikrocert_reader LOGIN;
CREATE ROLE mikrocert_holder LOGIN;
CREATE ROLE mikrocert_backup LOGIN;
CREATE DATABASE mikrocert OWNER mikrocert_owner ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE mikrocert_keys OWNER mikrocert_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE mikrocert, mikrocert_keys FROM PUBLIC;
GRANT CONNECT ON DATABASE mikrocert, mikrocert_keys TO mikrocert_issuer, mikrocert_reader, mikrocert_holder, mikrocert_backup;
