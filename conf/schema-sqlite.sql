-- Tables of mod_audiodl's own in the shop's database: SQLite. See schema.sql.

CREATE TABLE IF NOT EXISTS audiodl_revocations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    customer   TEXT    NOT NULL,
    book       TEXT    NULL,  -- NULL: all books
    device     TEXT    NULL,  -- not NULL: only this device's signed links, of all books
    reason     TEXT    NULL,
    revoked_at INTEGER NOT NULL,  -- seconds since 1970, as below
    lifted_at  INTEGER NULL  -- NULL: in force
);
CREATE INDEX IF NOT EXISTS audiodl_in_force ON audiodl_revocations (lifted_at, customer);

CREATE TABLE IF NOT EXISTS audiodl_completions (
    download     TEXT    NOT NULL,
    customer     TEXT    NOT NULL,
    book         TEXT    NOT NULL,
    chunk        TEXT    NOT NULL,
    generation   TEXT    NOT NULL,
    size         INTEGER NOT NULL,
    nth          INTEGER NOT NULL,
    completed_at INTEGER NOT NULL,
    PRIMARY KEY (download, nth)
);
CREATE INDEX IF NOT EXISTS audiodl_of_customer ON audiodl_completions (customer, book);
CREATE INDEX IF NOT EXISTS audiodl_in_period ON audiodl_completions (completed_at);

CREATE TABLE IF NOT EXISTS audiodl_open_parts (
    download     TEXT    NOT NULL PRIMARY KEY,
    customer     TEXT    NOT NULL,
    book         TEXT    NOT NULL,
    chunk        TEXT    NOT NULL,
    generation   TEXT    NOT NULL,
    size         INTEGER NOT NULL,
    parts        TEXT    NOT NULL,
    delivered    INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS audiodl_open_of_customer ON audiodl_open_parts (customer, book);
CREATE INDEX IF NOT EXISTS audiodl_open_since ON audiodl_open_parts (updated_at);
