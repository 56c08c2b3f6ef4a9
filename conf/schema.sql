-- Tables of mod_audiodl's own in the shop's database: MySQL and MariaDB.
-- For SQLite see schema-sqlite.sql.

-- What `audiodl revoke` writes and every server with AudioRevocations On reads. httpd's account needs
-- SELECT; the account of `audiodl revoke` (in /etc/audiodl/database) SELECT, INSERT and UPDATE.
CREATE TABLE IF NOT EXISTS audiodl_revocations (
    id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer   VARCHAR(255)    NOT NULL,
    book       VARCHAR(900)    NULL,  -- NULL: all books
    device     VARCHAR(64)     NULL,  -- not NULL: only this device's signed links, of all books
    reason     VARCHAR(255)    NULL,
    revoked_at BIGINT          NOT NULL,  -- seconds since 1970, as below
    lifted_at  BIGINT          NULL,  -- NULL: in force
    KEY audiodl_in_force (lifted_at, customer)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
