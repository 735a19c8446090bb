// SPDX-License-Identifier: GPL-3.0-or-later
// One USB port: switch it on, name it, and what can be done with the camera on it.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameras, dumps, jobs, openJobs, ports } from "../lib/data";
import { useAction, useAdmin, useOnline } from "../lib/hooks";
import { number, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import { said } from "../lib/said";
import type { Job, JobRequest, Port as PortRow } from "../lib/types";
import { Card, Empty, ErrorNote, Facts, Field, Note, Page, PortStateChip, Show } from "../parts/basics";
import { ConsoleCard } from "../parts/console-pane";
import { dumpName } from "../parts/dump-rows";
import { JobRows } from "../parts/job-rows";
import { faults } from "../parts/port-words";
import { ProgressBar } from "../parts/progress";
import { noWayIn, ToRescue } from "../parts/to-rescue";
import { lastJobs, portKey, portState, portTitle, usePortJob } from "./bench";

export function findPort(list: PortRow[], key: string): PortRow | undefined {
	return list.find((p) => p.name === key) ?? list.find((p) => p.path === key);
}

export function Port({ name }: { name: string }) {
	const loaded = useResource(ports());
	const found = loaded.value && findPort(loaded.value.ports, name);
	return (
		<Page title={found ? portTitle(found) : name} back={{ href: "#/bench", text: t("nav.bench") }}>
			<Show of={ports()}>
				{() => found ? <PortBody port={found} /> : <Empty icon="usb" title={t("port.gone")}><p>{t("port.gone-text")}</p></Empty>}
			</Show>
		</Page>
	);
}

function PortBody({ port }: { port: PortRow }) {
	const admin = useAdmin();
	const job = usePortJob(port);
	const all = useResource(jobs()).value?.jobs ?? [];
	const past = lastJobs(all, port);
	return (
		<div class="columns">
			<div class="column-wide">
				{job && <RunningJob job={job} />}
				{admin && port.enabled && !job && past[0] && noWayIn(past[0]) && <ToRescue port={port.path} camera={past[0].camera} />}
				{!port.enabled && admin && <Enable port={port} />}
				{!port.enabled && !admin && <Note tone="calm"><p>{t("port.off-viewer")}</p></Note>}
				{port.enabled && port.state === "busy" && (
					<Note tone="warn"><p>{t("port.busy-text", { holder: said(port.holder) || t("port.somebody") })}</p></Note>
				)}
				{port.enabled && port.state === "lost" && <Note tone="warn"><p>{t("port.lost-text")}</p></Note>}
				{port.enabled && admin && <Work port={port} />}
				{port.enabled && admin && <ConsoleCard port={port} takeOver={() => startJob({ kind: "backup", port: port.path })} />}
				{past.length > 0 && <Card title={t("port.jobs")}><JobRows jobs={past} /></Card>}
			</div>
			<div class="column">
				<Card title={t("port.about")}>
					<div class="state-line"><PortStateChip state={portState(port)} /></div>
					<Facts
						rows={[
							[t("port.adapter"), [port.vendor, port.product].filter(Boolean).join(" · ") || port.adapter],
							[t("port.usb-id"), port.usb_id && <code>{port.usb_id}</code>],
							[t("port.serial"), port.usb_id === "" ? "" : port.serial ? <code class="wrap">{port.serial}</code> : t("port.serial-none")],
							[t("port.node"), port.node && <code>{port.node}</code>],
							[t("port.socket"), <code class="wrap">{port.path}</code>],
							[t("port.chip"), port.chip],
							[t("port.faults"), port.node === "" ? "" : faults(port) || t("port.faults-none")],
							[t("port.baud"), port.good_baud > 0 ? t("port.baud-value", { n: number(port.good_baud) }) : ""],
						]}
					/>
				</Card>
				{admin && <Name port={port} />}
				{admin && port.enabled && <Disable port={port} />}
			</div>
		</div>
	);
}

function RunningJob({ job }: { job: Job }) {
	return (
		<a class="card card-link" href={link("jobs", job.id)}>
			<h2>{t("port.now")}</h2>
			<ProgressBar job={job} />
		</a>
	);
}

async function change(port: PortRow, body: { name?: string; enabled?: boolean }): Promise<void> {
	await request("PATCH", "ports", { body: { path: port.path, ...body } });
	ports().load();
}

function Enable({ port }: { port: PortRow }) {
	const action = useAction();
	const online = useOnline();
	return (
		<Card title={t("port.enable-title")}>
			<p>{t("port.enable-text")}</p>
			<p>{t("port.enable-warn")}</p>
			{action.error && <ErrorNote error={action.error} />}
			<button
				type="button"
				class="button primary"
				disabled={action.busy || !online}
				onClick={() => void action.run(() => change(port, { enabled: true }))}
			>
				{t("port.enable")}
			</button>
		</Card>
	);
}

function Disable({ port }: { port: PortRow }) {
	const action = useAction();
	return (
		<Card title={t("port.disable-title")}>
			<p class="muted">{t("port.disable-text")}</p>
			{action.error && <ErrorNote error={action.error} />}
			<button
				type="button"
				class="button"
				disabled={action.busy}
				onClick={() => void action.run(() => change(port, { enabled: false }))}
			>
				{t("port.disable")}
			</button>
		</Card>
	);
}

function Name({ port }: { port: PortRow }) {
	const [name, setName] = useState(port.name);
	const action = useAction();
	return (
		<Card title={t("port.name-title")}>
			<form onSubmit={(ev) => {
				ev.preventDefault();
				void action.run(async () => {
					await change(port, { name: name.trim() });
					go(link("bench", name.trim() || port.path));
				});
			}}>
				<Field id="port-name" label={t("port.name")} hint={t("port.name-hint")}>
					<input
						id="port-name"
						value={name}
						maxLength={32}
						autocomplete="off"
						autocapitalize="none"
						spellcheck={false}
						aria-describedby="port-name-hint"
						onInput={(ev) => setName(ev.currentTarget.value)}
					/>
				</Field>
				{action.error && <ErrorNote error={action.error} />}
				<div class="form-end">
					<button class="button" disabled={action.busy || name.trim() === port.name}>{t("action.save")}</button>
				</div>
			</form>
		</Card>
	);
}

export async function startJob(body: JobRequest): Promise<void> {
	const answer = await request<{ job: Job }>("POST", "jobs", { body });
	jobs().load();
	openJobs().load();
	go(link("jobs", answer.job.id));
}

function Work({ port }: { port: PortRow }) {
	const list = useResource(cameras()).value?.cameras ?? [];
	const library = useResource(dumps()).value?.dumps ?? [];
	const [camera, setCamera] = useState("");
	const [against, setAgainst] = useState("");
	const action = useAction();
	const online = useOnline();
	const off = action.busy || !online || port.state === "busy" || port.state === "lost";
	const start = (body: JobRequest) => () => void action.run(() => startJob(body));
	const who = camera === "" ? {} : { camera };
	const chosen = against || (library[0] ? String(library[0].id) : "");
	return (
		<Card title={t("work.title")}>
			{action.error && <ErrorNote error={action.error} />}
			<Field id="work-camera" label={t("work.camera")} hint={t("work.camera-hint")}>
				<select id="work-camera" value={camera} aria-describedby="work-camera-hint" onChange={(ev) => setCamera(ev.currentTarget.value)}>
					<option value="">{t("work.camera-none")}</option>
					{list.map((c) => <option key={c.name} value={c.name}>{c.name}</option>)}
				</select>
			</Field>
			<ul class="work">
				<li>
					<div>
						<h3>{t("work.backup")}</h3>
						<p class="muted">{t("work.backup-text")}</p>
					</div>
					<button type="button" class="button primary" disabled={off} onClick={start({ kind: "backup", port: port.path, ...who })}>
						{t("work.backup-go")}
					</button>
				</li>
				<li>
					<div>
						<h3>{t("work.identify")}</h3>
						<p class="muted">{t("work.identify-text")}</p>
					</div>
					<button type="button" class="button" disabled={off} onClick={start({ kind: "identify", port: port.path, ...who })}>
						{t("work.identify-go")}
					</button>
				</li>
				<li>
					<div>
						<h3>{t("work.verify")}</h3>
						<p class="muted">{t(library.length ? "work.verify-text" : "work.verify-none")}</p>
						{library.length > 0 && (
							<select aria-label={t("work.verify-which")} value={chosen} onChange={(ev) => setAgainst(ev.currentTarget.value)}>
								{library.map((d) => <option key={d.id} value={String(d.id)}>{t("dump.option", { id: d.id, name: dumpName(d), sha: d.sha256.slice(0, 8) })}</option>)}
							</select>
						)}
					</div>
					<button
						type="button"
						class="button"
						disabled={off || chosen === ""}
						onClick={start({ kind: "verify", port: port.path, dump: chosen, ...who })}
					>
						{t("work.verify-go")}
					</button>
				</li>
				<li>
					<div>
						<h3>{t("work.write")}</h3>
						<p class="muted">{t("work.write-text")}</p>
					</div>
					<a class="button" href={`${link("bench", portKey(port), "write")}${camera ? `?camera=${encodeURIComponent(camera)}` : ""}`}>
						{t("work.write-go")}
					</a>
				</li>
			</ul>
		</Card>
	);
}
