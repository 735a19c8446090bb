// SPDX-License-Identifier: GPL-3.0-or-later
// One camera: its picture, how to use it elsewhere, its state, its backups.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { cameraDumps, cameras, jobs, ports } from "../lib/data";
import { ago, bits, since } from "../lib/format";
import { frameAge, stateOf } from "../lib/herd";
import { useAction, useAdmin, useNow, useOnline } from "../lib/hooks";
import { number, plural, t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { go, link } from "../lib/router";
import { said } from "../lib/said";
import type { Camera as CameraRow, Dump } from "../lib/types";
import { differsText } from "../parts/camera-card";
import { CameraState, Card, Empty, ErrorNote, Facts, Note, Page, Show } from "../parts/basics";
import { DangerForm } from "../parts/confirm";
import { Controls } from "../parts/controls";
import { Dialog } from "../parts/dialog";
import { DumpRows } from "../parts/dump-rows";
import { History } from "../parts/history";
import { Icon } from "../parts/icon";
import { Live } from "../parts/live";
import { Mac } from "../parts/mac";
import { Notes } from "../parts/notes";
import { Photos } from "../parts/photos";
import { Probes } from "../parts/probes";
import { Connect } from "../parts/urls";

export function Camera({ name }: { name: string }) {
	const admin = useAdmin();
	return (
		<Page
			title={name}
			back={{ href: "#/", text: t("nav.fleet") }}
			actions={admin && <a class="button" href={link("cam", name, "edit")}>{t("action.edit")}</a>}
		>
			<Show of={cameras()} skeleton={<div class="skeleton live-picture" />}>
				{({ cameras: list }, { at }) => {
					const found = list.find((c) => c.name === name);
					return found ? <CameraBody camera={found} at={at} /> : (
						<Empty icon="camera" title={t("camera.gone")}>
							<a class="button" href="#/">{t("nav.to-fleet")}</a>
						</Empty>
					);
				}}
			</Show>
		</Page>
	);
}

function CameraBody({ camera, at }: { camera: CameraRow; at: number }) {
	const now = useNow(1000);
	const admin = useAdmin();
	const [removing, setRemoving] = useState(false);
	const state = stateOf(camera);
	const age = frameAge(camera, at, now);
	const streams = camera.source !== "";
	const figures = [
		camera.fps > 0 ? t("camera.fps", { n: number(camera.fps, camera.fps < 10 ? 1 : 0) }) : "",
		camera.width > 0 ? `${camera.width} × ${camera.height}` : "",
		camera.bits_per_s > 0 ? bits(camera.bits_per_s) : "",
		age === undefined ? "" : t("camera.last-picture", { age: ago(age / 1000) }),
	].filter(Boolean);
	return (
		<div class="columns">
			<div class="column-wide">
				<div class="state-line">
					<CameraState state={state} />
					<span>{figures.join(" · ")}</span>
				</div>
				{streams && (
					<Live name={camera.name} age={camera.state === "idle" ? undefined : age} reason={camera.reason} why={camera.reason_said} on={camera.enabled} />
				)}
				{camera.reason !== "" && (
					<Note tone={state === "unreachable" || state === "unsupported" ? "bad" : "warn"}><p>{said(camera.reason, camera.reason_said)}</p></Note>
				)}
				{camera.h264_note !== "" && <Note tone="warn"><p>{t("camera.no-h264", { why: said(camera.h264_note, camera.h264_note_said) })}</p></Note>}
				{!streams && <Note tone="calm"><p>{t("camera.flash-only")}</p></Note>}
				{streams && <Connect camera={camera} />}
			</div>
			<div class="column">
				<Card title={t("camera.witnesses")}><Probes camera={camera} at={at} /></Card>
				<Card title={t("camera.backups")} actions={admin && <a class="button small" href="#/bench"><Icon name="usb" size={16} />{t("camera.to-bench")}</a>}>
					{(camera.firmware || camera.backup?.verified) && (
						<p>
							{[
								camera.firmware && t("camera.firmware", { label: camera.firmware.label || t("camera.firmware-unnamed"), n: number(camera.firmware.sections) }),
								camera.backup?.verified && t("camera.last-verified", { age: since(camera.backup.created_s) }),
							].filter(Boolean).join(" ")}
						</p>
					)}
					{camera.differs && (
						<Note tone="warn">
							<p>{differsText(camera)}</p>
							<p><a href={link("cam", camera.differs.from)}>{t("camera.to-sibling", { name: camera.differs.from })}</a></p>
						</Note>
					)}
					<Show of={cameraDumps(camera.name)}>
						{({ dumps }) => dumps.length === 0
							? <Note tone="warn"><p>{t("camera.no-backup-text")}</p></Note>
							: (
								<>
									<DumpRows dumps={dumps} camera={false} />
									{admin && <BackUpNow camera={camera} dumps={dumps} />}
								</>
							)}
					</Show>
				</Card>
				{admin && camera.enabled && camera.source.startsWith("pppp:") && (
					<Controls key={camera.name} name={camera.name} live={camera.state === "live"} />
				)}
				<Details camera={camera} />
				<Notes key={`notes ${camera.name}`} camera={camera} />
				<Photos of={{ camera: camera.name }} />
				<History key={`history ${camera.name}`} name={camera.name} />
				{admin && (
					<Card title={t("camera.remove")} tone="danger">
						<p>{t("camera.remove-text")}</p>
						<button type="button" class="button danger-quiet" onClick={() => setRemoving(true)}>{t("camera.remove-go")}</button>
					</Card>
				)}
			</div>
			{removing && <RemoveDialog name={camera.name} close={() => setRemoving(false)} />}
		</div>
	);
}

/** A backup again, at the port where the last one was made, if it is there and free. */
function BackUpNow({ camera, dumps }: { camera: CameraRow; dumps: Dump[] }) {
	const path = dumps.find((d) => d.port !== "")?.port;
	const action = useAction();
	const online = useOnline();
	const loaded = useResource(ports());
	const port = loaded.value?.ports.find((p) => p.path === path);
	if (!path || !loaded.value || camera.job) return null;
	if (!port || !port.enabled || port.state !== "free") {
		return <p class="muted">{t("camera.backup-port-away", { port: port?.name || path })}</p>;
	}
	const start = () =>
		void action.run(async () => {
			const { job } = await request<{ job: { id: number } }>("POST", "jobs", { body: { kind: "backup", port: port.path, camera: camera.name } });
			jobs().load();
			go(link("jobs", job.id));
		});
	return (
		<>
			<button type="button" class="button" disabled={action.busy || !online} onClick={start}>
				<Icon name="archive" size={18} />
				{t("camera.backup-now", { port: port.name || port.path })}
			</button>
			<p class="muted">{t("camera.backup-now-text")}</p>
			{action.error && <ErrorNote error={action.error} />}
		</>
	);
}

function Details({ camera }: { camera: CameraRow }) {
	return (
		<Card title={t("camera.details")}>
			<Facts
				rows={[
					[t("camera.source"), camera.source && <code class="wrap">{camera.source}</code>],
					[t("camera.user"), camera.user ?? ""],
					[t("camera.viewers"), camera.source ? viewers(camera) : ""],
					[t("camera.h264"), encoder(camera)],
					[t("camera.jpeg"), camera.jpeg === "ok" ? t("camera.jpeg-ok") : said(camera.jpeg, camera.jpeg_said)],
					[t("camera.losses"), losses(camera)],
					[t("camera.push"), camera.push && <Push camera={camera} />],
					[t("camera.chip"), [camera.chip, camera.jedec].filter(Boolean).join(" · ")],
					[t("camera.mac"), camera.mac && <Mac masked={camera.mac} path={`cameras/${encodeURIComponent(camera.name)}`} />],
					[t("camera.tags"), camera.tags],
				]}
			/>
		</Card>
	);
}

function viewers(c: CameraRow): string {
	return [
		number(c.clients ?? 0),
		c.clients > 0 && c.fps_out > 0 ? t("camera.fps", { n: number(c.fps_out, c.fps_out < 10 ? 1 : 0) }) : "",
	].filter(Boolean).join(" · ");
}

function encoder(c: CameraRow): string {
	return c.encoder ? t("camera.encoder", { name: c.encoder, load: number(c.encoder_load * 100) }) : "";
}

/* Where it is published to, and how that goes. */
function Push({ camera }: { camera: CameraRow }) {
	const counts = [
		camera.push_reconnects > 0 ? plural("camera.reconnects", camera.push_reconnects) : "",
		camera.push_dropped > 0 ? plural("camera.dropped", camera.push_dropped) : "",
	].filter(Boolean).join(" · ");
	return (
		<>
			<code class="wrap">{camera.push}</code>
			<br />
			{t(`camera.push.${camera.push_state === "" ? "off" : camera.push_state}`)}
			{camera.push_reason !== "" && `: ${said(camera.push_reason, camera.push_reason_said)}`}
			{counts !== "" && ` · ${counts}`}
		</>
	);
}

function losses(c: CameraRow): string {
	return [
		c.dropped > 0 ? plural("camera.dropped", c.dropped) : "",
		c.reconnects > 0 ? plural("camera.reconnects", c.reconnects) : "",
		c.drops,
		c.skipped > 0 ? plural("camera.skipped", c.skipped) : "",
		c.encoder_skipped > 0 ? plural("camera.encoder-skipped", c.encoder_skipped) : "",
	].filter(Boolean).join(" · ");
}

function RemoveDialog({ name, close }: { name: string; close: () => void }) {
	const action = useAction();
	return (
		<Dialog title={t("camera.remove-title", { name })} close={close}>
			<p>{t("camera.remove-text")}</p>
			<DangerForm
				word={name}
				button={t("camera.remove-go")}
				action={action}
				submit={async () => {
					await request("DELETE", `cameras/${encodeURIComponent(name)}`, { body: { confirm: name } });
					cameras().load();
					go("#/");
				}}
			/>
		</Dialog>
	);
}
