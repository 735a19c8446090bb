// SPDX-License-Identifier: GPL-3.0-or-later
// The first steps: what happened, and what can be seen with a phone.
import { photos } from "../lib/data";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import type { Rescue } from "../lib/types";
import { Card, Note } from "../parts/basics";
import { Icon } from "../parts/icon";
import { Photos } from "../parts/photos";
import { Choose } from "./ask";
import { ChipDrawing } from "./drawings";

export function Happened({ rescue }: { rescue: Rescue }) {
	return (
		<>
			<Note tone="bad"><p><strong>{t("rescue.happened.stop")}</strong></p><p>{t("rescue.happened.stop-text")}</p></Note>
			<Card>
				<Choose rescue={rescue} question="happened" options={["wrong-firmware", "half-way", "never-worked", "unknown"]} />
			</Card>
			<Card>
				<Choose rescue={rescue} question="have" options={["backup", "donor", "file", "nothing"]} />
			</Card>
		</>
	);
}

const MARKINGS: Record<string, string> = { xf16: "XF16", bk7252: "BK7252", txw817: "TXW817" };

/** What helpers ask for. */
const WANTED = ["front", "back", "label", "lens"] as const;

function Wanted({ camera }: { camera: string }) {
	const list = useResource(photos({ camera })).value?.photos ?? [];
	return (
		<Card title={t("rescue.photos.take")}>
			<ul class="checks">
				{WANTED.map((about) => {
					const there = list.some((p) => p.about === about);
					return (
						<li key={about} class={there ? "check-good" : "check-wait"}>
							<span class="check-light"><Icon name={there ? "check" : "camera"} size={18} /></span>
							<span>
								<strong>{t(`photos.about.${about}`)}</strong>
								<span class="check-word">{t(there ? "rescue.photos.there" : "rescue.photos.missing")}</span>
							</span>
						</li>
					);
				})}
			</ul>
		</Card>
	);
}

export function PhotosStep({ rescue }: { rescue: Rescue }) {
	return (
		<>
			{rescue.camera !== "" && <Wanted camera={rescue.camera} />}
			{rescue.camera !== "" && <Photos of={{ camera: rescue.camera }} />}
			<Card>
				<Choose
					rescue={rescue}
					question="chip"
					options={["xf16", "bk7252", "txw817", "other", "unreadable"]}
					drawing={(option) => MARKINGS[option] && <ChipDrawing marking={MARKINGS[option]} />}
				/>
				{(rescue.answers.chip === "bk7252" || rescue.answers.chip === "txw817") && (
					<Note tone="warn"><p>{t("rescue.photos.untaught")}</p></Note>
				)}
			</Card>
		</>
	);
}
