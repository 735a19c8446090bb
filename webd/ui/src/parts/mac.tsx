// SPDX-License-Identifier: GPL-3.0-or-later
// A MAC address, masked as webd sends it; an admin may ask for all of it.
import { useState } from "preact/hooks";
import { request } from "../lib/api";
import { useAction, useAdmin } from "../lib/hooks";
import { t } from "../lib/i18n";
import { ErrorNote } from "./basics";

export function Mac({ masked, path }: { masked: string; path: string }) {
	const admin = useAdmin();
	const [whole, setWhole] = useState("");
	const action = useAction();
	const show = () => void action.run(async () => {
		setWhole((await request<{ mac: string }>("GET", `${path}?private=1`)).mac);
	});
	return (
		<>
			<code>{whole || masked}</code>{" "}
			{admin && (
				<button type="button" class="button inline" disabled={action.busy} onClick={() => (whole ? setWhole("") : show())}>
					{t(whole ? "action.hide" : "action.show")}
				</button>
			)}
			{action.error && <ErrorNote error={action.error} />}
		</>
	);
}
