-- Written by `python -m watchword.storage.migrations`.
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 0001

CREATE TABLE token (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    serial TEXT DEFAULT '' NOT NULL,
    kind TEXT DEFAULT '' NOT NULL,
    resolver TEXT,
    userid TEXT,
    description TEXT DEFAULT '' NOT NULL,
    active SMALLINT DEFAULT '1' NOT NULL,
    secret BLOB NOT NULL,
    pin BLOB,
    digits BIGINT DEFAULT '6' NOT NULL,
    counter BIGINT DEFAULT '0' NOT NULL,
    failures BIGINT DEFAULT '0' NOT NULL,
    max_failures BIGINT DEFAULT '10' NOT NULL,
    window BIGINT DEFAULT '10' NOT NULL,
    sync_window BIGINT DEFAULT '1000' NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    attempts_max BIGINT DEFAULT '0' NOT NULL,
    successes BIGINT DEFAULT '0' NOT NULL,
    successes_max BIGINT DEFAULT '0' NOT NULL,
    valid_from BIGINT DEFAULT '0' NOT NULL,
    valid_until BIGINT DEFAULT '0' NOT NULL,
    info TEXT DEFAULT '' NOT NULL,
    state TEXT DEFAULT '' NOT NULL,
    created BIGINT DEFAULT '0' NOT NULL,
    last_match BIGINT DEFAULT '0' NOT NULL,
    last_success BIGINT DEFAULT '0' NOT NULL,
    searched TEXT GENERATED ALWAYS AS (lower(serial || '
' || description || '
' || kind || '
' || coalesce(userid, '') || '
' || coalesce(resolver, ''))) STORED
);

CREATE UNIQUE INDEX token_serial ON token (serial);

CREATE INDEX token_owner ON token (resolver, userid);

CREATE INDEX token_kind ON token (kind, serial);

CREATE TABLE tally (
    slot BIGINT NOT NULL,
    tokens BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (slot)
);

INSERT INTO tally (slot) VALUES (0);

CREATE TRIGGER token_added AFTER INSERT ON token BEGIN UPDATE tally SET tokens = tokens + 1; END;

CREATE TRIGGER token_removed AFTER DELETE ON token BEGIN UPDATE tally SET tokens = tokens - 1; END;

CREATE TABLE token_realm (
    token_id BIGINT NOT NULL,
    realm TEXT NOT NULL,
    PRIMARY KEY (token_id, realm),
    FOREIGN KEY(token_id) REFERENCES token (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX token_realm_realm ON token_realm (realm, token_id);

CREATE TABLE person (
    resolver TEXT NOT NULL,
    userid TEXT NOT NULL,
    login TEXT DEFAULT '' NOT NULL,
    folded TEXT DEFAULT '' NOT NULL,
    attributes TEXT DEFAULT '' NOT NULL,
    password TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (resolver, userid)
);

CREATE INDEX person_folded ON person (resolver, folded);

CREATE INDEX person_login ON person (resolver, login);

CREATE TABLE revision (
    number BIGINT DEFAULT '0' NOT NULL
);

INSERT INTO revision (number) VALUES (1);

CREATE TABLE config_entry (
    name TEXT NOT NULL,
    value TEXT DEFAULT '' NOT NULL,
    sealed BLOB,
    kind TEXT DEFAULT '' NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE resolver (
    name TEXT NOT NULL,
    kind TEXT DEFAULT '' NOT NULL,
    settings TEXT DEFAULT '' NOT NULL,
    secrets TEXT DEFAULT '' NOT NULL,
    readonly SMALLINT DEFAULT '0' NOT NULL,
    immutable SMALLINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE realm (
    name TEXT NOT NULL,
    is_default SMALLINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE realm_resolver (
    realm TEXT NOT NULL,
    position BIGINT NOT NULL,
    resolver TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (realm, position),
    FOREIGN KEY(realm) REFERENCES realm (name) ON DELETE CASCADE
);

CREATE TABLE policy (
    name TEXT NOT NULL,
    scope TEXT DEFAULT '' NOT NULL,
    action TEXT DEFAULT '' NOT NULL,
    realm TEXT DEFAULT '' NOT NULL,
    user TEXT DEFAULT '' NOT NULL,
    client TEXT DEFAULT '' NOT NULL,
    time TEXT DEFAULT '' NOT NULL,
    active SMALLINT DEFAULT '1' NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at BIGINT DEFAULT '0' NOT NULL,
    action TEXT DEFAULT '' NOT NULL,
    success SMALLINT DEFAULT '0' NOT NULL,
    serial TEXT DEFAULT '' NOT NULL,
    token_type TEXT DEFAULT '' NOT NULL,
    user TEXT DEFAULT '' NOT NULL,
    realm TEXT DEFAULT '' NOT NULL,
    administrator TEXT DEFAULT '' NOT NULL,
    action_detail TEXT DEFAULT '' NOT NULL,
    info TEXT DEFAULT '' NOT NULL,
    server TEXT DEFAULT '' NOT NULL,
    client TEXT DEFAULT '' NOT NULL,
    log_level TEXT DEFAULT '' NOT NULL,
    clearance BIGINT DEFAULT '0' NOT NULL,
    trace TEXT DEFAULT '' NOT NULL,
    nonce BLOB NOT NULL,
    mark BLOB NOT NULL
);

CREATE INDEX audit_user ON audit (substr("user", 1, 100), id);

CREATE INDEX audit_serial ON audit (substr(serial, 1, 100), id);

CREATE TABLE session (
    id BLOB NOT NULL,
    kind TEXT DEFAULT '' NOT NULL,
    login TEXT DEFAULT '' NOT NULL,
    holder TEXT DEFAULT '' NOT NULL,
    opened BIGINT DEFAULT '0' NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    client TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX session_login ON session (login);

CREATE INDEX session_expires ON session (expires);

CREATE TABLE throttle (
    resolver TEXT NOT NULL,
    userid TEXT NOT NULL,
    client TEXT NOT NULL,
    failures BIGINT DEFAULT '0' NOT NULL,
    last BIGINT DEFAULT '0' NOT NULL,
    until BIGINT DEFAULT '0' NOT NULL,
    threshold BIGINT DEFAULT '0' NOT NULL,
    base BIGINT DEFAULT '0' NOT NULL,
    longest BIGINT DEFAULT '0' NOT NULL,
    forget BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (resolver, userid, client)
)
 WITHOUT ROWID;

CREATE TABLE meta (
    name TEXT NOT NULL,
    value TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (name)
);

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING version_num;

-- Running upgrade 0001 -> 0002

CREATE TABLE challenge (
    id TEXT NOT NULL,
    parent TEXT DEFAULT '' NOT NULL,
    token_id BIGINT NOT NULL,
    prompt TEXT DEFAULT '' NOT NULL,
    fingerprint BLOB NOT NULL,
    data BLOB,
    asked BIGINT DEFAULT '0' NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    received BIGINT DEFAULT '0' NOT NULL,
    valid SMALLINT DEFAULT '0' NOT NULL,
    open SMALLINT DEFAULT '1' NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(token_id) REFERENCES token (id) ON DELETE CASCADE
);

CREATE INDEX challenge_parent ON challenge (parent);

CREATE INDEX challenge_token ON challenge (token_id, asked, id);

CREATE INDEX challenge_expires ON challenge (expires);

CREATE TABLE errand (
    reference TEXT NOT NULL,
    challenge TEXT DEFAULT '' NOT NULL,
    channel TEXT DEFAULT '' NOT NULL,
    sealed BLOB NOT NULL,
    providers TEXT DEFAULT '' NOT NULL,
    made BIGINT DEFAULT '0' NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    held_until BIGINT DEFAULT '0' NOT NULL,
    stage TEXT DEFAULT '' NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    provider TEXT DEFAULT '' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    their_reference TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (reference)
);

CREATE INDEX errand_made ON errand (made, reference);

CREATE INDEX errand_waiting ON errand (expires) WHERE stage = 'waiting';

CREATE INDEX errand_under_way ON errand (held_until) WHERE stage = 'under way';

CREATE TABLE provider (
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    class_name TEXT DEFAULT '' NOT NULL,
    config BLOB,
    timeout TEXT DEFAULT '' NOT NULL,
    is_default SMALLINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (channel, name)
);

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

-- Running upgrade 0002 -> 0003

ALTER TABLE session ADD COLUMN facts TEXT DEFAULT '{}' NOT NULL;

ALTER TABLE session ADD COLUMN resolver TEXT DEFAULT '' NOT NULL;

ALTER TABLE session ADD COLUMN userid TEXT DEFAULT '' NOT NULL;

CREATE INDEX session_subject ON session (resolver, userid);

CREATE INDEX errand_challenge ON errand (challenge) WHERE challenge <> '';

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

-- Running upgrade 0003 -> 0004

CREATE TABLE method (
    name TEXT NOT NULL,
    enabled SMALLINT DEFAULT '0' NOT NULL,
    level BIGINT DEFAULT '0' NOT NULL,
    aliases TEXT DEFAULT '' NOT NULL,
    properties TEXT DEFAULT '{}' NOT NULL,
    secrets TEXT DEFAULT '{}' NOT NULL,
    carrier BLOB,
    carrier_class TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (name)
);

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';

-- Running upgrade 0004 -> 0005

CREATE TABLE oidc_client (
    id TEXT NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE oidc_grant (
    id TEXT NOT NULL,
    client_id TEXT DEFAULT '' NOT NULL,
    resolver TEXT DEFAULT '' NOT NULL,
    userid TEXT DEFAULT '' NOT NULL,
    sid TEXT DEFAULT '' NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    revoked BIGINT DEFAULT '0' NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX oidc_grant_subject ON oidc_grant (resolver, userid);

CREATE INDEX oidc_grant_sid ON oidc_grant (sid);

CREATE INDEX oidc_grant_expires ON oidc_grant (expires);

CREATE TABLE oidc_ticket (
    id BLOB NOT NULL,
    grant_id TEXT NOT NULL,
    kind TEXT DEFAULT '' NOT NULL,
    scopes TEXT DEFAULT '' NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    used BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX oidc_ticket_expires ON oidc_ticket (expires);

CREATE TABLE oidc_pending (
    id BLOB NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX oidc_pending_expires ON oidc_pending (expires);

CREATE TABLE oidc_device (
    id BLOB NOT NULL,
    user_code BLOB NOT NULL,
    state TEXT DEFAULT '' NOT NULL,
    grant_id TEXT DEFAULT '' NOT NULL,
    asked BIGINT DEFAULT '0' NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (user_code)
);

CREATE INDEX oidc_device_expires ON oidc_device (expires);

CREATE TABLE oidc_seen (
    id BLOB NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX oidc_seen_expires ON oidc_seen (expires);

CREATE TABLE oidc_consent (
    resolver TEXT NOT NULL,
    userid TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scopes TEXT DEFAULT '' NOT NULL,
    given BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (resolver, userid, client_id)
);

CREATE TABLE oidc_key (
    id TEXT NOT NULL,
    algorithm TEXT DEFAULT '' NOT NULL,
    state TEXT DEFAULT '' NOT NULL,
    public TEXT DEFAULT '' NOT NULL,
    private BLOB NOT NULL,
    created BIGINT DEFAULT '0' NOT NULL,
    since BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX oidc_key_current ON oidc_key (algorithm) WHERE state = 'current';

CREATE UNIQUE INDEX oidc_key_next ON oidc_key (algorithm) WHERE state = 'next';

UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0004';

-- Running upgrade 0005 -> 0006

CREATE TABLE hook (
    name TEXT NOT NULL,
    shape TEXT DEFAULT '' NOT NULL,
    proof TEXT DEFAULT '' NOT NULL,
    realm TEXT DEFAULT '' NOT NULL,
    settings TEXT DEFAULT '{}' NOT NULL,
    secrets TEXT DEFAULT '{}' NOT NULL,
    active SMALLINT DEFAULT '1' NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE route (
    name TEXT NOT NULL,
    position BIGINT DEFAULT '0' NOT NULL,
    content TEXT DEFAULT '{}' NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE hook_event (
    "key" BLOB NOT NULL,
    errand TEXT DEFAULT '' NOT NULL,
    made BIGINT DEFAULT '0' NOT NULL,
    expires BIGINT DEFAULT '0' NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY ("key")
);

CREATE INDEX hook_event_expires ON hook_event (expires);

CREATE INDEX errand_theirs ON errand (their_reference) WHERE their_reference <> '';

UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0005';

-- Running upgrade 0006 -> 0007

CREATE TABLE oidc_logout (
    id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    sid TEXT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX oidc_logout_due ON oidc_logout (due);

UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0006';

-- Running upgrade 0007 -> 0008

CREATE TABLE spending (
    name TEXT NOT NULL,
    until BIGINT NOT NULL,
    messages BIGINT DEFAULT '0' NOT NULL,
    cost BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (name, until)
);

CREATE INDEX spending_until ON spending (until);

UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0007';
