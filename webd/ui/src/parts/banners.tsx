// SPDX-License-Identifier: GPL-3.0-or-later
// What concerns the whole appliance, on every page: connection lost, a daemon that is
// down, a job that was cut off, a job that waits for a hand.
import { useEffect } from "preact/hooks";
import { openJobs, status } from "../lib/data";
import { line, reconnectNow } from "../lib/events";
import { clock } from "../lib/format";
import { useLater } from "../lib/hooks";
import { maybe, rich, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link } from "../lib/router";
import { useStore } from "../lib/store";
import type { Job } from "../lib/types";
import { Icon } from "./icon";
import { placeOf } from "./job-words";

const STATUS_MS = 20000;

function LostLine() {
	const now = useStore(line);
	const late = useLater(800, now.state === "lost");
	if (now.state !== "lost" || !late) return null;
	return (
		<div class="banner banner-warn" role="status">
			<Icon name="clock" size={18} />
			<p>{t("banner.lost", { time: clock(now.since) })}</p>
			<button type="button" class="button small" onClick={reconnectNow}>{t("action.reconnect")}</button>
		</div>
	);
}

function Daemons() {
	const res = status();
	const now = useResource(res);
	useEffect(() => {
		const timer = setInterval(() => res.load(), STATUS_MS);
		return () => clearInterval(timer);
	}, [res]);
	const down = Object.entries(now.value?.daemons ?? {}).filter(([, d]) => !d.up).map(([name]) => name);
	if (now.error || down.length === 0) return null;
	return (
		<>
			{down.map((name) => (
				<div key={name} class="banner banner-bad" role="status">
					<Icon name="warn" size={18} />
					<p>
						{maybe(`banner.down.${name}`) ?? t("banner.down", { name })}{" "}
						{rich("banner.down-do", { command: <code key="c">systemctl status camherd-{name}</code> })}
					</p>
				</div>
			))}
		</>
	);
}

function JobBanner({ job }: { job: Job }) {
	const place = placeOf(job);
	if (job.state === "interrupted") {
		return (
			<div class="banner banner-bad" role="status">
				<Icon name="warn" size={18} />
				<p>{t(job.touched ? "banner.interrupted-touched" : "banner.interrupted", { what: maybe(`job.kind.${job.kind}`) ?? job.kind, place })}</p>
				<a class="button small" href={link("jobs", job.id)}>{t("banner.look")}</a>
			</div>
		);
	}
	return (
		<div class="banner banner-warn" role="status">
			<Icon name="hand" size={18} />
			<p>{t("banner.waiting", { what: maybe(`job.kind.${job.kind}`) ?? job.kind, place })}</p>
			<a class="button small" href={link("jobs", job.id)}>{t("banner.look")}</a>
		</div>
	);
}

export function Banners() {
	const list = useResource(openJobs()).value?.jobs ?? [];
	return (
		<div class="banners">
			<LostLine />
			<Daemons />
			{list.filter((j) => j.state === "interrupted" || j.state === "waiting").map((j) => <JobBanner key={j.id} job={j} />)}
		</div>
	);
}
