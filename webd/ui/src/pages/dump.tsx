// SPDX-License-Identifier: GPL-3.0-or-later
// One backup: what it is and what is inside; found things, text, bytes, comparison and
// cameras stand behind tabs, each with an address of its own.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameras, dump as dumpOf, dumpMap, dumps, ports } from "../lib/data";
import { bytes, moment } from "../lib/format";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { number, plural, t } from "../lib/i18n";
import { resource, useResource } from "../lib/resource";
import { link } from "../lib/router";
import type { Dump as DumpRow } from "../lib/types";
import { Card, Chip, Copy, ErrorNote, Facts, Field, Note, Page, Show } from "../parts/basics";
import { dumpName, sameBytes, Verified } from "../parts/dump-rows";
import { FlashMap } from "../parts/flash-map";
import { Icon } from "../parts/icon";
import { Mac } from "../parts/mac";
import { usePortName } from "../parts/port-words";
import { RemoveDump } from "../parts/remove-dump";
import { ShareDialog } from "../parts/share-dialog";
import { Tabs } from "../parts/tabs";
import { portKey, portTitle } from "./bench";
import { DumpBytes } from "./dump-bytes";
import { DumpCameras } from "./dump-cameras";
import { DumpDiff } from "./dump-diff";
import { DumpFound } from "./dump-found";
import { DumpText } from "./dump-text";

const tabs = ["found", "text", "bytes", "compare", "cameras"] as const;

export function Dump({ id, tab, query }: { id: string; tab: string | undefined; query: URLSearchParams }) {
	const admin = useAdmin();
	const loaded = useResource(dumpOf(id));
	const found = loaded.value;
	const [sharing, setSharing] = useState(false);
	return (
		<Page
			title={found ? t("dump.title", { id: found.id, name: dumpName(found) }) : t("dump.number", { id })}
			back={{ href: "#/dumps", text: t("nav.dumps") }}
			actions={found && admin && !found.missing && (
				<>
					<button type="button" class="button" onClick={() => setSharing(true)}>
						<Icon name="upload" />
						{t("share.open")}
					</button>
					<a class="button" href={`api/v1/dumps/${found.id}/file`} download={fileName(found)}>
						<Icon name="download" />
						{t("dump.download")}
					</a>
				</>
			)}
		>
			<Show of={dumpOf(id)}>{() => found && <DumpBody dump={found} tab={tab ?? ""} query={query} admin={admin} />}</Show>
			{sharing && found && <ShareDialog dump={found} close={() => setSharing(false)} />}
		</Page>
	);
}

function fileName(d: DumpRow): string {
	return `${d.camera || d.chip || "dump"}-${d.sha256.slice(0, 8)}.bin`;
}

function DumpBody({ dump, tab, query, admin }: { dump: DumpRow; tab: string; query: URLSearchParams; admin: boolean }) {
	if (dump.missing) {
		return (
			<>
				<Note tone="bad"><p>{t("dump.missing-text")}</p></Note>
				<Overview dump={dump} admin={admin} />
			</>
		);
	}
	return (
		<>
			<Tabs
				label={t("dump.tabs")}
				now={tab}
				tabs={[
					{ key: "", href: link("dumps", dump.id), text: t("dump.tab.overview") },
					...tabs.map((key) => ({ key, href: link("dumps", dump.id, key), text: t(`dump.tab.${key}`) })),
				]}
			/>
			{tab === "found"
				? <DumpFound dump={dump} />
				: tab === "text"
					? <DumpText dump={dump} query={query} />
					: tab === "bytes"
						? <DumpBytes dump={dump} query={query} />
						: tab === "compare"
							? <DumpDiff dump={dump} query={query} />
							: tab === "cameras"
								? <DumpCameras dump={dump} />
								: <Overview dump={dump} admin={admin} />}
		</>
	);
}

function Overview({ dump, admin }: { dump: DumpRow; admin: boolean }) {
	const port = usePortName(dump.port);
	return (
		<>
			{!dump.missing && dump.damaged && <Note tone="bad"><p>{t("dump.damaged-text")}</p></Note>}
			{!dump.missing && (
				<Card title={t("map.title")}>
					<Show of={dumpMap(String(dump.id))}>{(map) => <FlashMap map={map} dump={dump.id} admin={admin} />}</Show>
				</Card>
			)}
			<div class="columns">
				<div class="column-wide">
					<Card title={t("dump.about")}>
						<div class="state-line"><Verified dump={dump} /></div>
						<Facts
							rows={[
								[t("dump.camera"), dump.camera && <a href={link("cam", dump.camera)}>{dump.camera}</a>],
								[t("dump.when"), moment(dump.created_s)],
								[t("dump.size"), t("dump.size-value", { size: bytes(dump.size), n: number(dump.size) })],
								[t("dump.chip"), [dump.chip, dump.jedec].filter(Boolean).join(" · ")],
								[t("dump.mac"), dump.mac && <Mac masked={dump.mac} path={`dumps/${dump.id}`} />],
								[t("dump.port"), dump.port && port],
								[t("dump.read"), dump.passes > 0 ? plural("dump.passes", dump.passes, { baud: number(dump.baud) }) : ""],
								[t("dump.retries"), dump.retries > 0 ? number(dump.retries) : ""],
								[t("dump.file"), dump.file],
								[t("dump.same-bytes"), dump.same_bytes > 1 ? <Twins dump={dump} /> : ""],
								[t("dump.job"), dump.job ? <a href={link("jobs", dump.job)}>{t("job.number", { id: dump.job })}</a> : ""],
								[t("dump.tool"), dump.tool],
								[t("dump.sha256"), <><code class="wrap">{dump.sha256}</code> <Copy text={dump.sha256} what="SHA-256" /></>],
							]}
						/>
						{!dump.missing && <Whole dump={dump} />}
						<p class="muted small">{t("dump.private")}</p>
					</Card>
				</div>
				<div class="column">
					{admin && !dump.missing && <Restore dump={dump} />}
					{admin && <Belongs dump={dump} />}
					{!admin && dump.note !== "" && <Card title={t("dump.note")}><p class="pre-line">{dump.note}</p></Card>}
					{admin && <RemoveDump dump={dump} />}
				</div>
			</div>
		</>
	);
}

/** The other entries with the same bytes. */
function Twins({ dump }: { dump: DumpRow }) {
	const { value } = useResource(resource<{ dumps: DumpRow[] }>(`dumps?q=${dump.sha256}`, ["dumps"]));
	const others = value?.dumps.filter((d) => d.id !== dump.id) ?? [];
	return (
		<>
			{others.length === 0 ? sameBytes(dump) : dump.same_cameras > 1 && `${sameBytes(dump)}: `}
			{others.map((d, i) => (
				<>
					{i > 0 && ", "}
					<a key={d.id} href={link("dumps", d.id)}>{t("dump.title", { id: d.id, name: dumpName(d) })}</a>
				</>
			))}
		</>
	);
}

/** Read every byte now and compare the SHA-256. */
function Whole({ dump }: { dump: DumpRow }) {
	const [whole, setWhole] = useState<boolean | undefined>(undefined);
	const action = useAction();
	const online = useOnline();
	return (
		<div class="state-line" role="status">
			<button type="button" class="button small" disabled={action.busy || !online} onClick={() => void action.run(async () => {
				setWhole((await request<{ whole: boolean }>("GET", `dumps/${dump.id}/check`)).whole);
			})}>
				{t("dump.check")}
			</button>
			{whole === true && <Chip tone="good" icon="check">{t("dump.whole")}</Chip>}
			{whole === false && <Chip tone="bad" icon="cross">{t("dump.not-whole")}</Chip>}
			{action.error && <ErrorNote error={action.error} />}
		</div>
	);
}

function Restore({ dump }: { dump: DumpRow }) {
	const list = (useResource(ports()).value?.ports ?? []).filter((p) => p.enabled);
	const [chosen, setChosen] = useState("");
	const port = list.find((p) => p.path === chosen) ?? list[0];
	return (
		<Card title={t("dump.restore")}>
			<p class="muted">{t("dump.restore-text")}</p>
			{list.length === 0 && <p><a href="#/bench">{t("dump.no-port")}</a></p>}
			{port && (
				<>
					<Field id="restore-port" label={t("dump.restore-port")}>
						<select id="restore-port" value={port.path} onChange={(ev) => setChosen(ev.currentTarget.value)}>
							{list.map((p) => <option key={p.path} value={p.path}>{portTitle(p)}</option>)}
						</select>
					</Field>
					<a class="button wide" href={`${link("bench", portKey(port), "write")}?dump=${dump.id}`}>{t("dump.restore-go")}</a>
				</>
			)}
		</Card>
	);
}

function Belongs({ dump }: { dump: DumpRow }) {
	const list = useResource(cameras()).value?.cameras ?? [];
	const [note, setNote] = useState(dump.note);
	const whose = dump.camera ?? "";
	const [camera, setCamera] = useState(whose);
	const action = useAction();
	const same = note === dump.note && camera === whose;
	return (
		<Card title={t("dump.note-title")}>
			<form onSubmit={(ev) => {
				ev.preventDefault();
				void action.run(async () => {
					const body: { note?: string; camera?: string } = {};
					if (note !== dump.note) body.note = note;
					if (camera !== whose) body.camera = camera;
					await request("PATCH", `dumps/${dump.id}`, { body });
					dumpOf(String(dump.id)).load();
					dumps().load();
				});
			}}>
				<Field id="dump-camera" label={t("dump.camera")}>
					<select id="dump-camera" value={camera} onChange={(ev) => setCamera(ev.currentTarget.value)}>
						<option value="">{t("dump.nobody")}</option>
						{list.map((c) => <option key={c.name} value={c.name}>{c.name}</option>)}
					</select>
				</Field>
				<Field id="dump-note" label={t("dump.note")}>
					<textarea id="dump-note" rows={3} maxLength={1024} value={note} onInput={(ev) => setNote(ev.currentTarget.value)} />
				</Field>
				{action.error && <ErrorNote error={action.error} />}
				<div class="form-end"><button class="button" disabled={same || action.busy}>{t("action.save")}</button></div>
			</form>
		</Card>
	);
}
