-- The first schema. Times ending in _s are wall-clock seconds since 1970 (UTC).
-- Who may write which column stands in db/README.md.

PRAGMA application_id = 1128353096;	-- "CAMH"

CREATE TABLE camera (
	id	INTEGER PRIMARY KEY,
	name	TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 32),
	source	TEXT NOT NULL DEFAULT '',	-- http://…, test:, … or empty (flash only)
	user	TEXT NOT NULL DEFAULT '',
	password TEXT NOT NULL DEFAULT '',
	notes	TEXT NOT NULL DEFAULT '',
	tags	TEXT NOT NULL DEFAULT '',	-- separated by spaces
	enabled	INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	chip	TEXT NOT NULL DEFAULT '',	-- what the hardware said
	chip_id	TEXT NOT NULL DEFAULT '',
	jedec	TEXT NOT NULL DEFAULT '',
	mac	TEXT NOT NULL DEFAULT '',
	created_s INTEGER NOT NULL,
	changed_s INTEGER NOT NULL
) STRICT;

CREATE TABLE socket (
	id	INTEGER PRIMARY KEY,
	path	TEXT NOT NULL UNIQUE,		-- ID_PATH of the USB socket, or a tty path
	name	TEXT UNIQUE,			-- given by the user, or NULL
	enabled	INTEGER NOT NULL DEFAULT 0 CHECK (enabled IN (0, 1)),
	good_baud INTEGER NOT NULL DEFAULT 0	-- the last rate that worked; 0 = none yet
) STRICT;

CREATE TABLE dump (
	id	INTEGER PRIMARY KEY,
	sha256	TEXT NOT NULL CHECK (length(sha256) = 64),
	size	INTEGER NOT NULL CHECK (size > 0),
	camera_id INTEGER REFERENCES camera (id) ON DELETE SET NULL,
	kind	TEXT NOT NULL CHECK (kind IN ('backup', 'safety', 'import')),
	verified INTEGER NOT NULL CHECK (verified IN (0, 1)), -- read twice by us, equal
	chip	TEXT NOT NULL DEFAULT '',
	chip_id	TEXT NOT NULL DEFAULT '',
	jedec	TEXT NOT NULL DEFAULT '',
	mac	TEXT NOT NULL DEFAULT '',
	port	TEXT NOT NULL DEFAULT '',
	baud	INTEGER NOT NULL DEFAULT 0,
	passes	INTEGER NOT NULL DEFAULT 0,
	retries	INTEGER NOT NULL DEFAULT 0,
	tool	TEXT NOT NULL DEFAULT '',
	file	TEXT NOT NULL DEFAULT '',	-- an imported file's own name
	note	TEXT NOT NULL DEFAULT '',
	job_id	INTEGER,
	missing	INTEGER NOT NULL DEFAULT 0 CHECK (missing IN (0, 1)),
	created_s INTEGER NOT NULL,
	sidecar	TEXT NOT NULL UNIQUE		-- file name of its JSON in dumps/
) STRICT;
CREATE INDEX dump_sha256 ON dump (sha256);
CREATE INDEX dump_camera ON dump (camera_id, created_s);

CREATE TABLE job (
	id	INTEGER PRIMARY KEY AUTOINCREMENT,
	kind	TEXT NOT NULL,
	state	TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'done',
		'failed', 'refused', 'cancelled', 'interrupted')),
	port	TEXT NOT NULL DEFAULT '',	-- a socket's path; empty: needs no port
	camera_id INTEGER REFERENCES camera (id) ON DELETE SET NULL,
	dump_id	INTEGER REFERENCES dump (id) ON DELETE SET NULL,
	incoming TEXT NOT NULL DEFAULT '',	-- 32 hex digits: a file in incoming/
	file	TEXT NOT NULL DEFAULT '',	-- the name that file had for its user
	baud	INTEGER NOT NULL DEFAULT 0,	-- asked for; 0 = what the socket can
	at	INTEGER NOT NULL DEFAULT 0,	-- erase: first byte
	size	INTEGER NOT NULL DEFAULT 0,	-- erase: bytes
	identity TEXT NOT NULL DEFAULT '',	-- restore: keep, donor, blank
	flags	INTEGER NOT NULL DEFAULT 0,	-- enum job_flag
	asked_by TEXT NOT NULL DEFAULT '',
	cancel_asked INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
	code	INTEGER NOT NULL DEFAULT 0,	-- enum err_code of the end
	reason	TEXT NOT NULL DEFAULT '',	-- its machine name
	message	TEXT NOT NULL DEFAULT '',	-- its sentence
	result	TEXT NOT NULL DEFAULT '{}',	-- a JSON object: counts, identity, …
	result_dump_id INTEGER REFERENCES dump (id) ON DELETE SET NULL,
	touched	INTEGER NOT NULL DEFAULT 0 CHECK (touched IN (0, 1)), -- after its first erase
	requeued INTEGER NOT NULL DEFAULT 0 CHECK (requeued IN (0, 1)), -- once, after a crash
	created_s INTEGER NOT NULL,
	started_s INTEGER NOT NULL DEFAULT 0,
	ended_s	INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX job_state ON job (state, id);
CREATE INDEX job_camera ON job (camera_id);
CREATE INDEX job_dump ON job (dump_id);
CREATE INDEX job_result_dump ON job (result_dump_id);

CREATE TABLE event (
	id	INTEGER PRIMARY KEY AUTOINCREMENT,
	at_s	INTEGER NOT NULL,
	kind	TEXT NOT NULL,
	camera_id INTEGER,
	job_id	INTEGER,
	who	TEXT NOT NULL DEFAULT '',
	text	TEXT NOT NULL
) STRICT;
CREATE INDEX event_camera ON event (camera_id, id);
CREATE INDEX event_at ON event (at_s);

CREATE TABLE user (
	id	INTEGER PRIMARY KEY,
	name	TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
	hash	TEXT NOT NULL,			-- argon2id, libsodium's string form
	role	TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
	created_s INTEGER NOT NULL,
	changed_s INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
	hash	TEXT PRIMARY KEY,		-- SHA-256 of the cookie, hex
	csrf	TEXT NOT NULL,
	user_id	INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	agent	TEXT NOT NULL DEFAULT '',
	address	TEXT NOT NULL DEFAULT '',
	created_s INTEGER NOT NULL,
	seen_s	INTEGER NOT NULL		-- written at most every six hours
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session (user_id, created_s);

CREATE TABLE token (
	id	INTEGER PRIMARY KEY,
	name	TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
	hash	TEXT NOT NULL UNIQUE,		-- SHA-256 of the token, hex
	role	TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
	created_s INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
	key	TEXT PRIMARY KEY,
	value	TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The number of the oldest schema whose programs still work with this file.
INSERT INTO setting VALUES ('oldest_program', '1');
