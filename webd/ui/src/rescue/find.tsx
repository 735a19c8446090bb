// SPDX-License-Identifier: GPL-3.0-or-later
// Into the boot ROM, who the chip is, and a backup of what is left.
import { dump as dumpOf, dumpFits } from "../lib/data";
import { bytes } from "../lib/format";
import { maybe, t } from "../lib/i18n";
import { useMaybe } from "../lib/resource";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { Fit, Job, Rescue } from "../lib/types";
import { Card, Facts, Note } from "../parts/basics";
import { Tick } from "./ask";
import { WireDrawing } from "./drawings";
import { Task, useTask } from "./task";
import { evidence } from "./wire";

export function Ways({ rescue }: { rescue: Rescue }) {
	return (
		<>
			<Card>
				<WireDrawing wires={3} />
				<p>{t("rescue.ways.wire")}</p>
				<Tick rescue={rescue} question="sending" />
			</Card>
			<Task rescue={rescue} task="identify" off={rescue.port === ""}>
				<p>{t("rescue.ways.text")}</p>
			</Task>
		</>
	);
}

function text(job: Job | undefined, key: string): string {
	const value = job?.result?.[key];
	return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function Identify({ rescue }: { rescue: Rescue }) {
	const job = useTask(rescue, "identify");
	if (rescue.jobs.identify === null || (job && job.state !== "done")) {
		return (
			<Note tone="warn">
				<p>{t(job ? "rescue.identify.not-yet" : "rescue.identify.never")}</p>
				<p><a href={link("rescue", rescue.id, "ways")}>{t("rescue.step.ways")}</a></p>
			</Note>
		);
	}
	if (!job) return <div class="skeleton skeleton-block" aria-busy="true" />;
	const size = Number(text(job, "flash_size"));
	const entry = text(job, "entry");
	return (
		<>
			{entry !== "" && (
				<Note tone={entry === "console" ? "good" : "warn"} icon="info">
					<p><strong>{maybe(`rescue.entry.${entry}`) ?? entry}</strong></p>
					<p>{maybe(`rescue.entry.${entry}-text`)}</p>
					{rescue.seen.wire && <p class="small">{evidence(rescue.seen.wire)}</p>}
				</Note>
			)}
			<Card title={t("rescue.identify.facts")}>
				<Facts
					rows={[
						[t("rescue.identify.chip"), text(job, "chip")],
						[t("rescue.identify.rom"), text(job, "brom_version")],
						[t("rescue.identify.jedec"), <code key="j">{text(job, "jedec")}</code>],
						[t("rescue.identify.size"), size > 0 ? bytes(size) : ""],
						[t("rescue.identify.mac"), text(job, "mac") && <code>{text(job, "mac")}</code>],
						[t("rescue.identify.console"), text(job, "console")],
					]}
				/>
				<p class="muted small"><a href={link("jobs", job.id)}>{t("rescue.to-log", { id: job.id })}</a></p>
			</Card>
			{rescue.family === "differs"
				? (
					<Note tone="bad">
						<p><strong>{t("rescue.identify.differs")}</strong></p>
						<p>{t("rescue.identify.differs-text", { said: t(`rescue.ask.chip.${rescue.answers.chip}` as "rescue.ask.chip.xf16"), chip: text(job, "chip") })}</p>
						<p><a href={link("rescue", rescue.id, "photos")}>{t("rescue.step.photos")}</a></p>
					</Note>
				)
				: rescue.family === "agrees" && <Note tone="good"><p>{t("rescue.identify.agrees")}</p></Note>}
		</>
	);
}

export function Save({ rescue }: { rescue: Rescue }) {
	const job = useTask(rescue, "save");
	return (
		<>
			<Task rescue={rescue} task="save">
				<p>{t("rescue.save.text")}</p>
			</Task>
			{job?.state === "done" && job.result_dump !== null && <Left rescue={rescue} dump={job.result_dump} />}
		</>
	);
}

/** What is on it, as the library judges it: mostly this is the brick. */
function Left({ rescue, dump }: { rescue: Rescue; dump: number }) {
	const row = useMaybe(dumpOf(String(dump))).value;
	const fit = useMaybe(dumpFits(dump)).value?.cameras.find((c) => c.camera === rescue.camera);
	return (
		<Card title={t("rescue.save.left")}>
			{row && (
				<Facts
					rows={[
						[t("rescue.save.backup"), <a key="d" href={link("dumps", dump)}>{t("dump.number", { id: dump })}</a>],
						[t("rescue.save.read"), t(row.verified ? "rescue.save.twice" : "rescue.save.once")],
						[t("rescue.identify.size"), bytes(row.size)],
					]}
				/>
			)}
			{fit && <OnIt fit={fit} />}
			<p class="muted">{t("rescue.save.volatile")}</p>
		</Card>
	);
}

function OnIt({ fit }: { fit: Fit }) {
	if (fit.fits === "no") {
		return (
			<Note tone="warn" icon="info">
				<p><strong>{t("rescue.save.brick")}</strong></p>
				<p>{said(fit.why, fit.why_said)}</p>
				<p class="note-code">{fit.code}</p>
			</Note>
		);
	}
	return fit.fits === "yes" ? <Note tone="good"><p>{t("rescue.save.fits")}</p></Note> : null;
}

