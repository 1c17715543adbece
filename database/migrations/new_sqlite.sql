CREATE TABLE account (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	"plan" VARCHAR NOT NULL, 
	webhook_secret VARCHAR NOT NULL, 
	previous_webhook_secret VARCHAR, 
	previous_webhook_secret_until DATETIME, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0008');
CREATE TABLE api_key (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	hint VARCHAR NOT NULL, 
	test_mode BOOLEAN NOT NULL, 
	scopes JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	revoked_at DATETIME, 
	last_used_at DATETIME, 
	spend_cap INTEGER, 
	spent INTEGER NOT NULL, 
	parent_id VARCHAR, 
	generation_id VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id), 
	UNIQUE (digest)
);
CREATE TABLE balance (
	account_id VARCHAR NOT NULL, 
	test_mode BOOLEAN NOT NULL, 
	issued BIGINT NOT NULL, 
	available BIGINT NOT NULL, 
	held BIGINT NOT NULL, 
	spent BIGINT NOT NULL, 
	low_at BIGINT NOT NULL, 
	lines BIGINT NOT NULL, 
	PRIMARY KEY (account_id, test_mode), 
	CONSTRAINT available_not_negative CHECK (available >= 0), 
	CONSTRAINT held_not_negative CHECK (held >= 0), 
	CONSTRAINT books_sum_to_zero CHECK (issued + available + held + spent = 0), 
	CONSTRAINT spent_not_negative CHECK (spent >= 0), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE TABLE generation (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	key_id VARCHAR NOT NULL, 
	test_mode BOOLEAN NOT NULL, 
	type VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	stage VARCHAR NOT NULL, 
	progress INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	provider VARCHAR NOT NULL, 
	model VARCHAR, 
	priority VARCHAR NOT NULL, 
	input JSON NOT NULL, 
	options JSON NOT NULL, 
	seed INTEGER NOT NULL, 
	adjustments JSON NOT NULL, 
	attempts JSON NOT NULL, 
	route JSON, 
	reference JSON, 
	credit_cost INTEGER NOT NULL, 
	credits_charged INTEGER, 
	estimated_time INTEGER NOT NULL, 
	webhook_url VARCHAR, 
	retry_of VARCHAR, 
	outputs JSON NOT NULL, 
	error JSON, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	completed_at DATETIME, 
	deadline_at DATETIME NOT NULL, 
	active BOOLEAN NOT NULL, 
	callback JSON, 
	retention_days INTEGER NOT NULL, 
	deleted_at DATETIME, lease INTEGER DEFAULT 0 NOT NULL, alternatives JSON, price INTEGER, webhook_format VARCHAR, routing VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE TABLE idempotency (
	account_id VARCHAR NOT NULL, 
	test_mode BOOLEAN NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	request_hash VARCHAR NOT NULL, 
	generation_id VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (account_id, test_mode, "key"), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE TABLE installation (
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "installation" VALUES('compatible_from','0005');
CREATE TABLE media_file (
	"key" VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	changed_at DATETIME NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE media_use (
	"key" VARCHAR NOT NULL, 
	holder VARCHAR NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY ("key", holder), 
	FOREIGN KEY("key") REFERENCES media_file ("key")
);
CREATE TABLE media_variant (
	source VARCHAR NOT NULL, 
	format VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	PRIMARY KEY (source, format), 
	FOREIGN KEY(source) REFERENCES media_file ("key")
);
CREATE TABLE plan_usage (
	account_id VARCHAR NOT NULL, 
	minute BIGINT NOT NULL, 
	in_minute INTEGER NOT NULL, 
	day BIGINT NOT NULL, 
	in_day INTEGER NOT NULL, 
	running INTEGER NOT NULL, 
	PRIMARY KEY (account_id)
);
CREATE TABLE resend_content (
	id VARCHAR(64) NOT NULL, 
	next_number INTEGER NOT NULL, 
	has_early_resend BOOLEAN NOT NULL, 
	used_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE resend_request (
	content_id VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	transmissions VARCHAR NOT NULL, 
	generation_id VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (content_id, number)
);
CREATE TABLE schedule (
	name VARCHAR NOT NULL, 
	due_at DATETIME NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE slot_wait (
	generation_id VARCHAR NOT NULL, 
	backend VARCHAR NOT NULL, 
	PRIMARY KEY (generation_id)
);
CREATE TABLE transfer (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	test_mode BOOLEAN NOT NULL, 
	line BIGINT NOT NULL, 
	kind VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	target VARCHAR NOT NULL, 
	amount BIGINT NOT NULL, 
	generation_id VARCHAR, 
	available_after BIGINT NOT NULL, 
	held_after BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT one_transfer_a_line UNIQUE (account_id, test_mode, line), 
	CONSTRAINT one_transfer_per_generation_and_kind UNIQUE (generation_id, kind)
);
CREATE TABLE upload (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	"key" VARCHAR, 
	media_type VARCHAR, 
	bytes BIGINT NOT NULL, 
	width INTEGER, 
	height INTEGER, 
	duration FLOAT, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE TABLE webhook_attempt (
	id VARCHAR NOT NULL, 
	delivery_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	latency INTEGER NOT NULL, 
	status INTEGER, 
	error VARCHAR, 
	answer VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(delivery_id) REFERENCES webhook_delivery (id), 
	CONSTRAINT one_row_per_attempt UNIQUE (delivery_id, number)
);
CREATE TABLE webhook_delivery (
	id VARCHAR NOT NULL, 
	message_id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	test_mode BOOLEAN NOT NULL, 
	event VARCHAR NOT NULL, 
	generation_id VARCHAR, 
	endpoint_id VARCHAR, 
	url VARCHAR NOT NULL, 
	lane VARCHAR NOT NULL, 
	body JSON NOT NULL, 
	link JSON, 
	status VARCHAR NOT NULL, 
	reason VARCHAR, 
	tries INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	under_way BOOLEAN NOT NULL, 
	due_at DATETIME, 
	created_at DATETIME NOT NULL, format VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE TABLE webhook_endpoint (
	id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	test_mode BOOLEAN NOT NULL, 
	url VARCHAR NOT NULL, 
	description VARCHAR NOT NULL, 
	events JSON NOT NULL, 
	secret VARCHAR NOT NULL, 
	previous_secret VARCHAR, 
	previous_secret_until DATETIME, 
	created_at DATETIME NOT NULL, 
	failing_since DATETIME, 
	disabled_at DATETIME, 
	disabled_because VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_api_key_account_id ON api_key (account_id);
CREATE INDEX generation_active ON generation (id) WHERE active;
CREATE INDEX generation_of_account ON generation (account_id, test_mode, id);
CREATE INDEX media_file_by_state ON media_file (state, changed_at);
CREATE INDEX media_use_by_holder ON media_use (holder);
CREATE INDEX media_use_by_expiry ON media_use (expires_at);
CREATE INDEX upload_of_account ON upload (account_id, expires_at);
CREATE INDEX webhook_endpoint_of_account ON webhook_endpoint (account_id, test_mode, id);
CREATE INDEX webhook_delivery_of_account ON webhook_delivery (account_id, test_mode, id);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (lane, due_at) WHERE status = 'PENDING';
CREATE INDEX webhook_delivery_of_generation ON webhook_delivery (generation_id);
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (created_at);
CREATE INDEX resend_request_of_generation ON resend_request (generation_id);
CREATE INDEX slot_wait_by_backend ON slot_wait (backend, generation_id);
