// SPDX-License-Identifier: GPL-3.0-or-later
// What concerns the whole appliance, on every page: connection lost, a daemon that is
// down, a job that was cut off, a job that waits for a hand.
import { useEffect } from "preact/hooks";
import { openJobs, status } from "../lib/data";
import { line, reconnectNow } from "../lib/events";
import { clock } from "../lib/format";
import { useLater } from "../lib/hooks";
import { maybe, plural, rich, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link, route } from "../lib/router";
import { useStore } from "../lib/store";
import type { Job } from "../lib/types";
import { Icon } from "./icon";
import { placeOf } from "./job-words";

const STATUS_MS = 20000;
const ONE_BY_ONE = 2;

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
	const what = { job: [maybe(`job.kind.${job.kind}`) ?? job.kind, placeOf(job)].filter(Boolean).join(", ") };
	const cut = job.state === "interrupted";
	return (
		<div class={`banner ${cut ? "banner-bad" : "banner-warn"}`} role="status">
			<Icon name={cut ? "warn" : "hand"} size={18} />
			<p>{t(cut ? (job.touched ? "banner.interrupted-touched" : "banner.interrupted") : "banner.waiting", what)}</p>
			<a class="button small" href={link("jobs", job.id)}>{t("banner.look")}</a>
		</div>
	);
}

/** Jobs in one state: each by itself, or so many that their list says more. */
function JobBanners({ list, cut }: { list: Job[]; cut: boolean }) {
	if (list.length <= ONE_BY_ONE) return <>{list.map((j) => <JobBanner key={j.id} job={j} />)}</>;
	return (
		<div class={`banner ${cut ? "banner-bad" : "banner-warn"}`} role="status">
			<Icon name={cut ? "warn" : "hand"} size={18} />
			<p>{plural(cut ? "banner.many-interrupted" : "banner.many-waiting", list.length)}</p>
			<a class="button small" href={link("jobs")}>{t("banner.look-jobs")}</a>
		</div>
	);
}

export function Banners() {
	const list = useResource(openJobs()).value?.jobs ?? [];
	const [page, id] = useStore(route).path;
	// The page of a job that waits says so itself, larger.
	const waiting = list.filter((j) => j.state === "waiting" && !(page === "jobs" && id === String(j.id)));
	return (
		<div class="banners">
			<LostLine />
			<Daemons />
			<JobBanners list={list.filter((j) => j.state === "interrupted")} cut />
			<JobBanners list={waiting} cut={false} />
		</div>
	);
}
