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

-- The ledger, which every server with AudioLedger On writes. httpd's account needs SELECT and INSERT on the
-- first table and all four on the second; the account of `audiodl ledger` (in /etc/audiodl/database) SELECT.
--   GRANT SELECT, INSERT ON shop.audiodl_completions TO 'web'@'10.0.0.%';
--   GRANT SELECT, INSERT, UPDATE, DELETE ON shop.audiodl_open_parts TO 'web'@'10.0.0.%';
--
-- A row is a completed download: one customer was given every byte of one generation of a chunk. Rows are
-- never changed. What a customer has of a book, for a page of the shop's own:
--   SELECT chunk, generation, MAX(completed_at) FROM audiodl_completions
--    WHERE customer = '42' AND book = 'fantasy/dune' GROUP BY chunk, generation;
CREATE TABLE IF NOT EXISTS audiodl_completions (
    download     CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- stands for the next four and the size
    customer     VARCHAR(255) NOT NULL,
    book         VARCHAR(900) NOT NULL,
    chunk        VARCHAR(255) NOT NULL,  -- the last segment of the path
    generation   VARCHAR(300) NOT NULL,  -- the object's entity tag, in quotes
    size         BIGINT       NOT NULL,  -- bytes
    nth          INT UNSIGNED NOT NULL,  -- 1: the first time, 2: again after AudioLedgerWindow, ...
    completed_at BIGINT       NOT NULL,  -- seconds since 1970, as below
    PRIMARY KEY (download, nth),
    KEY audiodl_of_customer (customer, book(250)),
    KEY audiodl_in_period (completed_at)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Downloads that are not complete: which bytes were delivered so far. A row goes when it is, or when nobody
-- has gone on with it for 30 days.
CREATE TABLE IF NOT EXISTS audiodl_open_parts (
    download     CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    customer     VARCHAR(255) NOT NULL,
    book         VARCHAR(900) NOT NULL,
    chunk        VARCHAR(255) NOT NULL,
    generation   VARCHAR(300) NOT NULL,
    size         BIGINT       NOT NULL,
    parts        TEXT         NOT NULL,  -- "first-end" of each part, "~" and how far it may have gone beyond
    delivered    BIGINT       NOT NULL,  -- the parts' bytes
    version      BIGINT       NOT NULL,  -- changes with each change
    updated_at   BIGINT       NOT NULL,
    KEY audiodl_open_of_customer (customer, book(250)),
    KEY audiodl_open_since (updated_at)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
