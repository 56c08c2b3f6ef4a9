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
