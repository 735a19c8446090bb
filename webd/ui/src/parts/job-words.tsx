// SPDX-License-Identifier: GPL-3.0-or-later
// What a job is and how it ended, in words.
import { bytes, duration } from "../lib/format";
import { maybe, number, t } from "../lib/i18n";
import { said as inWords } from "../lib/said";
import type { Job } from "../lib/types";

/** Where it works: the camera if one is named, else the port; without one, the file or
 * the backup; "" for the whole library. */
export function placeOf(job: Job): string {
	const place = job.camera || job.port_name || shortPath(job.port) || job.file || said(job, "camera");
	const id = job.dump ?? figure(job, "removed");
	return place || (id ? t("dump.number", { id }) : "");
}

export function titleOf(job: Job): string {
	const what = maybe(`job.kind.${job.kind}`) ?? job.kind;
	const place = placeOf(job);
	return place === "" ? what : t("job.title", { what, place });
}

function said(job: Job, name: string): string {
	const value = job.result?.[name];
	return typeof value === "string" ? value : "";
}

/** A USB path is long and says little; its end tells two sockets apart. */
export function shortPath(path: string): string {
	const last = path.startsWith("/") ? path.slice(path.lastIndexOf("/") + 1) : path.replace(/^.*-usb-/, "usb-");
	return last;
}

function figure(job: Job, name: string): number | undefined {
	const value = job.result?.[name];
	return typeof value === "number" ? value : undefined;
}

/** The last sentence of a finished job. */
export function ending(job: Job): string {
	const seconds = figure(job, "seconds") ?? (job.ended_s && job.started_s ? job.ended_s - job.started_s : 0);
	const time = duration(seconds);
	if (job.state !== "done") return inWords(job.message, job) || t(`job.end.${job.state === "cancelled" ? "cancelled" : "failed"}`);
	switch (job.kind) {
	case "backup": {
		const passes = figure(job, "passes") ?? 2;
		const again = figure(job, "same_as");
		return [
			t("job.end.backup", { passes: number(passes), time }),
			again ? t("job.end.backup-same", { id: again }) : "",
		].filter(Boolean).join(" ");
	}
	case "restore":
	case "flash":
		return [
			t("job.end.write", {
				written: number(figure(job, "written") ?? 0),
				verified: number(figure(job, "verified") ?? 0),
				skipped: number(figure(job, "skipped") ?? 0),
				time,
			}),
			figure(job, "safety_dump") ? t("job.end.safety", { id: figure(job, "safety_dump")! }) : "",
		].filter(Boolean).join(" ");
	case "erase":
		return t("job.end.erase", { erased: number(figure(job, "erased") ?? 0), time });
	case "identify": {
		const r = job.result ?? {};
		return t("job.end.identify", { chip: String(r.chip ?? "?"), size: bytes(figure(job, "flash_size") ?? 0) });
	}
	case "verify":
		return (figure(job, "differs") ?? 0) === 0
			? t("job.end.verify", { time })
			: t("job.end.verify-differs", { n: number(figure(job, "differs")!) });
	case "import":
	case "recover":
		return imported(job) || inWords(job.message, job) || t("job.end.done", { time });
	case "remove":
		return t("job.end.remove");
	case "rebuild":
		return rebuilt(job);
	default:
		return inWords(job.message, job) || t("job.end.done", { time });
	}
}

function imported(job: Job): string {
	const id = job.result_dump;
	const again = figure(job, "same_as");
	if (id === null) return "";
	if (job.kind === "recover") return t("job.end.recover", { id });
	if (again === id) return t("job.end.import-there", { id });
	return [t("job.end.import", { id }), again ? t("job.end.backup-same", { id: again }) : ""].filter(Boolean).join(" ");
}

function rebuilt(job: Job): string {
	const count = (...names: string[]) => names.reduce((sum, name) => sum + (figure(job, name) ?? 0), 0);
	const added = count("added", "adopted", "described");
	const mended = count("mended", "found");
	const missing = count("missing", "unreadable");
	return added + mended + missing === 0
		? t("job.end.rebuild-same")
		: t("job.end.rebuild", { added: number(added), mended: number(mended), missing: number(missing) });
}
