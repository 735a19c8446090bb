// SPDX-License-Identifier: GPL-3.0-or-later
import { t } from "../lib/i18n";
import { helpOpen, places } from "../lib/keys";
import { useStore } from "../lib/store";
import { Dialog } from "./dialog";

export function KeyHelp() {
	if (!useStore(helpOpen)) return null;
	return (
		<Dialog title={t("keys.title")} close={() => helpOpen.set(false)}>
			<dl class="facts keys">
				{places.map(([key, , name]) => (
					<div key={key}>
						<dt><kbd>g</kbd> <kbd>{key}</kbd></dt>
						<dd>{t(name)}</dd>
					</div>
				))}
				<div>
					<dt><kbd>/</kbd></dt>
					<dd>{t("keys.search")}</dd>
				</div>
				<div>
					<dt><kbd>j</kbd> <kbd>k</kbd></dt>
					<dd>{t("keys.move")}</dd>
				</div>
				<div>
					<dt><kbd>Enter</kbd></dt>
					<dd>{t("keys.open")}</dd>
				</div>
				<div>
					<dt><kbd>x</kbd></dt>
					<dd>{t("keys.pick")}</dd>
				</div>
				<div>
					<dt><kbd>?</kbd></dt>
					<dd>{t("keys.help")}</dd>
				</div>
				<div>
					<dt><kbd>Esc</kbd></dt>
					<dd>{t("keys.close")}</dd>
				</div>
			</dl>
		</Dialog>
	);
}
