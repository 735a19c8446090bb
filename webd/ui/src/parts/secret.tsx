// SPDX-License-Identifier: GPL-3.0-or-later
// A password on screen: dots until somebody asks; copying needs no look at it.
import { useState } from "preact/hooks";
import { t } from "../lib/i18n";
import { Copy } from "./basics";
import { Icon } from "./icon";

const DOTS = "•".repeat(12);

export function Eye({ shown, set, what }: { shown: boolean; set: (on: boolean) => void; what: string }) {
	return (
		<button type="button" class="button quiet square" aria-pressed={shown} aria-label={t("action.show-what", { what })} onClick={() => set(!shown)}>
			<Icon name="eye" size={18} />
		</button>
	);
}

export function Secret({ text, what }: { text: string; what: string }) {
	const [shown, setShown] = useState(false);
	return (
		<>
			<code>{shown ? text : DOTS}</code>
			<Eye shown={shown} set={setShown} what={what} />
			<Copy text={text} what={what} />
		</>
	);
}

/** A piece of configuration with a password in it. */
export function Snippet({ title, text, secret }: { title: string; text: string; secret: string | null }) {
	const [shown, setShown] = useState(false);
	return (
		<div class="snippet">
			<div class="snippet-head">
				<h3>{title}</h3>
				<div class="actions">
					{secret && <Eye shown={shown} set={setShown} what={title} />}
					<Copy text={text} what={title} />
				</div>
			</div>
			<pre tabIndex={0} aria-label={title}>{shown || !secret ? text : text.split(secret).join(DOTS)}</pre>
		</div>
	);
}
