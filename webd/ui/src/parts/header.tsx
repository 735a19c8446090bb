// SPDX-License-Identifier: GPL-3.0-or-later
// The frame's head with the pages and the running jobs; a bar at the bottom on phones.
import { session } from "../lib/api";
import { openJobs } from "../lib/data";
import { number, plural, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { link, route } from "../lib/router";
import { useStore } from "../lib/store";
import { Icon, type IconName, Mark } from "./icon";
import { share } from "./progress";

const pages = [
	["", "#/", "nav.fleet", "camera"],
	["bench", "#/bench", "nav.bench", "usb"],
	["rescue", "#/rescue", "nav.rescue", "buoy"],
	["dumps", "#/dumps", "nav.dumps", "archive"],
	["jobs", "#/jobs", "nav.jobs", "list"],
	["settings", "#/settings", "nav.settings", "gear"],
] as const satisfies readonly (readonly [string, string, string, IconName])[];

function useRoom(): string {
	const room = useStore(route).path[0] ?? "";
	return room === "cam" || room === "add" ? "" : room;
}

function JobsPill() {
	const list = useResource(openJobs()).value?.jobs.filter((j) => j.state === "running" || j.state === "waiting" || j.state === "queued") ?? [];
	if (list.length === 0) return null;
	const first = list.find((j) => j.state === "running") ?? list[0]!;
	const done = share(first.progress);
	const percent = done === undefined ? "" : ` · ${t("job.percent", { n: number(Math.floor(done * 100)) })}`;
	return (
		<a class="pill" href={list.length === 1 ? link("jobs", first.id) : "#/jobs"}>
			<span class="pill-dot" />
			{plural("header.jobs", list.length)}{percent}
		</a>
	);
}

export function Header() {
	const room = useRoom();
	const me = useStore(session);
	return (
		<header class="head">
			<a class="brand" href="#/" aria-label={t("nav.home")}><Mark /> <span>camherd</span></a>
			<nav class="head-nav" aria-label={t("nav.pages")}>
				{pages.map(([name, href, key]) => (
					<a key={name} href={href} aria-current={room === name ? "page" : undefined}>{t(key)}</a>
				))}
			</nav>
			<span class="head-space" />
			<JobsPill />
			<a class="head-user" href="#/settings" title={t("header.signed-in", { user: me?.user ?? "" })}>
				<Icon name="user" size={18} />
				<span>{me?.user}</span>
			</a>
		</header>
	);
}

export function BottomBar() {
	const room = useRoom();
	return (
		<nav class="bottom" aria-label={t("nav.pages")}>
			{pages.map(([name, href, key, icon]) => (
				<a key={name} href={href} aria-current={room === name ? "page" : undefined}>
					<Icon name={icon} size={22} />
					<span>{t(key)}</span>
				</a>
			))}
		</nav>
	);
}
