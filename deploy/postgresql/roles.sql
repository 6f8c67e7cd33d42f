-- Rights of the five roles in one database of mikrocert: run it by the role that owns the tables (mikrocert_owner), in the database of the
-- archive and in that of its keys, after `mikrocert archive init` and after each `mikrocert archive upgrade`. Running it again does no harm.
--
--   mikrocert_owner   makes and changes tables: `mikrocert archive init` and `upgrade`, and nothing else
--   mikrocert_issuer  records: what issues, revokes, works; can't change or delete what was recorded, nor take down the fence
--   mikrocert_reader  reads what pages show, and its keys: the public portal with its catalogue; what institutions sent, their keys and what
--                     was done to them, it can't even read
--   mikrocert_holder  the same, and writes what holders decide: shares, how often they were opened, what a permanent link shows; and that a
--                     statement was given; it makes no holder's link, and deletes nothing but what people gathered in their wallets
--   mikrocert_backup  reads everything: backups and the proof of the archive

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, mikrocert_issuer, mikrocert_reader, mikrocert_holder, mikrocert_backup;
GRANT USAGE ON SCHEMA public TO mikrocert_issuer, mikrocert_reader, mikrocert_holder, mikrocert_backup;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO mikrocert_issuer, mikrocert_backup;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO mikrocert_issuer;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT t.oid::regclass AS name,
               t.relname AS plain,
               t.relname LIKE '%\_version' AS is_version,
               EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = t.relname || '_keep') AS is_kept
        FROM pg_class t
        WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
    LOOP
        -- A table that is not named here is read by nobody but who records, or makes backups.
        IF one.is_version OR one.plain IN ('owner', 'awards', 'artefacts', 'objects', 'events', 'log_hashes', 'log_heads', 'keys',
                                           'holder_links', 'link_access', 'shares', 'openings',
                                           'accounts', 'type_versions', 'type_ends', 'statements') THEN
            EXECUTE format('GRANT SELECT ON %s TO mikrocert_reader, mikrocert_holder', one.name);
        END IF;
        IF one.plain IN ('link_access', 'shares', 'openings', 'statements') THEN
            EXECUTE format('GRANT INSERT ON %s TO mikrocert_holder', one.name);
        END IF;
        IF one.plain = 'wallet_entries' THEN -- read by nobody else that shows pages; who may delete rows may lock the table, too
            EXECUTE format('GRANT SELECT, INSERT, DELETE ON %s TO mikrocert_holder', one.name);
        ELSIF one.plain = 'shares' THEN -- what it shows, for whom and until when never changes
            EXECUTE format('GRANT UPDATE (opened, withdrawn_at) ON %s TO mikrocert_holder', one.name);
        ELSIF one.plain = 'openings' THEN
            EXECUTE format('GRANT UPDATE (count) ON %s TO mikrocert_holder', one.name);
        ELSIF one.plain = 'link_access' THEN
            EXECUTE format('GRANT UPDATE (access, changed_at) ON %s TO mikrocert_holder', one.name);
        END IF;
        IF one.is_version THEN
            CONTINUE; -- only an upgrade writes it
        ELSIF one.is_kept THEN
            EXECUTE format('GRANT INSERT ON %s TO mikrocert_issuer', one.name);
        ELSE
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO mikrocert_issuer', one.name);
        END IF;
    END LOOP;
END
$$;
