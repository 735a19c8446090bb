// SPDX-License-Identifier: GPL-3.0-or-later
// What takes room on the disk, how long things are kept, and reading every backup again.
import { request } from "../lib/api";
import { storage } from "../lib/data";
import { bytes } from "../lib/format";
import { useAction } from "../lib/hooks";
import { maybe, number, plural, t } from "../lib/i18n";
import { link } from "../lib/router";
import { Card, ErrorNote, Facts, Show } from "../parts/basics";

function partName(name: string): string {
	if (name.startsWith("before-")) return t("storage.part.before");
	return maybe(`storage.part.${name}`) ?? name;
}

export function Storage() {
	const action = useAction();
	return (
		<Show of={storage()}>
			{(s) => (
				<>
					<Card title={t("storage.disk")}>
						<meter min={0} max={s.disk.total} value={s.disk.total - s.disk.free} aria-label={t("storage.disk")} />
						<p>{t("storage.free", { free: bytes(s.disk.free), total: bytes(s.disk.total) })}</p>
						<Facts rows={s.parts.filter((p) => p.bytes > 0).map((p) => [partName(p.name), `${bytes(p.bytes)} · ${plural("storage.files", p.files)}`])} />
					</Card>
					<Card title={t("storage.cameras")}>
						<Facts rows={s.cameras.map((c) => [c.camera ?? t("storage.no-camera"), `${plural("storage.backups", c.dumps)} · ${bytes(c.bytes)}`])} />
						<p class="muted small">{t("storage.shared")}</p>
					</Card>
					<Card title={t("storage.keep")}>
						<Facts
							rows={[
								[t("storage.keep-backups"), t("storage.for-ever")],
								[t("storage.bin"), t("storage.bin-text", { n: number(s.bin.dumps), size: bytes(s.bin.bytes), days: number(s.bin.days) })],
								[t("storage.logs"), plural("storage.days", s.keep.logs_days)],
								[t("storage.history"), plural("storage.days", s.keep.events_days)],
							]}
						/>
						<p><a class="button small" href={link("dumps", "bin")}>{t("storage.to-bin")}</a></p>
						<p class="muted">{t("storage.scrub-text")}</p>
						{action.error && <ErrorNote error={action.error} />}
						<button
							type="button"
							class="button small"
							disabled={action.busy}
							onClick={() => void action.run(async () => {
								const made = await request<{ id: number }>("POST", "jobs", { body: { kind: "scrub" } });
								location.hash = link("jobs", made.id);
							})}
						>
							{t("storage.scrub")}
						</button>
					</Card>
				</>
			)}
		</Show>
	);
}
