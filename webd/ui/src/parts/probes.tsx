// SPDX-License-Identifier: GPL-3.0-or-later
// What says that a camera is there: several witnesses, each with the age of its word.
import { ago, since } from "../lib/format";
import { maybe, plural, t } from "../lib/i18n";
import { link } from "../lib/router";
import { said } from "../lib/said";
import type { Camera, Probe } from "../lib/types";
import { Age } from "./ages";
import { Icon } from "./icon";

function word(p: Probe): string {
	if (p.what === "viewers") return plural("probe.viewers", Number(p.text) || 0);
	if (p.what === "contact") return said(p.text, p.text_said) || t(p.ok ? "probe.contact-ok" : "probe.contact-none");
	if (p.what === "picture") return p.text || t("probe.picture-none");
	return t(p.ok ? "probe.streamd-ok" : "probe.streamd-down");
}

export function Probes({ camera, at }: { camera: Camera; at: number }) {
	return (
		<ul class="probes">
			{camera.probes.map((p) => (
				<li key={p.what}>
					<Icon name={p.ok ? "check" : p.what === "viewers" ? "ring" : "cross"} size={16} />
					<span class="probe-what">{maybe(`probe.${p.what}`) ?? p.what}</span>
					<span>{word(p)}</span>
					<span class="muted">
						{p.age_ms === null ? t("probe.never") : <Age age_ms={p.age_ms} at={at} still={p.what !== "picture" || !p.ok} />}
					</span>
				</li>
			))}
			{camera.job && (
				<li>
					<Icon name="usb" size={16} />
					<span class="probe-what">{t("probe.port")}</span>
					<a href={link("jobs", camera.job.id)}>{t("probe.on-port", { port: camera.job.port_name || camera.job.port, job: maybe(`job.kind.${camera.job.kind}`) ?? camera.job.kind })}</a>
				</li>
			)}
			<li>
				<Icon name={camera.backup ? "check" : "cross"} size={16} />
				<span class="probe-what">{t("probe.backup")}</span>
				<span>{camera.backup ? t(camera.backup.verified ? "probe.backup-verified" : "probe.backup-once") : t("camera.no-backup")}</span>
				<span class="muted">{camera.backup ? since(camera.backup.created_s) : ""}</span>
			</li>
		</ul>
	);
}

/** The same as a tooltip. */
export function probesText(c: Camera): string {
	return c.probes.map((p) => {
		const age = p.age_ms === null ? t("probe.never") : ago(p.age_ms / 1000);
		return `${maybe(`probe.${p.what}`) ?? p.what}: ${word(p)} (${age})`;
	}).join("\n");
}
