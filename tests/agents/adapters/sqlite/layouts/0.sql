CREATE TABLE IF NOT EXISTS version (
    tenant TEXT NOT NULL, key TEXT NOT NULL, layer TEXT NOT NULL, number INTEGER NOT NULL,
    digest TEXT NOT NULL, parent TEXT NOT NULL, author TEXT NOT NULL, message TEXT NOT NULL,
    created_at TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (tenant, key, layer, number));
CREATE TABLE IF NOT EXISTS change (
    tenant TEXT NOT NULL, sequence INTEGER NOT NULL, key TEXT NOT NULL, layer TEXT NOT NULL,
    number INTEGER NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (tenant, sequence)) WITHOUT ROWID;
