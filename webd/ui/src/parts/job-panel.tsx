// SPDX-License-Identifier: GPL-3.0-or-later
// A job as people follow it: state, what a hand must do, phases, blocks, how it ended,
// and the buttons that steer it.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { job as jobOf, jobs, openJobs } from "../lib/data";
import { duration } from "../lib/format";
import { useAction, useAdmin, useAwake, useOnline } from "../lib/hooks";
import { maybe, t } from "../lib/i18n";
import { go, link } from "../lib/router";
import { said } from "../lib/said";
import type { Job as JobRow, JobKind, Progress } from "../lib/types";
import { ErrorNote, JobStateChip, Note } from "./basics";
import { Icon } from "./icon";
import { isOpen } from "./job-rows";
import { ending } from "./job-words";
import { BlockMap, ProgressBar, stepName } from "./progress";

const phases: Partial<Record<JobKind, string[]>> = {
	identify: ["enter", "identify", "leave"],
	backup: ["enter", "identify", "read1", "read2", "compare", "store", "leave"],
	verify: ["enter", "identify", "verify", "leave"],
	restore: ["enter", "identify", "read1", "read2", "compare", "store", "write", "leave"],
	flash: ["enter", "identify", "read1", "read2", "compare", "store", "write", "leave"],
	erase: ["enter", "identify", "read1", "read2", "compare", "store", "erase", "leave"],
};

export function JobPanel({ job }: { job: JobRow }) {
	const open = isOpen(job);
	useAwake(open);
	return (
		<>
			<div class="state-line"><JobStateChip state={job.state} /><span class="muted">{t("job.number", { id: job.id })}</span></div>
			{job.progress?.ask && job.state === "waiting" && <Ask job={job} progress={job.progress} />}
			{open && <ProgressBar job={job} />}
			{open && job.progress?.text && job.state !== "waiting" && <p class="muted">{said(job.progress.text, job.progress)}</p>}
			{!open && <End job={job} />}
			<Phases job={job} />
			{job.progress?.map && <BlockMap map={job.progress.map} />}
			<Buttons job={job} />
		</>
	);
}

/** What a person has to do now, large enough to read with both hands busy. */
function Ask({ job, progress }: { job: JobRow; progress: Progress }) {
	const { ask, eta_s: left } = progress;
	return (
		<div class="ask" role="alert">
			<Icon name="hand" size={36} />
			<div>
				<h2>{maybe(`job.ask.${ask}`) ?? ask}</h2>
				<p>{maybe(`job.ask.${ask}.text`) ?? said(progress.text, progress)}</p>
				{left >= 0 && <p class="muted">{t("job.ask.left", { time: duration(left) })}</p>}
				{ask === "login" && <ToConsole job={job} />}
			</div>
		</div>
	);
}

/** One step to where a person signs in; the job is begun again from there. */
function ToConsole({ job }: { job: JobRow }) {
	const admin = useAdmin();
	const online = useOnline();
	const action = useAction();
	if (!admin) return null;
	return (
		<>
			{action.error && <ErrorNote error={action.error} />}
			<button type="button" class="button" disabled={action.busy || !online} onClick={() => void action.run(async () => {
				await request("POST", `jobs/${job.id}/cancel`, { body: {} });
				jobs().load();
				openJobs().load();
				go(`${link("bench", job.port_name || job.port)}?console=1`);
			})}>
				{t("job.ask.login.go")}
			</button>
		</>
	);
}

function End({ job }: { job: JobRow }) {
	const tone = job.state === "done" ? "good" : job.state === "interrupted" ? "warn" : job.state === "cancelled" ? "calm" : "bad";
	return (
		<Note tone={tone}>
			<p class="ending">{ending(job)}</p>
			{job.state !== "done" && job.touched && <p>{t("job.touched")}</p>}
			{job.state !== "done" && !job.touched && <p>{t("job.untouched")}</p>}
			{job.reason !== "" && maybe(`error.do.${job.reason}`) && <p>{maybe(`error.do.${job.reason}`)}</p>}
			{job.kind === "restore" && job.state === "done" && maybe(`job.identity.${String(job.result.identity)}`) && (
				<p>{maybe(`job.identity.${String(job.result.identity)}`)}</p>
			)}
			{job.result_dump !== null && (
				<p><a href={link("dumps", job.result_dump)}>{t("job.to-dump", { id: job.result_dump })}</a></p>
			)}
		</Note>
	);
}

function Phases({ job }: { job: JobRow }) {
	const list = phases[job.kind];
	if (!list) return null;
	const at = job.state === "done" ? list.length : list.indexOf(place(job.progress?.step ?? "", list));
	return (
		<ol class="phases" aria-label={t("job.phases")}>
			{list.map((step, i) => {
				const state = i < at ? "past" : i === at ? "now" : "next";
				return (
					<li key={step} class={`phase phase-${state}`} aria-current={state === "now" ? "step" : undefined}>
						<span class="phase-dot">{state === "past" && <Icon name="check" size={12} />}</span>
						{stepName(step)}
					</li>
				);
			})}
		</ol>
	);
}

/** Writing erases, writes and reads back sector by sector: one phase. */
function place(step: string, list: string[]): string {
	if (list.includes(step)) return step;
	if ((step === "erase" || step === "verify") && list.includes("write")) return "write";
	return step;
}

function Buttons({ job }: { job: JobRow }) {
	const admin = useAdmin();
	const online = useOnline();
	const action = useAction();
	const [sure, setSure] = useState(false);
	if (!admin || (!isOpen(job) && job.state !== "interrupted")) return null;
	const act = (verb: string) => () => void action.run(async () => {
		await request("POST", `jobs/${job.id}/${verb}`, { body: {} });
		setSure(false);
		jobOf(job.id).load();
		jobs().load();
		openJobs().load();
	});
	const off = action.busy || !online;
	return (
		<div class="job-buttons">
			{action.error && <ErrorNote error={action.error} />}
			{job.state === "interrupted" && (
				<div class="actions">
					<button type="button" class="button primary" disabled={off} onClick={act("resume")}>{t("job.resume")}</button>
					{!sure && <button type="button" class="button" disabled={off} onClick={() => setSure(true)}>{t("job.give-up")}</button>}
				</div>
			)}
			{isOpen(job) && !sure && (
				<button type="button" class="button" disabled={off} onClick={job.touched ? () => setSure(true) : act("cancel")}>
					{t("job.cancel")}
				</button>
			)}
			{sure && (
				<Note tone="bad">
					<p>{t(job.state === "interrupted" ? "job.give-up-sure" : "job.cancel-sure")}</p>
					<div class="actions">
						<button type="button" class="button danger" disabled={off} onClick={act(job.state === "interrupted" ? "give-up" : "cancel")}>
							{t(job.state === "interrupted" ? "job.give-up" : "job.cancel")}
						</button>
						<button type="button" class="button" onClick={() => setSure(false)}>{t("job.go-on")}</button>
					</div>
				</Note>
			)}
		</div>
	);
}
