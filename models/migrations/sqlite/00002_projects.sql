-- +goose Up

-- Teams and projects.

CREATE TABLE teams (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    name             TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    personal_user_id BIGINT  UNIQUE REFERENCES users (id), -- whose own team it is, if anyone's
    created_at       BIGINT  NOT NULL
);

CREATE TABLE team_members (
    team_id    BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    role       TEXT   NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
) WITHOUT ROWID;
CREATE INDEX team_members_user ON team_members (user_id);

-- The link's secret is known to who was shown it; here stands its hash.
CREATE TABLE invitations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    team_id    BIGINT  NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    role       TEXT    NOT NULL CHECK (role IN ('admin', 'member', 'guest')),
    created_by BIGINT  NOT NULL REFERENCES users (id),
    created_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX invitations_team ON invitations (team_id, id);

CREATE TABLE projects (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    team_id     BIGINT  NOT NULL REFERENCES teams (id),
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    name_key    TEXT    NOT NULL CHECK (name_key <> ''),
    description TEXT    NOT NULL CHECK (length(description) <= 2000),
    created_by  BIGINT  NOT NULL REFERENCES users (id),
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    deleted_at  BIGINT
);
CREATE INDEX projects_team ON projects (team_id, name_key, id);
CREATE INDEX projects_deleted ON projects (deleted_at) WHERE deleted_at IS NOT NULL;
-- Project IDs are typed and read aloud: they are seven digits from the start.
INSERT INTO sqlite_sequence (name, seq) VALUES ('projects', 1000000);

-- What a person may do in one project where that differs from their role in the team.
CREATE TABLE project_members (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    role       TEXT   NOT NULL CHECK (role IN ('admin', 'editor', 'reader')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, user_id)
) WITHOUT ROWID;
CREATE INDEX project_members_user ON project_members (user_id);

-- Everybody has a team of their own from the start.
INSERT INTO teams (name, personal_user_id, created_at) SELECT name, id, created_at FROM users;
INSERT INTO team_members (team_id, user_id, role, created_at)
SELECT id, personal_user_id, 'owner', created_at FROM teams;

-- A project's API description, in parts. Each part is exact JSON text in the
-- dialect it came in; position keeps the order of the document it came from.

CREATE TABLE folders (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL CHECK (kind IN ('endpoint', 'schema')),
    parent_id  BIGINT  REFERENCES folders (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL CHECK (name <> ''),
    position   BIGINT  NOT NULL
);
CREATE UNIQUE INDEX folders_place ON folders (project_id, kind, COALESCE(parent_id, 0), name);

CREATE TABLE endpoints (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    folder_id  BIGINT  REFERENCES folders (id) ON DELETE SET NULL,
    method     TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    maintainer TEXT    NOT NULL,
    tags       TEXT    NOT NULL, -- a JSON list
    dialect    TEXT    NOT NULL,
    raw        TEXT    NOT NULL,
    position   BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);
CREATE INDEX endpoints_place ON endpoints (project_id, position, id);
CREATE INDEX endpoints_route ON endpoints (project_id, method, path);
CREATE INDEX endpoints_folder ON endpoints (folder_id);

CREATE TABLE schemas (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    folder_id  BIGINT  REFERENCES folders (id) ON DELETE SET NULL,
    name       TEXT    NOT NULL,
    dialect    TEXT    NOT NULL,
    raw        TEXT    NOT NULL,
    position   BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    UNIQUE (project_id, name)
);
CREATE INDEX schemas_place ON schemas (project_id, position, id);
CREATE INDEX schemas_folder ON schemas (folder_id);

-- All that is neither an endpoint nor a schema: members of the root, of path
-- items, webhooks and the other components.
CREATE TABLE parts (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    dialect    TEXT   NOT NULL,
    raw        TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (project_id, kind, name)
);

-- Requests of one method and path that a Postman collection holds under several names.
CREATE TABLE endpoint_cases (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint_id BIGINT  NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    name        TEXT    NOT NULL,
    raw         TEXT    NOT NULL,
    UNIQUE (endpoint_id, name)
);

-- What a project's description was before a change that can be undone.
CREATE TABLE revisions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id    BIGINT  NOT NULL REFERENCES users (id),
    reason     TEXT    NOT NULL CHECK (reason IN ('import', 'postman', 'restore', 'edit')),
    counters   TEXT    NOT NULL,
    snapshot   BLOB    NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX revisions_project ON revisions (project_id, id);

CREATE TABLE idempotent_answers (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    name       TEXT   NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    body_hash  BLOB   NOT NULL CHECK (length(body_hash) = 32),
    status     BIGINT NOT NULL,
    answer     BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, user_id, name)
);
CREATE INDEX idempotent_answers_age ON idempotent_answers (created_at);

-- Environments. Sealed values are encrypted with a key that is not in the database.

CREATE TABLE environments (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    name_key   TEXT    NOT NULL,
    base_url   TEXT    NOT NULL CHECK (length(base_url) <= 2000),
    position   BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    UNIQUE (project_id, name_key)
);

CREATE TABLE variables (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    environment_id BIGINT  NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    name           TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    secret         BOOLEAN NOT NULL,
    shared         TEXT    NOT NULL, -- of a plain variable
    sealed         BLOB,             -- of a secret one
    last_four      TEXT    NOT NULL,
    UNIQUE (environment_id, name),
    CHECK (NOT secret OR shared = '')
);

CREATE TABLE personal_values (
    variable_id BIGINT NOT NULL REFERENCES variables (id) ON DELETE CASCADE,
    user_id     BIGINT NOT NULL REFERENCES users (id),
    value       TEXT   NOT NULL, -- of a plain variable
    sealed      BLOB,            -- of a secret one
    last_four   TEXT   NOT NULL,
    origin      TEXT   NOT NULL, -- to which a secret may be sent
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (variable_id, user_id)
) WITHOUT ROWID;
CREATE INDEX personal_values_user ON personal_values (user_id);

CREATE TABLE chosen_environments (
    project_id     BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id        BIGINT NOT NULL REFERENCES users (id),
    environment_id BIGINT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, user_id)
) WITHOUT ROWID;
CREATE INDEX chosen_environments_environment ON chosen_environments (environment_id);

-- A person's own requests from the console, with secrets masked.
CREATE TABLE console_requests (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id  BIGINT  NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    endpoint_id BIGINT, -- no reference: history outlives the endpoint
    user_id     BIGINT  NOT NULL REFERENCES users (id),
    method      TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    form        TEXT    NOT NULL, -- what was filled in, as JSON
    status      BIGINT  NOT NULL, -- 0: no answer
    failure     TEXT    NOT NULL,
    took        BIGINT  NOT NULL, -- microseconds
    size        BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL
);
CREATE INDEX console_requests_mine ON console_requests (user_id, project_id, id);
CREATE INDEX console_requests_endpoint ON console_requests (endpoint_id);
CREATE INDEX console_requests_age ON console_requests (created_at);

-- Documents that people are about to import from the browser, between the preview
-- and the import. They are gone within hours.
CREATE TABLE import_drafts (
    id         TEXT   PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    name       TEXT   NOT NULL, -- of the file, or the address
    options    TEXT   NOT NULL, -- as JSON
    result     TEXT   NOT NULL, -- of the preview, and later of the import, as JSON
    done       BOOLEAN NOT NULL,
    document   BLOB, -- packed; empty once it is imported
    created_at BIGINT NOT NULL
);
CREATE INDEX import_drafts_user ON import_drafts (user_id, created_at);
CREATE INDEX import_drafts_project ON import_drafts (project_id);

-- +goose Down
DROP TABLE import_drafts;
DROP TABLE console_requests;
DROP TABLE chosen_environments;
DROP TABLE personal_values;
DROP TABLE variables;
DROP TABLE environments;
DROP TABLE idempotent_answers;
DROP TABLE revisions;
DROP TABLE endpoint_cases;
DROP TABLE parts;
DROP TABLE schemas;
DROP TABLE endpoints;
DROP TABLE folders;
DROP TABLE project_members;
DROP TABLE projects;
DROP TABLE invitations;
DROP TABLE team_members;
DROP TABLE teams;
