// SPDX-License-Identifier: GPL-3.0-or-later
// Above and below the list of ports: the stick that was just plugged in, all backups at
// once, and what begins by itself.
import { useState } from "preact/hooks";
import { type ApiError, asApiError, request } from "../lib/api";
import { jobs, openJobs, ports } from "../lib/data";
import { since } from "../lib/format";
import { useAction, useNow, useOnline } from "../lib/hooks";
import { plural, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import { said, saidError } from "../lib/said";
import type { Port, Watch } from "../lib/types";
import { Card, ErrorNote, Note } from "./basics";
import { Icon } from "./icon";
import { shortPath } from "./job-words";
import { adapterName } from "./port-words";

const FRESH_MS = 10 * 60 * 1000;
const LIST_MS = 1500;

function nameOf(port: Port): string {
	return port.name || shortPath(port.path);
}

/** Sticks that came while somebody waits for one, the newest first: one tap enables. */
export function JustPlugged({ ports: list }: { ports: Port[] }) {
	const fresh = list
		.filter((p) => !p.enabled && p.plugged_ms !== null && p.plugged_ms < FRESH_MS && p.state !== "absent")
		.sort((a, b) => a.plugged_ms! - b.plugged_ms!);
	return (
		<div aria-live="polite">
			{fresh.map((p) => <Fresh key={p.path} port={p} />)}
		</div>
	);
}

function Fresh({ port }: { port: Port }) {
	const now = useNow(1000);
	const [at] = useState(now - port.plugged_ms!);
	const action = useAction();
	const online = useOnline();
	const enable = () => void action.run(async () => {
		await request("PATCH", "ports", { body: { path: port.path, enabled: true } });
		ports().load();
	});
	return (
		<section class="card fresh" aria-label={t("bench.fresh")}>
			<span class="port-icon"><Icon name="usb" size={26} /></span>
			<div class="row-main">
				<h2>{t("bench.fresh")}</h2>
				<p>
					<strong>{adapterName(port) || shortPath(port.node)}</strong>
					{" · "}
					{nameOf(port)}
					{" · "}
					{since(at / 1000)}
				</p>
				{port.radio
					? <Note tone="warn"><p>{t("bench.fresh-radio")}</p></Note>
					: <p class="muted">{t("bench.fresh-text")}</p>}
				{port.holder !== "" && <p class="muted">{t("port.held", { holder: said(port.holder) })}</p>}
				{action.error && <ErrorNote error={action.error} />}
			</div>
			<button type="button" class={port.radio ? "button" : "button primary"} disabled={action.busy || !online} onClick={enable}>
				{t("bench.fresh-enable")}
			</button>
		</section>
	);
}

interface Outcome {
	begun: number;
	failed: { port: Port; error: ApiError }[];
}

/** A backup of every enabled port that is free. */
export function BackupAll({ ports: list }: { ports: Port[] }) {
	const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
	const action = useAction();
	const online = useOnline();
	const open = new Set((useResource(openJobs()).value?.jobs ?? []).map((j) => j.port));
	const there = list.filter((p) => p.enabled && p.state !== "absent");
	const free = there.filter((p) => (p.state === "free" || p.state === "console") && !open.has(p.path));
	const start = () => void action.run(async () => {
		const done: Outcome = { begun: 0, failed: [] };
		for (const port of free) {
			try {
				await request("POST", "jobs", { body: { kind: "backup", port: port.path } });
				done.begun++;
			} catch (e) {
				done.failed.push({ port, error: asApiError(e) });
			}
		}
		setOutcome(done);
		jobs().load();
		openJobs().load();
		// Until the list of jobs is here, a second tap would begin them twice.
		await new Promise((go) => setTimeout(go, LIST_MS));
	});
	return (
		<Card title={t("bench.all")}>
			<p class="muted">{t("bench.all-text")}</p>
			{action.error && <ErrorNote error={action.error} />}
			<div class="actions">
				<button type="button" class="button primary" disabled={action.busy || !online || free.length === 0} onClick={start}>
					{plural("bench.all-go", free.length)}
				</button>
				<a class="button" href={link("jobs")}>{t("bench.all-jobs")}</a>
			</div>
			{there.length > free.length && (
				<p class="muted">{t("bench.all-left", { list: there.filter((p) => !free.includes(p)).map(nameOf).join(", ") })}</p>
			)}
			<div role="status">
				{outcome && <p>{plural("bench.all-begun", outcome.begun)}</p>}
				{outcome?.failed.map((f) => <Note key={f.port.path} tone="bad"><p>{nameOf(f.port)}: {saidError(f.error)}</p></Note>)}
			</div>
		</Card>
	);
}

const CHOICES: Watch[] = ["off", "identify", "backup"];

export function WatchNew({ watch }: { watch: Watch }) {
	const action = useAction();
	const online = useOnline();
	const choose = (value: Watch) => void action.run(async () => {
		await request("PATCH", "ports/watch", { body: { watch: value } });
		ports().load();
	});
	return (
		<Card title={t("bench.watch")}>
			<p class="muted">{t("bench.watch-text")}</p>
			{action.error && <ErrorNote error={action.error} />}
			<fieldset class="radio-row" disabled={action.busy || !online}>
				<legend class="off-screen">{t("bench.watch")}</legend>
				{CHOICES.map((value) => (
					<label key={value}>
						<input type="radio" name="bench-watch" checked={watch === value} onChange={() => choose(value)} />
						{t(`bench.watch.${value}` as "bench.watch.off")}
					</label>
				))}
			</fieldset>
		</Card>
	);
}
