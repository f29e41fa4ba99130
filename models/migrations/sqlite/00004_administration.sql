-- +goose Up
ALTER TABLE users ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
-- The program writes name_key when it next opens the database: SQL folds fewer letters.
CREATE INDEX users_by_name  ON users (name_key, id);
CREATE INDEX users_disabled ON users (email_key, id) WHERE disabled_at IS NOT NULL;
CREATE INDEX users_admin    ON users (email_key, id) WHERE admin;

ALTER TABLE tokens ADD COLUMN paused_at      BIGINT;
ALTER TABLE tokens ADD COLUMN revoke_at      BIGINT; -- from then on it is revoked; null: not planned
ALTER TABLE tokens ADD COLUMN refused_at     BIGINT; -- the last request with it after its death
ALTER TABLE tokens ADD COLUMN administration BOOLEAN NOT NULL DEFAULT FALSE;

-- live_name is null for what has been revoked, and within a minute for what has expired: a job sees to
-- it. So these indexes leave the dead out. Each serves one filter in its usual order, or one order of all.
-- Some have live_name as well, so that SQLite can count along them without reading the rows.
CREATE INDEX tokens_all_created   ON tokens (created_at, id);
CREATE INDEX tokens_all_name      ON tokens (name_key, id);
CREATE INDEX tokens_all_expiry    ON tokens (COALESCE(expires_at, 9223372036854775807), id);
CREATE INDEX tokens_all_used      ON tokens (COALESCE(last_used_at, 0), id);
CREATE INDEX tokens_all_last_four ON tokens (last_four, id);
CREATE INDEX tokens_live_created  ON tokens (created_at, id, live_name) WHERE live_name IS NOT NULL;
CREATE INDEX tokens_live_never    ON tokens (COALESCE(last_used_at, created_at), id) WHERE live_name IS NOT NULL AND expires_at IS NULL;
CREATE INDEX tokens_live_unused   ON tokens (COALESCE(last_used_at, created_at), id, live_name) WHERE live_name IS NOT NULL;
CREATE INDEX tokens_live_expiry   ON tokens (expires_at, id, live_name) WHERE live_name IS NOT NULL AND expires_at IS NOT NULL;
CREATE INDEX tokens_expired       ON tokens (expires_at, id) WHERE live_name IS NULL AND revoked_at IS NULL;
CREATE INDEX tokens_paused        ON tokens (paused_at, id) WHERE live_name IS NOT NULL AND paused_at IS NOT NULL;
CREATE INDEX tokens_scheduled     ON tokens (revoke_at, id) WHERE revoked_at IS NULL AND revoke_at IS NOT NULL;
CREATE INDEX tokens_revoked       ON tokens (revoked_at, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_refused       ON tokens (refused_at, id) WHERE refused_at IS NOT NULL;
CREATE INDEX tokens_administering ON tokens (created_at, id) WHERE administration;

-- More outcomes; SQLite can change a check only by a new table.
CREATE TABLE token_usage_new (
    token_id BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    day      BIGINT NOT NULL,
    outcome  TEXT   NOT NULL CHECK (outcome IN ('ok', 'expired', 'revoked', 'user_disabled', 'paused', 'network')),
    requests BIGINT NOT NULL CHECK (requests > 0),
    PRIMARY KEY (token_id, day, outcome)
) WITHOUT ROWID;
INSERT INTO token_usage_new SELECT token_id, day, outcome, requests FROM token_usage;
DROP TABLE token_usage;
ALTER TABLE token_usage_new RENAME TO token_usage;
CREATE TABLE token_origins_new (
    token_id   BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    address    TEXT   NOT NULL,
    client     TEXT   NOT NULL CHECK (length(client) <= 64),
    outcome    TEXT   NOT NULL CHECK (outcome IN ('ok', 'expired', 'revoked', 'user_disabled', 'paused', 'network')),
    requests   BIGINT NOT NULL CHECK (requests > 0),
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    PRIMARY KEY (token_id, address, client, outcome)
) WITHOUT ROWID;
INSERT INTO token_origins_new SELECT token_id, address, client, outcome, requests, first_seen, last_seen FROM token_origins;
DROP TABLE token_origins;
ALTER TABLE token_origins_new RENAME TO token_origins;
CREATE INDEX token_origins_address ON token_origins (address, token_id);
UPDATE tokens SET refused_at = (SELECT max(last_seen) FROM token_origins o WHERE o.token_id = tokens.id AND o.outcome IN ('expired', 'revoked'))
WHERE id IN (SELECT token_id FROM token_origins WHERE outcome <> 'ok');

-- The sum of token_usage over all tokens, also those removed since.
CREATE TABLE usage_days (
    day      BIGINT NOT NULL,
    outcome  TEXT   NOT NULL,
    requests BIGINT NOT NULL,
    PRIMARY KEY (day, outcome)
) WITHOUT ROWID;
INSERT INTO usage_days SELECT day, outcome, sum(requests) FROM token_usage GROUP BY day, outcome;

-- What the overview shows, counted now and then. One row.
CREATE TABLE token_figures (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    at   BIGINT  NOT NULL,
    took BIGINT  NOT NULL, -- microseconds
    data TEXT    NOT NULL
);

CREATE TABLE token_policies (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version BIGINT  NOT NULL,
    data    TEXT    NOT NULL
);
INSERT INTO token_policies (id, version, data) VALUES (1, 1, '{}');

-- An act on many tokens. First the tokens are collected into job_items, then they are acted on in
-- small transactions; each is marked in the transaction that changes it.
CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    nonce       TEXT    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL,
    actor_kind  TEXT    NOT NULL,
    actor_id    BIGINT,
    actor_name  TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    client      TEXT    NOT NULL,
    selection   TEXT    NOT NULL,
    params      TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('collecting', 'running', 'stopped', 'done')),
    place       TEXT    NOT NULL DEFAULT '', -- while collecting: the cursor
    total       BIGINT  NOT NULL DEFAULT 0,
    changed     BIGINT  NOT NULL DEFAULT 0,
    skipped     BIGINT  NOT NULL DEFAULT 0,
    stop_asked  BOOLEAN NOT NULL DEFAULT FALSE,
    lease_until BIGINT  NOT NULL DEFAULT 0,
    created_at  BIGINT  NOT NULL,
    finished_at BIGINT
);
CREATE INDEX jobs_open ON jobs (id) WHERE state IN ('collecting', 'running');
CREATE TABLE job_items (
    job_id   BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    token_id BIGINT NOT NULL,
    outcome  TEXT   NOT NULL DEFAULT '', -- '': to be done; 'changed', or why it was skipped
    PRIMARY KEY (job_id, token_id)
) WITHOUT ROWID;
CREATE INDEX job_items_open ON job_items (job_id, token_id) WHERE outcome = '';

-- A person who leaves: on the last day their tokens die and their account is disabled.
CREATE TABLE rundowns (
    user_id    BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    ends_at    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    actor_id   BIGINT,
    actor_name TEXT   NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX rundowns_end ON rundowns (ends_at);
CREATE TABLE rundown_tokens (
    token_id    BIGINT PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    user_id     BIGINT NOT NULL REFERENCES rundowns (user_id) ON DELETE CASCADE,
    replacement TEXT   NOT NULL, -- whose token takes over, in the administrator's words
    revoke_at   BIGINT NOT NULL  -- as the run-down planned it
);
CREATE INDEX rundown_tokens_user ON rundown_tokens (user_id);

-- What a person is told in the app until they have read it. user_id is who is told.
CREATE TABLE notices (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL,
    subject    TEXT   NOT NULL, -- what it is about, mostly the public id of a token; one notice for each
    label      TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX notices_user ON notices (user_id, id);
CREATE UNIQUE INDEX notices_about ON notices (user_id, kind, subject);

CREATE INDEX audit_events_actor   ON audit_events (actor_id, seq);
CREATE INDEX audit_events_kind    ON audit_events (kind, seq);
CREATE INDEX audit_events_address ON audit_events (address, seq);
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
-- INSERT OR REPLACE fires no trigger for the row that it deletes.
CREATE TRIGGER audit_events_no_replace BEFORE INSERT ON audit_events
    WHEN EXISTS (SELECT 1 FROM audit_events WHERE seq = NEW.seq OR hash = NEW.hash) BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER audit_events_no_replace;
DROP TRIGGER audit_events_no_delete;
DROP TRIGGER audit_events_no_update;
DROP INDEX audit_events_address;
DROP INDEX audit_events_kind;
DROP INDEX audit_events_actor;
DROP TABLE notices;
DROP TABLE rundown_tokens;
DROP TABLE rundowns;
DROP TABLE job_items;
DROP TABLE jobs;
DROP TABLE token_policies;
DROP TABLE token_figures;
DROP TABLE usage_days;
DROP INDEX token_origins_address;
DROP INDEX tokens_administering;
DROP INDEX tokens_refused;
DROP INDEX tokens_revoked;
DROP INDEX tokens_scheduled;
DROP INDEX tokens_paused;
DROP INDEX tokens_expired;
DROP INDEX tokens_live_expiry;
DROP INDEX tokens_live_unused;
DROP INDEX tokens_live_never;
DROP INDEX tokens_live_created;
DROP INDEX tokens_all_last_four;
DROP INDEX tokens_all_used;
DROP INDEX tokens_all_expiry;
DROP INDEX tokens_all_name;
DROP INDEX tokens_all_created;
ALTER TABLE tokens DROP COLUMN administration;
ALTER TABLE tokens DROP COLUMN refused_at;
ALTER TABLE tokens DROP COLUMN revoke_at;
ALTER TABLE tokens DROP COLUMN paused_at;
DROP INDEX users_admin;
DROP INDEX users_disabled;
DROP INDEX users_by_name;
ALTER TABLE users DROP COLUMN name_key;
