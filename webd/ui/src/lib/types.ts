// SPDX-License-Identifier: GPL-3.0-or-later
// The shapes of /api/v1 as this page uses them; docs/openapi.json is their description.

export type Role = "admin" | "viewer";

export interface Session {
	name?: string;
	version: string;
	setup_needed: boolean;
	signed_in: boolean;
	user: string | null;
	role: Role | null;
	csrf: string | null;
}

export interface Status {
	daemons: Record<string, { up: boolean; version?: string }>;
	tls: Tls | null;
}

/** What webd listens on with TLS. */
export interface Tls {
	listen: string | null;
	fingerprint: string;
	expires_s: number;
	own: boolean;
	expired: boolean;
	names: string;
}

export interface Camera {
	id: number;
	name: string;
	source: string;
	user: string;
	enabled: boolean;
	tags: string;
	notes: string;
	chip: string;
	jedec: string;
	mac: string;
	state: string;
	reason: string;
	reason_said: Said | null;
	fps: number;
	fps_out: number;
	width: number;
	height: number;
	bits_per_s: number;
	clients: number;
	last_frame_ms: number | null;
	jpeg: string;
	jpeg_said: Said | null;
	dropped: number;
	reconnects: number;
	drops: string;
	skipped: number;
	encoder: string;
	encoder_load: number;
	encoder_skipped: number;
	h264_note: string;
	h264_note_said: Said | null;
	push: string;
	push_user: string;
	push_has_password: boolean;
	push_codec: "h264" | "mjpeg";
	push_state: "" | "connecting" | "waiting" | "live" | "failed";
	push_reason: string;
	push_reason_said: Said | null;
	push_dropped: number;
	push_reconnects: number;
	backup: { id: number; created_s: number; verified: boolean } | null;
	job: { id: number; kind: JobKind; state: JobState; port: string; port_name: string } | null;
	probes: Probe[];
	firmware: { label: string; sections: number } | null;
	differs: { from: string; from_label: string; sections: { section: string; size: number | null; their_size: number | null }[] } | null;
}

/** What says that a camera is there, and how long ago. */
export interface Probe {
	what: "streamd" | "contact" | "picture" | "viewers";
	ok: boolean;
	age_ms: number | null;
	text: string;
	text_said: Said | null;	/* null: a figure */
}

export type OutputName = "mjpeg" | "snapshot" | "rtsp" | "rtsp_mjpeg";

export interface Output {
	output: OutputName;
	url: string;
	codec: string;
	encodes: boolean;
	load: number | null;
	possible: boolean;
	note: string | null;
	note_said: Said | null;
}

/** What Home Assistant asks for, in its own words. */
export interface ConnectWay {
	integration: string;
	link: string;
	fields: { label: string; value: string | null; value_said: Said | null; secret: boolean }[];	/* said: advice */
}

export interface Connection {
	camera: string;
	hosts: string[];
	user: string;
	password: string | null;	/* an administrator's only */
	outputs: Output[];
	see: ConnectWay;
	all: ConnectWay;
	go2rtc: string;
	frigate: string;
}

export interface TestReport {
	output: OutputName;
	url: string;
	ok: boolean;
	code: string | null;
	why: string | null;
	why_said: Said | null;
	do: string | null;
	do_said: Said | null;
	note: string | null;
	note_said: Said | null;
	steps: ({ step: string; ok: boolean; ms: number; text: string } & Said)[];
	seen: { codec: string; width: number; height: number; fps: number | null; first_ms: number; pictures: number; bytes: number; login: string } | null;
}

export type PhotoAbout = "" | "front" | "back" | "label" | "lens" | "other";

export interface Photo {
	id: number;
	camera: string | null;
	owner: string;
	about: PhotoAbout;
	caption: string;
	width: number;
	height: number;
	size: number;
	who: string;
	created_s: number;
}

/** A line of history. */
/** A sentence of the daemons taken apart; template is "" where nobody knows. */
export interface Said {
	template: string;
	params: readonly string[];
	inner?: readonly SaidInner[];	/* params that are sentences themselves */
}

export interface SaidInner extends Said {
	param: number;
}

export interface HistoryEvent extends Said {
	id: number;
	at_s: number;
	kind: string;
	job: number | null;
	who: string;
	text: string;
}

/** A camera that gives no pictures now. */
export interface Away {
	state: string;
	reason: string;
	reason_said: Said | null;
	since_s: number;
}

/** A camera that answered a search. */
export interface FoundCamera {
	id: string;
	family: string;
	key: string;
	address: string;
	port: number;
	source: string;
	missing: string;
	missing_said: Said | null;
	camera: string;
}

/** What a PPPP camera tells, as far as it does. */
export interface CameraStatus {
	family?: string;
	can?: string[];
	battery_mv?: number;
	battery?: number;
	charging?: number;
	signal_dbm?: number;
	ir?: number;
	lamp?: number;
	networks?: Network[];
}

export interface Network {
	name: string;
	signal_dbm?: number;
	channel?: number;
	secured?: number;
}

export interface Port {
	path: string;
	name: string;
	enabled: boolean;
	node: string;
	adapter: string;
	state: string;
	holder: string;
	job: number | null;
	chip: string;
	good_baud: number;
	vendor: string;
	product: string;
	serial: string;
	usb_id: string;
	radio: boolean;
	plugged_ms: number | null;	/* how long ago; null = before flashd */
	errors: { framing: number; overrun: number; parity: number; break: number; retries: number };
}

export type Watch = "off" | "identify" | "backup";

export interface Ports {
	ports: Port[];
	watch: Watch;
}

export type JobKind =
	| "identify" | "backup" | "verify" | "restore" | "flash" | "erase"
	| "import" | "remove" | "rebuild" | "scrub" | "recover";

export type JobState =
	| "queued" | "running" | "waiting" | "done" | "failed" | "refused"
	| "cancelled" | "interrupted";

export interface Progress extends Said {
	step: string;
	done: number;
	total: number;
	rate: number;
	eta_s: number;
	retries: number;
	ask: string;
	text: string;
	map: string;
}

export interface Job extends Said {
	id: number;
	kind: JobKind;
	state: JobState;
	port: string;
	port_name: string;
	camera: string;
	dump: number | null;
	file: string;		/* what its user called it; recover: its name in the bin */
	identity: string;
	asked_by: string;
	code: number;
	reason: string;
	message: string;
	result: Record<string, unknown> & { notes?: string[]; notes_said?: (Said | null)[] };
	result_dump: number | null;
	touched: boolean;
	created_s: number;
	started_s: number;
	ended_s: number;
	cancel_asked: boolean;
	progress: Progress | null;
}

export interface JobRequest {
	kind: JobKind;
	port?: string;
	camera?: string;
	dump?: string;
	incoming?: string;
	file?: string;
	identity?: Identity;
	experimental?: string;
	confirm?: string;
	force?: boolean;
}

export interface PlanLine extends Said {
	what: string;
	text: string;
}

export interface Plan {
	lines: PlanLine[];
	seconds: number;
	warning: string;
	warning_said: Said | null;
	identity?: Identity;
	identity_gone?: boolean;
	image?: PlanImage | null;
}

/** Whose settings, address and keys a restore writes. */
export type Identity = "keep" | "donor" | "blank";

export interface ImageRegion {
	kind: string;
	offset: number;
	size: number;
	section: string | null;
	from: "donor" | "target" | "blank" | "made" | "own";
}

export interface DiffOf {
	sectors: number;
	differing: number;
	bytes: number;
	by_class: Record<string, number>;
	runs: { offset: number; size: number; bytes: number; class: string }[];
}

export interface PlanImage {
	size: number;
	target: number;
	own: boolean;
	as_it_is: boolean;
	regions: ImageRegion[];
	from_dump: DiffOf;
	from_camera: DiffOf;
}

export interface Dump {
	id: number;
	sha256: string;
	size: number;
	camera: string | null;
	kind: string;
	verified: boolean;
	chip: string;
	jedec: string;
	mac: string;
	port: string;
	baud: number;
	passes: number;
	retries: number;
	file: string;
	note: string;
	job: number | null;
	missing: boolean;
	damaged: boolean;
	created_s: number;
	same_bytes: number;
	same_cameras: number;
	tool: string;
}

export interface BinEntry {
	name: string;
	handle: string;
	sha256: string;
	size: number;
	camera: string;
	kind: string;
	verified: boolean;
	chip: string;
	file: string;
	note: string;
	removed_s: number;
	gone_s: number;
	has_bytes: boolean;
}

export interface Section {
	name: string;
	id: string;
	offset: number;
	size: number;
	load: number | null;
	entry: number | null;
	header_ok: boolean;
	data_ok: boolean;
	version: number;
	data_sum: number;
}

export interface Region {
	kind: string;
	offset: number;
	size: number;
	section: number | null;
}

export interface DumpMap {
	size: number;
	reads: number;
	faults: ({ offset: number; text: string } & Said)[];
	sections: Section[];
	sysinfo: { offset: number; records: number; mac: string | null } | null;
	areas: { offset: number; size: number; records: number; capacity: number; record_size: number; sysinfo: boolean }[];
	ota: { offset: number; size: number } | null;
	chip: string;
	chip_title: string;
	chip_reason: string;
	chip_reason_said: Said | null;
	blank_bytes: number;
	chain_ok: boolean;
	chain_error: string;
	chain_error_said: Said | null;
	equal_halves: boolean;
	all_blank: boolean;
	regions: Region[];
}

export interface FoundThing {
	kind: string;
	offset: number;
	size: number;
	secret: boolean;
	text: string;
	where: string;
}

export interface TextRun {
	offset: number;
	size: number;
	text: string;
}

export interface Hits {
	hits: { offset: number; size: number; form: string }[];
	next: number | null;
}

export interface OnlyStrings {
	strings: TextRun[];
	more: boolean;
}

export interface DumpDiff {
	size: number;
	sectors: number;
	differing: number;
	bytes: number;
	by_class: Record<string, number>;
	runs: { offset: number; size: number; bytes: number; class: string }[];
	ranges: { offset: number; size: number }[];
	more_ranges: boolean;
	learned: { pairs: number; volatile: number };
	only_a: OnlyStrings | null;
	only_b: OnlyStrings | null;
}

export interface Fit {
	camera: string;
	fits: "yes" | "no" | "unknown";
	code: string;
	why: string;
	why_said: Said | null;
}

export interface SharePreview {
	places: { kind: string; offset: number; size: number; form: string; unknown: boolean }[];
	more: boolean;
	secrets: number;
	too_short: number;
	sections_mended: number;
	packed_sections: number;
	unknown_bytes: number;
	unknown_kept: boolean;
}

export type PartFrom = "target" | "donor" | "blank";

export interface GraftPreview {
	lines: ({ what: string; from: string; usual: PartFrom | null; offset: number; size: number; text: string } & Said)[];
	differs_from_donor: number;
	differs_from_target: number;
	sectors: number;
}

export interface User {
	name: string;
	role: Role;
	created_s?: number;
}

export interface Token {
	name: string;
	role: Role;
	created_s?: number;
	expires_s: number | null;
	used_s: number | null;
}

/** A browser that is signed in. */
export interface SignIn {
	id: string;
	user: string;
	agent: string;
	address: string;
	created_s: number;
	seen_s: number;
	current: boolean;
}

/** One key of camherd.conf as it is in force. */
export interface ConfigKey {
	section: string;
	key: string;
	value: string;
	fallback: string;
	changed: boolean;
	daemon: string;
}

export interface SettingsNow {
	name: string;
	file: string;
	file_exists: boolean;
	keys: ConfigKey[];
	keep: Keep;
}

/** Somebody else's work that is in it. */
export interface Library {
	name: string;
	version: string;
	licence: string;
	url: string;
}

export interface About {
	version: string;
	licence: string;
	schema: number;
	libraries: Library[];
}

/** For how many days. */
export interface Keep {
	logs_days: number;
	history_days: number;
	bin_days: number;
}

export interface StorageNow {
	cameras: { camera: string | null; dumps: number; bytes: number }[];
	bin: { dumps: number; bytes: number; days: number };
	keep: { logs_days: number; events_days: number };
	parts: { name: string; bytes: number; files: number }[];
	disk: { total: number; free: number };
}

export interface Findings {
	findings: {
		check: string;
		state: "ok" | "warning" | "bad";
		code: string;
		text: string;
		do: string;
		params: Record<string, string>;
	}[];
	ok: number;
	warnings: number;
	bad: number;
}

export interface ArchiveState {
	under_way: boolean;
	result: ({ ok: boolean; message: string; before: string; dumps: number; left: string[] } & Said) | null;
}

/** Cameras, users or tokens: in the archive, and here. */
export interface ArchiveSide {
	archive: number;
	here: number;
	only_here: string[];
	changed: string[];
}

export interface ArchivePlan {
	id: string;
	archive: { camherd: string; created_s: number; files: number; bytes: number };
	cameras: ArchiveSide;
	users: ArchiveSide;
	tokens: ArchiveSide;
	dumps: { archive: number; here: number; new: number; only_here: number };
	replaced: string[];
	config: { file: string; place: string; same: boolean }[];
	blocked: string | null;
}

export type RescueStep =
	| "happened" | "photos" | "adapter" | "wire" | "power" | "ways" | "identify" | "save"
	| "donor" | "image" | "checks" | "write" | "boot" | "network" | "home" | "give";

export type RescueTask = "identify" | "save" | "donor" | "import" | "parts" | "write";

export type RescuePlace = "wire" | "boot";

/** What was heard of a camera that was only listened to. */
export interface RescueSeen {
	at_s: number;
	verdict: "silent" | "garbage" | "readable";
	baud: number;
	bytes: number;
	text: number;
	firmware: string;
}

export type RescueQuestion =
	| "happened" | "have" | "chip" | "jumper" | "wired" | "sending" | "paired" | "supply"
	| "joined" | "blocked";

export interface Rescue {
	id: number;
	state: "open" | "done" | "closed";
	step: RescueStep;
	camera: string;
	donor: string;
	port: string;
	port_name: string;
	donor_port: string;
	donor_port_name: string;
	image: number | null;
	identity: Identity;
	family: "unknown" | "agrees" | "differs";
	answers: Record<RescueQuestion, string>;
	jobs: Record<RescueTask, number | null>;
	seen: Record<RescuePlace, RescueSeen | null>;
	asked_by: string;
	changed_by: string;
	created_s: number;
	changed_s: number;
}
