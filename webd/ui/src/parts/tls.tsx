// SPDX-License-Identifier: GPL-3.0-or-later
// The certificate that webd shows, so that a person can compare it with the browser's.
import { moment } from "../lib/format";
import { t } from "../lib/i18n";
import type { Tls } from "../lib/types";
import { Copy, Facts, Note } from "./basics";

export function TlsFacts({ tls }: { tls: Tls | null }) {
	if (!tls) return <p class="muted small">{t("tls.off")}</p>;
	return (
		<>
			<Facts rows={[
				[t("tls.listen"), tls.listen ?? ""],
				[t("tls.certificate"), t(tls.own ? "tls.own" : "tls.yours")],
				[t("tls.until"), moment(tls.expires_s)],
			]} />
			<p class="muted small">{t("tls.fingerprint")}</p>
			<p><code class="wrap">{tls.fingerprint}</code> <Copy text={tls.fingerprint} what={t("tls.fingerprint")} /></p>
			{tls.expired && <Note tone="warn"><p>{t("tls.expired")}</p></Note>}
		</>
	);
}
