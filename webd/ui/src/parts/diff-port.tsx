// SPDX-License-Identifier: GPL-3.0-or-later
// A backup beside a camera as it is now: its flash is read as for every backup, and that
// reading is what is compared. The job stands in the address, so that a reload goes on.
import { useEffect, useState } from "preact/hooks";
import { request } from "../lib/api";
import { dump as dumpOf, dumps, job as jobOf, jobs, openJobs, ports } from "../lib/data";
import { bytes } from "../lib/format";
import { useAction, useOnline } from "../lib/hooks";
import { maybe, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import { said } from "../lib/said";
import type { Dump, Job, Port } from "../lib/types";
import { portTitle } from "../pages/bench";
import { Card, ErrorNote, Field, Note, Show } from "./basics";
import { isOpen } from "./job-rows";
import { ending, placeOf } from "./job-words";
import { ProgressBar } from "./progress";

export function DiffPort({ dump, query }: { dump: Dump; query: URLSearchParams }) {
	const id = Number(query.get("job"));
	return (
		<Card title={t("diff.port")}>
			{Number.isInteger(id) && id > 0
				? <Show key={id} of={jobOf(id)}>{(job) => <Reading dump={dump} job={job} />}</Show>
				: <Choice dump={dump} />}
		</Card>
	);
}

function free(p: Port): boolean {
	return p.enabled && p.node !== "" && p.state !== "busy" && p.state !== "lost";
}

function Choice({ dump }: { dump: Dump }) {
	return (
		<>
			<p class="muted">{t("diff.port-text")}</p>
			<Show of={ports()}>
				{({ ports: all }) => all.some(free)
					? <Start dump={dump} list={all.filter(free)} />
					: <p><a href="#/bench">{t("diff.port-none")}</a></p>}
			</Show>
		</>
	);
}

function Start({ dump, list }: { dump: Dump; list: Port[] }) {
	const [chosen, setChosen] = useState("");
	const action = useAction();
	const online = useOnline();
	const port = list.find((p) => p.path === chosen) ?? list[0]!;
	return (
		<form onSubmit={(ev) => {
			ev.preventDefault();
			void action.run(async () => {
				const answer = await request<{ job: Job }>("POST", "jobs", { body: { kind: "backup", port: port.path } });
				jobs().load();
				openJobs().load();
				go(`${link("dumps", dump.id, "compare")}?job=${answer.job.id}`);
			});
		}}>
			<Field id="diff-port" label={t("dump.restore-port")}>
				<select id="diff-port" value={port.path} onChange={(ev) => setChosen(ev.currentTarget.value)}>
					{list.map((p) => <option key={p.path} value={p.path}>{portTitle(p)}</option>)}
				</select>
			</Field>
			{action.error && <ErrorNote error={action.error} />}
			<div class="form-end"><button class="button" disabled={action.busy || !online}>{t("diff.port-go")}</button></div>
		</form>
	);
}

function Reading({ dump, job }: { dump: Dump; job: Job }) {
	const more = <p><a href={link("jobs", job.id)}>{t("diff.port-job")}</a></p>;
	if (isOpen(job)) {
		const ask = job.state === "waiting" ? job.progress?.ask : undefined;
		return (
			<>
				<p>{t("diff.port-reading", { place: placeOf(job) })}</p>
				{ask && job.progress && (
					<Note tone="warn" icon="hand">
						<p><strong>{maybe(`job.ask.${ask}`) ?? ask}</strong></p>
						<p>{maybe(`job.ask.${ask}.text`) ?? said(job.progress.text, job.progress)}</p>
					</Note>
				)}
				<ProgressBar job={job} />
				{more}
			</>
		);
	}
	if (job.state !== "done" || job.result_dump === null) {
		return (
			<>
				<Note tone="bad"><p>{ending(job)}</p></Note>
				<div class="actions"><a class="button" href={link("dumps", dump.id, "compare")}>{t("diff.port-again")}</a></div>
				{more}
			</>
		);
	}
	if (job.result_dump === dump.id) return <><Note tone="good"><p>{t("diff.port-same")}</p></Note>{more}</>;
	return <Show of={dumpOf(String(job.result_dump))}>{(read) => <Read dump={dump} read={read} />}</Show>;
}

/** The reading is in the library: go on as with any two backups. */
function Read({ dump, read }: { dump: Dump; read: Dump }) {
	const fits = read.size === dump.size;
	const { value } = useResource(dumps());
	useEffect(() => {
		if (!fits) return;
		if (value?.dumps.some((d) => d.id === read.id)) location.replace(`${link("dumps", dump.id, "compare")}?with=${read.id}`);
		else dumps().load();
	}, [fits, value]);
	if (fits) return <div class="skeleton skeleton-block" aria-busy="true" />;
	return (
		<Note tone="warn">
			<p>{t("diff.port-size", { size: bytes(read.size), mine: bytes(dump.size) })}</p>
			<p><a href={link("dumps", read.id)}>{t("job.to-dump", { id: read.id })}</a></p>
		</Note>
	);
}
