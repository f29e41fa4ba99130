-- Times are Unix microseconds in UTC. Days are days since 1970-01-01 in UTC.

-- +goose Up
CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    email_key     TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    password_hash TEXT    NOT NULL,
    time_zone     TEXT    NOT NULL,
    language      TEXT    NOT NULL CHECK (language IN ('', 'en', 'ja')),
    theme         TEXT    NOT NULL CHECK (theme IN ('system', 'light', 'dark')),
    admin         BOOLEAN NOT NULL DEFAULT FALSE,
    disabled_at   BIGINT,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL
);

CREATE TABLE setup_links (
    hash       BLOB   PRIMARY KEY CHECK (length(hash) = 32),
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
    hash       BLOB   PRIMARY KEY CHECK (length(hash) = 32),
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    address    TEXT   NOT NULL,
    client     TEXT   NOT NULL,
    data       BLOB   NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_seen ON sessions (seen_at);

-- Browsers in which a person signed in before: they have their own budget of failed sign-ins.
CREATE TABLE devices (
    hash    BLOB   NOT NULL CHECK (length(hash) = 32),
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (hash, user_id)
) WITHOUT ROWID;
CREATE INDEX devices_user ON devices (user_id);

CREATE TABLE tokens (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id          TEXT    NOT NULL UNIQUE CHECK (length(public_id) = 26),
    user_id            BIGINT  NOT NULL REFERENCES users (id),
    name               TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    name_key           TEXT    NOT NULL CHECK (name_key <> ''),
    -- name_key while the token is live, else null: two live tokens of a person can't share a name.
    live_name          TEXT    CHECK (live_name = name_key),
    hash               BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    last_four          TEXT    NOT NULL CHECK (length(last_four) = 4),
    nonce              TEXT    NOT NULL,
    version            BIGINT  NOT NULL DEFAULT 1,
    created_at         BIGINT  NOT NULL,
    expires_at         BIGINT  CHECK (expires_at > 0), -- null: never
    revoked_at         BIGINT,
    first_used_at      BIGINT,
    first_used_address TEXT    NOT NULL DEFAULT '',
    first_used_client  TEXT    NOT NULL DEFAULT '',
    last_used_at       BIGINT,
    last_used_address  TEXT    NOT NULL DEFAULT '',
    last_used_client   TEXT    NOT NULL DEFAULT '',
    CHECK (revoked_at IS NULL OR live_name IS NULL),
    UNIQUE (user_id, nonce)
);
CREATE UNIQUE INDEX tokens_live_name ON tokens (user_id, live_name) WHERE live_name IS NOT NULL;
CREATE INDEX tokens_by_name    ON tokens (user_id, name_key, id);
CREATE INDEX tokens_by_created ON tokens (user_id, created_at, id);
CREATE INDEX tokens_by_expiry  ON tokens (user_id, COALESCE(expires_at, 9223372036854775807), id);
CREATE INDEX tokens_by_use     ON tokens (user_id, COALESCE(last_used_at, 0), id);
CREATE INDEX tokens_standing   ON tokens (user_id, revoked_at, expires_at);
CREATE INDEX tokens_ended      ON tokens (COALESCE(revoked_at, expires_at));

-- The secret of a new token until it has been seen: encrypted with a key that only the cookie holds.
CREATE TABLE reveals (
    token_id     BIGINT PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    session_hash BLOB   NOT NULL REFERENCES sessions (hash) ON DELETE CASCADE,
    sealed       BLOB   NOT NULL,
    expires_at   BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX reveals_session ON reveals (session_hash);

CREATE TABLE token_usage (
    token_id BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    day      BIGINT NOT NULL,
    outcome  TEXT   NOT NULL CHECK (outcome IN ('ok', 'expired', 'revoked', 'user_disabled')),
    requests BIGINT NOT NULL CHECK (requests > 0),
    PRIMARY KEY (token_id, day, outcome)
) WITHOUT ROWID;

CREATE TABLE token_origins (
    token_id   BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    address    TEXT   NOT NULL,
    client     TEXT   NOT NULL CHECK (length(client) <= 64),
    outcome    TEXT   NOT NULL CHECK (outcome IN ('ok', 'expired', 'revoked', 'user_disabled')),
    requests   BIGINT NOT NULL CHECK (requests > 0),
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    PRIMARY KEY (token_id, address, client, outcome)
) WITHOUT ROWID;

-- Append-only; each row's hash covers the one before. No foreign keys: events outlive their subjects.
CREATE TABLE audit_events (
    seq        INTEGER PRIMARY KEY,
    at         BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    actor_kind TEXT    NOT NULL CHECK (actor_kind IN ('user', 'cli', 'system')),
    actor_id   BIGINT,
    actor_name TEXT    NOT NULL,
    user_id    BIGINT,
    subject    TEXT    NOT NULL,
    label      TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    changes    TEXT    NOT NULL,
    prev_hash  BLOB    NOT NULL CHECK (length(prev_hash) = 32),
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32)
);
CREATE INDEX audit_events_user    ON audit_events (user_id, seq);
CREATE INDEX audit_events_subject ON audit_events (subject, seq);

-- One row: the number of changes so far that can make a token good or bad, and the log of the
-- newest ones. Other processes poll it and forget what they have cached.
CREATE TABLE standing (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq BIGINT  NOT NULL
);
INSERT INTO standing (id, seq) VALUES (1, 0);
CREATE TABLE standing_changes (
    seq     BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL,
    hash    BLOB,   -- of the token that changed; null when a person did
    user_id BIGINT  -- of the person who changed; null when a token did
);

-- +goose Down
DROP TABLE standing_changes;
DROP TABLE standing;
DROP TABLE audit_events;
DROP TABLE token_origins;
DROP TABLE token_usage;
DROP TABLE reveals;
DROP TABLE tokens;
DROP TABLE devices;
DROP TABLE sessions;
DROP TABLE setup_links;
DROP TABLE users;
