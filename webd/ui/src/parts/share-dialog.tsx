// SPDX-License-Identifier: GPL-3.0-or-later
// A copy that can be posted: what will be blanked, what could not be checked, then the
// download.
import { useState } from "preact/hooks";
import { bytes, hex } from "../lib/format";
import { maybe, number, plural, t } from "../lib/i18n";
import { resource } from "../lib/resource";
import type { Dump, SharePreview } from "../lib/types";
import { Note, Show } from "./basics";
import { Dialog } from "./dialog";
import { Icon } from "./icon";

const LISTED = 200;

export function ShareDialog({ dump, close }: { dump: Dump; close: () => void }) {
	const [keepMac, setKeepMac] = useState(false);
	const [keepUnknown, setKeepUnknown] = useState(false);
	const wish = `keep_mac=${Number(keepMac)}&keep_unknown=${Number(keepUnknown)}`;
	const preview = resource<SharePreview>(`dumps/${dump.id}/share?${wish}`);
	return (
		<Dialog title={t("share.title")} close={close}>
			<div class="stack">
				<p>{t("share.text")}</p>
				<label class="check">
					<input type="checkbox" checked={keepMac} onChange={(ev) => setKeepMac(ev.currentTarget.checked)} />
					{t("share.keep-mac")}
				</label>
				<label class="check">
					<input type="checkbox" checked={keepUnknown} onChange={(ev) => setKeepUnknown(ev.currentTarget.checked)} />
					{t("share.keep-unknown")}
				</label>
				<Show key={wish} of={preview}>
					{(report) => (
						<>
							<Preview report={report} />
							<div class="form-end">
								<a
									class="button primary"
									href={`api/v1/dumps/${dump.id}/share/file?${wish}`}
									download={`${dump.chip || "dump"}-${dump.sha256.slice(0, 8)}-share.bin`}
								>
									<Icon name="download" />
									{t("share.download")}
								</a>
							</div>
						</>
					)}
				</Show>
			</div>
		</Dialog>
	);
}

function Preview({ report }: { report: SharePreview }) {
	const places = report.places;
	return (
		<>
			<p role="status">
				{plural("share.secrets", report.secrets, { places: plural("share.places", places.length) + (report.more ? "+" : "") })}{" "}
				{t("share.proved")}
				{report.sections_mended > 0 && ` ${plural("share.mended", report.sections_mended)}`}
			</p>
			{report.unknown_bytes > 0 && (
				<Note tone={report.unknown_kept ? "bad" : "warn"}>
					<p>{t(report.unknown_kept ? "share.unknown-kept" : "share.unknown-blanked", { size: bytes(report.unknown_bytes) })}</p>
				</Note>
			)}
			{report.packed_sections > 0 && <Note tone="warn"><p>{plural("share.packed", report.packed_sections)}</p></Note>}
			{report.too_short > 0 && <Note tone="warn"><p>{plural("share.too-short", report.too_short)}</p></Note>}
			{places.length > 0 && (
				<div class="table-box share-places" tabIndex={0} role="region" aria-label={t("share.list")}>
					<table>
						<thead>
							<tr>
								<th scope="col">{t("share.what")}</th>
								<th scope="col" class="num">{t("map.offset")}</th>
								<th scope="col" class="num">{t("map.size")}</th>
								<th scope="col">{t("share.written")}</th>
							</tr>
						</thead>
						<tbody>
							{places.slice(0, LISTED).map((p, i) => (
								<tr key={i}>
									<th scope="row">{maybe(`found.kind.${p.kind}`) ?? p.kind}</th>
									<td class="num"><code>{hex(p.offset, 6)}</code></td>
									<td class="num">{number(p.size)}</td>
									<td>{maybe(`share.form.${p.form}`) ?? p.form}</td>
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
			{places.length > LISTED && <p class="muted">{plural("share.rest", places.length - LISTED)}</p>}
		</>
	);
}
