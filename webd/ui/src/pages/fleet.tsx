// SPDX-License-Identifier: GPL-3.0-or-later
// All cameras at a glance: picture, state, age, backup.
import { cameras } from "../lib/data";
import { line } from "../lib/events";
import { ago, since } from "../lib/format";
import { useAdmin, useNow } from "../lib/hooks";
import { number, plural, t } from "../lib/i18n";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { Camera } from "../lib/types";
import { CameraState, Chip, Empty, Page, Show } from "../parts/basics";
import { Icon } from "../parts/icon";
import { Thumb } from "../parts/thumb";

/** The word for a camera's state; one without an address has only its flash. */
export function stateOf(c: Camera): string {
	if (c.source === "") return "flash";
	if (!c.enabled) return "disabled";
	return c.state || "unknown";
}

/** Milliseconds since the last picture, now. */
export function frameAge(c: Camera, at: number, now: number): number | undefined {
	if (c.last_frame_ms === null || c.last_frame_ms === undefined || c.last_frame_ms < 0) return undefined;
	// Of a live camera newer pictures came since webd said so, as long as it can say so.
	if (stateOf(c) === "live" && line.value.state === "up") return c.last_frame_ms;
	return c.last_frame_ms + Math.max(0, now - at);
}

export function BackupBadge({ backup }: { backup: Camera["backup"] }) {
	if (!backup) return <Chip tone="warn" icon="archive">{t("camera.no-backup")}</Chip>;
	return (
		<Chip tone={backup.verified ? "good" : "calm"} icon="archive">
			{t(backup.verified ? "camera.backup-verified" : "camera.backup-once", { age: since(backup.created_s) })}
		</Chip>
	);
}

function CameraCard({ camera, at }: { camera: Camera; at: number }) {
	const now = useNow(1000);
	const state = stateOf(camera);
	const age = frameAge(camera, at, now);
	const figures = [
		state === "live" && camera.fps > 0 ? t("camera.fps", { n: number(camera.fps, camera.fps < 10 ? 1 : 0) }) : "",
		age === undefined ? "" : t("camera.last-picture", { age: ago(age / 1000) }),
	].filter(Boolean);
	return (
		<li class="camera-card">
			<a href={link("cam", camera.name)}>
				<Thumb
					name={camera.name}
					on={camera.source !== "" && camera.enabled}
					old={state === "stale" || state === "unreachable"}
					icon={state === "flash" ? "chip" : "camera"}
				/>
				<span class="camera-card-state"><CameraState state={state} /></span>
				<span class="camera-card-text">
					<span class="camera-card-name">{camera.name}</span>
					<span class="camera-card-line">
						{figures.length > 0 ? figures.join(" · ") : said(camera.reason) || t(`camera.quiet.${camera.source === "" ? "flash" : "idle"}`)}
					</span>
					{figures.length > 0 && camera.reason !== "" && <span class="camera-card-line">{said(camera.reason)}</span>}
					<BackupBadge backup={camera.backup} />
				</span>
			</a>
		</li>
	);
}

function Skeleton() {
	return (
		<ul class="camera-grid">
			{[1, 2, 3].map((n) => <li key={n} class="camera-card"><div class="skeleton thumb" /><div class="skeleton skeleton-line" /></li>)}
		</ul>
	);
}

export function Fleet() {
	const admin = useAdmin();
	const add = admin && <a class="button primary" href="#/add"><Icon name="plus" />{t("fleet.add")}</a>;
	return (
		<Page title={t("fleet.title")} actions={add}>
			<Show of={cameras()} skeleton={<Skeleton />}>
				{({ cameras: list }, { at }) => list.length === 0
					? (
						<Empty icon="camera" title={t("fleet.empty")}>
							<p>{t(admin ? "fleet.empty-text" : "fleet.empty-viewer")}</p>
							{admin && (
								<div class="actions">
									<a class="button primary" href="#/add"><Icon name="plus" />{t("fleet.add")}</a>
									<a class="button" href="#/add"><Icon name="search" />{t("find.title")}</a>
									<a class="button" href="#/bench"><Icon name="usb" />{t("fleet.to-bench")}</a>
								</div>
							)}
						</Empty>
					)
					: (
						<>
							<p class="muted fleet-count">{summary(list)}</p>
							<ul class="camera-grid">
								{list.map((c) => <CameraCard key={c.name} camera={c} at={at} />)}
							</ul>
						</>
					)}
			</Show>
		</Page>
	);
}

function summary(list: Camera[]): string {
	const live = list.filter((c) => stateOf(c) === "live").length;
	const bare = list.filter((c) => !c.backup).length;
	return [
		plural("fleet.count", list.length),
		t("fleet.live", { n: number(live) }),
		bare > 0 ? t("fleet.bare", { n: number(bare) }) : "",
	].filter(Boolean).join(" · ");
}
