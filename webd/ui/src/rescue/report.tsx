// SPDX-License-Identifier: GPL-3.0-or-later
// The report for helpers: facts and logs as webd blanked them, to copy or to keep.
import { useState } from "preact/hooks";
import { photos, rescueReport } from "../lib/data";
import { useAdmin } from "../lib/hooks";
import { t } from "../lib/i18n";
import { useMaybe } from "../lib/resource";
import type { Rescue } from "../lib/types";
import { Copy, Note, Show } from "../parts/basics";
import { Icon } from "../parts/icon";
import { STEPS } from "./steps";

export function Report({ rescue }: { rescue: Rescue }) {
	const admin = useAdmin();
	const taken = useMaybe(rescue.camera === "" ? undefined : photos({ camera: rescue.camera })).value?.photos ?? [];
	return (
		<Show of={rescueReport(rescue.id)}>
			{(text) => (
				<div class="stack">
					<p class="muted">{t("rescue.report.text")}</p>
					{admin && (
						<>
							<div class="actions">
								<a class="button" href={`api/v1/rescues/${rescue.id}/bundle`} download={`camherd-rescue-${rescue.id}.zip`}>
									<Icon name="download" />
									{t("rescue.report.bundle")}
								</a>
							</div>
							<p class="muted small">{t("rescue.report.bundle-text")}</p>
						</>
					)}
					<div class="actions">
						<Copy text={text} what={t("rescue.report.what")} />
						<a class="button small" href={`api/v1/rescues/${rescue.id}/report`} download={`camherd-rescue-${rescue.id}.txt`}>
							<Icon name="download" size={16} />
							{t("rescue.report.save")}
						</a>
					</div>
					<pre class="log" tabIndex={0} aria-label={t("rescue.report.what")}>{text}</pre>
					{taken.length > 0
						? (
							<p>
								{t("rescue.report.photos")}{" "}
								{taken.map((p, i) => (
									<span key={p.id}>
										{i > 0 && ", "}
										<a href={`api/v1/photos/${p.id}/file`} download={`camherd-rescue-${rescue.id}-${p.about || "photo"}-${p.id}.jpg`}>
											{p.caption || t(`photos.about.${p.about || "other"}`)}
										</a>
									</span>
								))}
							</p>
						)
						: <p class="muted">{t("rescue.report.no-photos")}</p>}
				</div>
			)}
		</Show>
	);
}

/** On every step: what to look at, and something to send to helpers. */
export function Stuck({ rescue, step }: { rescue: Rescue; step: (typeof STEPS)[number] }) {
	const [open, setOpen] = useState(false);
	return (
		<section class="stuck">
			<button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
				<Icon name="hand" size={18} />
				{t("rescue.stuck")}
			</button>
			{open && (
				<div class="card stuck-open">
					<h2>{t("rescue.stuck.title")}</h2>
					<Note tone="calm"><p>{t(`rescue.stuck.${step}`)}</p></Note>
					<Report rescue={rescue} />
					<p>{t("rescue.stuck.where")}</p>
				</div>
			)}
		</section>
	);
}
