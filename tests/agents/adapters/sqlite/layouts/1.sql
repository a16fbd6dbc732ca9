CREATE TABLE document (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, key TEXT NOT NULL, layer TEXT NOT NULL,
    UNIQUE (tenant, key, layer));
CREATE TABLE version (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL, parent BLOB NOT NULL, author TEXT NOT NULL, message TEXT NOT NULL,
    created_at INTEGER NOT NULL, form INTEGER NOT NULL, content BLOB NOT NULL);
CREATE TABLE head (document INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE label (
    document INTEGER NOT NULL, label TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (document, label)) WITHOUT ROWID;
CREATE TABLE change (
    tenant TEXT NOT NULL, sequence INTEGER NOT NULL, document INTEGER NOT NULL, number INTEGER NOT NULL,
    at INTEGER NOT NULL, label TEXT NOT NULL,
    PRIMARY KEY (tenant, sequence)) WITHOUT ROWID;
CREATE TABLE request (
    tenant TEXT NOT NULL, idempotency_key TEXT NOT NULL, memo TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, idempotency_key)) WITHOUT ROWID;
CREATE INDEX request_expires ON request (expires_at);
CREATE TABLE instance (
    tenant TEXT NOT NULL, instance TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, versions TEXT NOT NULL,
    cursor TEXT NOT NULL, status TEXT NOT NULL, at INTEGER NOT NULL, seen_at INTEGER NOT NULL, running TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant, instance, key)) WITHOUT ROWID;
PRAGMA user_version = 1;
