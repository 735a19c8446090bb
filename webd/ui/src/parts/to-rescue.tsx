// SPDX-License-Identifier: GPL-3.0-or-later
// From a camera that does not let us in to the rescue of it.
import { t } from "../lib/i18n";
import type { Job } from "../lib/types";
import { Note } from "./basics";

/** The camera did not let us in: what the rescue is for. */
export function noWayIn(job: Job): boolean {
	return job.state === "failed" && /^(line-|console-|rom-)/.test(job.reason);
}

export function ToRescue({ port, camera }: { port: string; camera: string }) {
	const more = new URLSearchParams({ ...(port === "" ? {} : { port }), ...(camera === "" ? {} : { camera }) });
	return (
		<Note tone="warn" icon="buoy">
			<p>{t("rescue.from-bench-text")}</p>
			<p><a href={`#/rescue?${more.toString()}`}>{t("rescue.from-job")}</a></p>
		</Note>
	);
}
