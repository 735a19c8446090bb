// SPDX-License-Identifier: GPL-3.0-or-later
// One camera of many, as a card or as a row. Drawn anew only when something that it shows
// has changed: a herd of a hundred brings an event several times a second.
import { Component, type ComponentChildren } from "preact";
import { since } from "../lib/format";
import { onBattery, stateOf, tagsOf } from "../lib/herd";
import { language, number, plural, t } from "../lib/i18n";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { Camera } from "../lib/types";
import { Age } from "./ages";
import { CameraState, Chip } from "./basics";
import { probesText } from "./probes";
import { Thumb } from "./thumb";

export function BackupBadge({ backup }: { backup: Camera["backup"] }) {
	if (!backup) return <Chip tone="warn" icon="archive">{t("camera.no-backup")}</Chip>;
	return (
		<Chip tone={backup.verified ? "good" : "calm"} icon="archive">
			{t(backup.verified ? "camera.backup-verified" : "camera.backup-once", { age: since(backup.created_s) })}
		</Chip>
	);
}

export function DiffersBadge({ camera }: { camera: Camera }) {
	const d = camera.differs;
	if (!d) return null;
	return (
		<Chip tone="warn" icon="chip" title={differsText(camera)}>
			{t("camera.differs", { name: d.from })}
		</Chip>
	);
}

/** From whom, and in what. */
export function differsText(camera: Camera): string {
	const d = camera.differs;
	if (!d) return "";
	const what = plural("camera.differs-in", d.sections.length, { sections: d.sections.map((s) => s.section).join(", ") });
	const mine = camera.firmware?.label ?? "";
	const labels = mine !== "" && d.from_label !== "" && mine !== d.from_label
		? t("camera.differs-labels", { mine, theirs: d.from_label })
		: "";
	return [t("camera.differs-from", { name: d.from }), what, labels].filter(Boolean).join(" ");
}

function fps(c: Camera): string {
	return c.state === "live" && c.fps > 0 ? t("camera.fps", { n: number(c.fps, c.fps < 10 ? 1 : 0) }) : "";
}

interface Props {
	camera: Camera;
	at: number;		/* when webd said so */
	row?: boolean;
	picked?: boolean;	/* undefined: nobody is choosing */
	pick?: (name: string) => void;
}

/** What is on screen, as text: the same text, the same card. */
function shown({ camera: c, at, row, picked }: Props): string {
	// A live one's newest picture is always young; an old one's age counts from a fixed time.
	const frame = c.state === "live" || c.last_frame_ms === null ? 0 : Math.round((at - c.last_frame_ms) / 3000);
	return JSON.stringify([
		language.value, c.name, stateOf(c), said(c.reason, c.reason_said), fps(c), frame, c.tags, c.backup, c.differs, c.firmware, c.chip, c.job, c.enabled,
		c.source === "", c.probes.map((p) => [p.ok, p.what === "contact" ? said(p.text, p.text_said) : ""]), row, picked,
	]);
}

export class CameraItem extends Component<Props> {
	override shouldComponentUpdate(next: Props): boolean {
		return shown(next) !== shown(this.props);
	}

	override render({ camera, at, row, picked, pick }: Props) {
		const box = picked === undefined ? undefined : <Pick name={camera.name} picked={picked} pick={pick} />;
		return row ? <Row camera={camera} at={at} box={box} /> : <Tile camera={camera} at={at} box={box} />;
	}
}

function Pick({ name, picked, pick }: { name: string; picked: boolean; pick?: (name: string) => void }) {
	return (
		<label class="camera-pick">
			<input type="checkbox" checked={picked} aria-label={t("bulk.pick", { name })} onChange={() => pick?.(name)} />
		</label>
	);
}

function Picture({ camera, at }: { camera: Camera; at: number }) {
	if (camera.last_frame_ms === null || camera.last_frame_ms < 0) return null;
	return <>{t("camera.picture")} <Age age_ms={camera.last_frame_ms} at={at} still={camera.state !== "live"} /></>;
}

function Tile({ camera, at, box }: { camera: Camera; at: number; box: ComponentChildren }) {
	const state = stateOf(camera);
	const battery = onBattery(camera);
	const rate = fps(camera);
	const seen = camera.last_frame_ms !== null && camera.last_frame_ms >= 0;
	return (
		<li class="camera-card">
			{box}
			<a class="camera-link" href={link("cam", camera.name)}>
				<Thumb
					name={camera.name}
					on={camera.source !== "" && camera.enabled && !battery}
					old={state === "stale" || state === "unreachable"}
					icon={camera.source === "" ? "chip" : "camera"}
					text={battery ? t("camera.not-waked") : ""}
				/>
				<span class="camera-card-state" title={probesText(camera)}><CameraState state={state} /></span>
				<span class="camera-card-text">
					<span class="camera-card-name">{camera.name}</span>
					<span class="camera-card-line">
						{camera.job && t("camera.on-port", { port: camera.job.port_name || camera.job.port })}
						{!camera.job && rate !== "" && `${rate} · `}
						{!camera.job && seen && <Picture camera={camera} at={at} />}
						{!camera.job && !seen && (said(camera.reason, camera.reason_said) || (camera.enabled ? t(`camera.quiet.${camera.source === "" ? "flash" : "idle"}`) : t("camera.off")))}
					</span>
					{seen && camera.reason !== "" && <span class="camera-card-line">{said(camera.reason, camera.reason_said)}</span>}
					{camera.firmware && camera.firmware.label !== "" && <span class="camera-card-line">{camera.firmware.label}</span>}
					<span class="camera-card-badges">
						<BackupBadge backup={camera.backup} />
						<DiffersBadge camera={camera} />
						{tagsOf(camera).map((tag) => <span key={tag} class="tag">{tag}</span>)}
					</span>
				</span>
			</a>
		</li>
	);
}

function Row({ camera, at, box }: { camera: Camera; at: number; box: ComponentChildren }) {
	return (
		<tr>
			<th scope="row">{box}<a class="camera-link" href={link("cam", camera.name)}>{camera.name}</a></th>
			<td data-label={t("fleet.column.state")} title={probesText(camera)}>
				<CameraState state={stateOf(camera)} />
				{camera.reason !== "" && <span class="muted cell-reason">{said(camera.reason, camera.reason_said)}</span>}
			</td>
			<td data-label={t("fleet.column.picture")}>{fps(camera)} <Picture camera={camera} at={at} /></td>
			<td data-label={t("fleet.column.chip")}>{[camera.chip, camera.firmware?.label].filter(Boolean).join(" · ")}<DiffersBadge camera={camera} /></td>
			<td data-label={t("fleet.column.backup")}><BackupBadge backup={camera.backup} /></td>
			<td data-label={t("fleet.column.tags")}>{tagsOf(camera).map((tag) => <span key={tag} class="tag">{tag}</span>)}</td>
		</tr>
	);
}
