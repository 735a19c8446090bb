// SPDX-License-Identifier: GPL-3.0-or-later
// One job: phases, blocks, speed, time left, the log, and how it ended.
import { useEffect, useRef, useState } from "preact/hooks";
import { job as jobOf, jobLog } from "../lib/data";
import { duration, maskedLog, moment } from "../lib/format";
import { useAdmin, useNow } from "../lib/hooks";
import { language, maybe, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { Job as JobRow } from "../lib/types";
import { Card, ErrorNote, Facts, Page, Show } from "../parts/basics";
import { Icon } from "../parts/icon";
import { JobPanel } from "../parts/job-panel";
import { isOpen } from "../parts/job-rows";
import { placeOf, titleOf } from "../parts/job-words";
import { noWayIn, ToRescue } from "../parts/to-rescue";

export function Job({ id }: { id: number }) {
	const loaded = useResource(jobOf(id));
	const found = loaded.value;
	return (
		<Page title={found ? titleOf(found) : t("job.number", { id })} back={{ href: "#/jobs", text: t("nav.jobs") }}>
			<Show of={jobOf(id)}>{() => found && <JobBody job={found} />}</Show>
		</Page>
	);
}

function JobBody({ job }: { job: JobRow }) {
	const admin = useAdmin();
	return (
		<div class="columns">
			<div class="column-wide">
				<Card><JobPanel job={job} /></Card>
				{admin && noWayIn(job) && <ToRescue port={job.port} camera={job.camera} />}
				<Log job={job} />
			</div>
			<div class="column"><About job={job} /></div>
		</div>
	);
}

const LOG_MS = 2000;

function Log({ job }: { job: JobRow }) {
	const res = jobLog(job.id);
	const admin = useAdmin();
	const open = isOpen(job);
	const [plain, setPlain] = useState(false);
	const box = useRef<HTMLPreElement>(null);
	const { value: text, error } = useResource(res);
	const last = job.progress?.step ?? "";
	useEffect(() => {
		res.load();
	}, [last, job.state]);
	useEffect(() => {
		if (!open) return;
		const timer = setInterval(() => res.load(), LOG_MS);
		return () => clearInterval(timer);
	}, [open, res]);
	useEffect(() => {
		const pre = box.current;
		if (pre && open) pre.scrollTop = pre.scrollHeight;
	}, [text, open]);
	const trace = admin && job.started_s > 0 && (
		<a class="button small" href={`api/v1/jobs/${job.id}/trace`} download={`camherd-job-${job.id}.trace`}>
			<Icon name="download" size={16} />
			{t("job.trace")}
		</a>
	);
	const show = text && text !== maskedLog(text) && (
		<button type="button" class="button small" aria-pressed={plain} onClick={() => setPlain(!plain)}>
			<Icon name="eye" size={16} />
			{t("job.log-private")}
		</button>
	);
	return (
		<Card title={t("job.log")} actions={<>{show}{trace}</>}>
			{error && text === undefined && error.status !== 404
				? <ErrorNote error={error} retry={() => res.load()} />
				: <pre class="log" ref={box} tabIndex={0} aria-label={t("job.log")}>{text ? (plain ? text : maskedLog(text)) : t("job.log-empty")}</pre>}
			{language.value !== "en" && text && <p class="muted small">{t("job.log-english")}</p>}
			{trace && <p class="muted small">{t("job.trace-hint")}</p>}
		</Card>
	);
}

function About({ job }: { job: JobRow }) {
	const open = isOpen(job);
	const now = useNow(open ? 1000 : 60000);
	const took = job.started_s ? (job.ended_s || now / 1000) - job.started_s : 0;
	const result = job.result ?? {};
	const fact = (name: string) => {
		const value = result[name];
		return typeof value === "string" || typeof value === "number" ? String(value) : "";
	};
	return (
		<Card title={t("job.about")}>
			<Facts
				rows={[
					[t("job.place"), job.camera || (job.port === "" ? placeOf(job) : "")],
					[t("job.port"), job.port_name || (job.port && <code class="wrap">{job.port}</code>)],
					[t("job.dump"), job.dump ? <a href={link("dumps", job.dump)}>{t("dump.number", { id: job.dump })}</a> : ""],
					[t("job.chip"), [fact("chip"), fact("jedec")].filter(Boolean).join(" · ")],
					[t("job.console"), fact("console")],
					[t("job.entry"), maybe(`job.entry.${fact("entry")}`) ?? fact("entry")],
					[t("job.asked"), t("job.asked-value", { who: job.asked_by || "–", when: moment(job.created_s) })],
					[t("job.took"), took > 0 ? duration(took) : ""],
					[t("job.safety"), typeof result.safety_dump === "number"
						? <a href={link("dumps", result.safety_dump)}>{t("dump.number", { id: result.safety_dump })}</a>
						: ""],
				]}
			/>
			{result.notes && result.notes.length > 0 && (
				<ul class="notes">{result.notes.map((n, i) => <li key={n}>{said(n, result.notes_said?.[i])}</li>)}</ul>
			)}
		</Card>
	);
}
