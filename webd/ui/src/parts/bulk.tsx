// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done to many cameras at once: tags, backups, a probe, a list to take away.
// One after the other, so that a herd is no burst; each says how it went.
import { useState } from "preact/hooks";
import { asApiError, request } from "../lib/api";
import { cameras, jobs, openJobs, ports } from "../lib/data";
import { stateOf, tagsOf } from "../lib/herd";
import { useAction, useOnline } from "../lib/hooks";
import { maybe, number, plural, t } from "../lib/i18n";
import { saidError } from "../lib/said";
import type { Camera, Dump, Port, Ports } from "../lib/types";
import { Chip, ErrorNote } from "./basics";
import { Icon } from "./icon";

interface Result {
	name: string;
	ok: boolean;
	text: string;
}

interface Probe {
	state: string;
	reason: string;
	width?: number;
	height?: number;
	fps?: number;
}

const at = (c: Camera) => `cameras/${encodeURIComponent(c.name)}`;

/** The port of its newest backup, if it is free and nobody else of them was there last. */
async function portsOf(list: Camera[]): Promise<Map<string, Port | string>> {
	const found = new Map<string, Port | string>();
	const users = new Map<string, number>();
	const last = new Map<string, string>();
	const { ports: all } = await request<Ports>("GET", ports().path);
	for (const c of list) {
		const { dumps } = await request<{ dumps: Dump[] }>("GET", `dumps?camera=${encodeURIComponent(c.name)}&limit=20`);
		const path = dumps.find((d) => d.port !== "")?.port ?? "";
		last.set(c.name, path);
		users.set(path, (users.get(path) ?? 0) + 1);
	}
	for (const [name, path] of last) {
		const port = all.find((p) => p.path === path);
		if (path === "") found.set(name, t("bulk.no-port"));
		else if ((users.get(path) ?? 0) > 1) found.set(name, t("bulk.shared-port", { port: port?.name || path }));
		else if (!port || !port.enabled || port.state !== "free") found.set(name, t("camera.backup-port-away", { port: port?.name || path }));
		else found.set(name, port);
	}
	return found;
}

function csv(list: Camera[]): string {
	const cell = (v: string) => `"${(/^[=+\-@\t]/.test(v) ? `'${v}` : v).replace(/"/g, '""')}"`;
	const rows = list.map((c) => [
		c.name, stateOf(c), c.chip, c.firmware?.label ?? "", c.backup ? new Date(c.backup.created_s * 1000).toISOString() : "",
		c.backup?.verified ? "yes" : "no", c.tags,
	]);
	return [["name", "state", "chip", "firmware", "backup", "verified", "tags"], ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function download(name: string, text: string): void {
	const a = document.createElement("a");
	a.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 60000);
}

export function Bulk({ list, all, none }: { list: Camera[]; all: () => void; none: () => void }) {
	const [tag, setTag] = useState("");
	const [results, setResults] = useState<Result[]>([]);
	const action = useAction();
	const online = useOnline();
	const off = list.length === 0 || action.busy || !online;
	const each = (work: (c: Camera) => Promise<string>) =>
		void action.run(async () => {
			const done: Result[] = [];
			setResults([]);
			for (const c of list) {
				try {
					done.push({ name: c.name, ok: true, text: await work(c) });
				} catch (e) {
					done.push({ name: c.name, ok: false, text: saidError(asApiError(e)) });
				}
				setResults([...done]);
			}
			cameras().load();
		});
	const word = tag.trim();
	const badTag = !/^[^\s,;]{1,32}$/.test(word);
	const mark = (add: boolean) => each(async (c) => {
		const rest = tagsOf(c).filter((x) => x !== word);
		const tags = (add ? [...rest, word] : rest).join(" ");
		if (tags !== c.tags) await request("PATCH", at(c), { body: { tags } });
		return tags === "" ? t("bulk.no-tags") : tags;
	});
	const probe = () => each(async (c) => {
		if (c.source === "") throw new Error(t("camera.quiet.flash"));
		const p = await request<Probe>("GET", `${at(c)}/probe`, { deadlineMs: 40000 });
		const word = maybe(`camera.state.${p.state}`) ?? p.state;
		if (p.width === undefined) throw new Error(p.reason || word);
		return [`${p.width} × ${p.height}`, p.fps ? t("camera.fps", { n: number(p.fps, 1) }) : ""].filter(Boolean).join(", ");
	});
	const backUp = () => void action.run(async () => {
		const where = await portsOf(list);
		const done: Result[] = [];
		setResults([]);
		for (const c of list) {
			const port = where.get(c.name);
			if (port === undefined || typeof port === "string") {
				done.push({ name: c.name, ok: false, text: port ?? "" });
				continue;
			}
			try {
				const { job } = await request<{ job: { id: number } }>("POST", "jobs", { body: { kind: "backup", port: port.path, camera: c.name } });
				done.push({ name: c.name, ok: true, text: t("bulk.backing-up", { id: job.id, port: port.name || port.path }) });
			} catch (e) {
				done.push({ name: c.name, ok: false, text: saidError(asApiError(e)) });
			}
		}
		setResults(done);
		jobs().load();
		openJobs().load();
	});
	return (
		<div class="bulk" role="group" aria-label={t("bulk.title")}>
			<p role="status"><strong>{plural("bulk.count", list.length)}</strong></p>
			<div class="actions">
				<button type="button" class="button small" onClick={all}>{t("bulk.all")}</button>
				<button type="button" class="button small" disabled={list.length === 0} onClick={none}>{t("bulk.none")}</button>
			</div>
			<div class="actions">
				<button type="button" class="button small" disabled={off} onClick={backUp}><Icon name="archive" size={16} />{t("bulk.back-up")}</button>
				<button type="button" class="button small" disabled={off} onClick={probe}><Icon name="search" size={16} />{t("bulk.probe")}</button>
				<button type="button" class="button small" disabled={list.length === 0} onClick={() => download("cameras.csv", csv(list))}><Icon name="download" size={16} />{t("bulk.export")}</button>
			</div>
			<div class="actions">
				<label class="bulk-tag">
					<span>{t("bulk.tag")}</span>
					<input id="bulk-tag" value={tag} maxLength={32} autocomplete="off" onInput={(ev) => setTag(ev.currentTarget.value)} />
				</label>
				<button type="button" class="button small" disabled={off || badTag} onClick={() => mark(true)}>{t("bulk.tag-add")}</button>
				<button type="button" class="button small" disabled={off || badTag} onClick={() => mark(false)}>{t("bulk.tag-remove")}</button>
			</div>
			{action.error && <ErrorNote error={action.error} />}
			{results.length > 0 && (
				<ul class="bulk-results" aria-live="polite">
					{results.map((r) => (
						<li key={r.name}>
							<Chip tone={r.ok ? "good" : "bad"} icon={r.ok ? "check" : "cross"}>{maybe(r.ok ? "bulk.done" : "bulk.failed") ?? ""}</Chip>
							<strong>{r.name}</strong>
							<span>{r.text}</span>
						</li>
					))}
				</ul>
			)}
		</div>
	);
}
