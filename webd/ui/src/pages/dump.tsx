// SPDX-License-Identifier: GPL-3.0-or-later
// One backup: what it is, what is inside, download, note, and the way to restore it.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameras, dump as dumpOf, dumpMap, dumps, ports } from "../lib/data";
import { bytes, moment } from "../lib/format";
import { useAction, useAdmin } from "../lib/hooks";
import { number, plural, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import type { Dump as DumpRow } from "../lib/types";
import { Card, Copy, ErrorNote, Facts, Field, Note, Page, Show } from "../parts/basics";
import { dumpName, Verified } from "../parts/dump-rows";
import { FlashMap } from "../parts/flash-map";
import { Icon } from "../parts/icon";
import { Mac } from "../parts/mac";
import { portKey, portTitle } from "./bench";

export function Dump({ id }: { id: string }) {
	const admin = useAdmin();
	const loaded = useResource(dumpOf(id));
	const found = loaded.value;
	return (
		<Page
			title={found ? t("dump.title", { id: found.id, name: dumpName(found) }) : t("dump.number", { id })}
			back={{ href: "#/dumps", text: t("nav.dumps") }}
			actions={found && admin && !found.missing && (
				<a class="button" href={`api/v1/dumps/${found.id}/file`} download={fileName(found)}>
					<Icon name="download" />
					{t("dump.download")}
				</a>
			)}
		>
			<Show of={dumpOf(id)}>{() => found && <DumpBody dump={found} />}</Show>
		</Page>
	);
}

function fileName(d: DumpRow): string {
	return `${d.camera || d.chip || "dump"}-${d.sha256.slice(0, 8)}.bin`;
}

function DumpBody({ dump }: { dump: DumpRow }) {
	const admin = useAdmin();
	return (
		<>
			{dump.missing && <Note tone="bad"><p>{t("dump.missing-text")}</p></Note>}
			{!dump.missing && (
				<Card title={t("map.title")}>
					<Show of={dumpMap(String(dump.id))}>{(map) => <FlashMap map={map} size={dump.size} />}</Show>
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
								[t("dump.read"), dump.passes > 0 ? plural("dump.passes", dump.passes, { baud: number(dump.baud) }) : ""],
								[t("dump.retries"), dump.retries > 0 ? number(dump.retries) : ""],
								[t("dump.file"), dump.file],
								[t("dump.same-bytes"), dump.same_bytes > 1 ? plural("dump.same", dump.same_bytes) : ""],
								[t("dump.job"), dump.job_id ? <a href={link("jobs", dump.job_id)}>{t("job.number", { id: dump.job_id })}</a> : ""],
								[t("dump.sha256"), <><code class="wrap">{dump.sha256}</code> <Copy text={dump.sha256} what="SHA-256" /></>],
							]}
						/>
						<p class="muted small">{t("dump.private")}</p>
					</Card>
				</div>
				<div class="column">
					{admin && !dump.missing && <Restore dump={dump} />}
					{admin && <Belongs dump={dump} />}
				</div>
			</div>
		</>
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
